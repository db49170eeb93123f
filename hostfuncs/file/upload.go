package file

import (
	"bytes"
	"context"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/internal/exchange"
)

// fileField is the form field of a file that nobody gave another name.
const fileField = "file"

func noteMethod() flow.Note {
	return flow.Note{
		Topic:  "no method",
		Vendor: "PUT or POST; untouched inputs are not blocked",
		Choice: "POST",
		Why:    "it is what most services take a new file with",
	}
}

func methodPort(group, key string, required bool) flow.Port {
	return flow.Port{
		Group: group, Key: key, Label: key, Type: flow.TextType, Required: required, Choices: choices("PUT", "POST"),
		Doc: "Method of the request. POST when none is given.",
	}
}

// methodAt returns the method at input i.
func methodAt(c *flow.Call, i int) string {
	if m := c.Text(i); m != "" {
		return m
	}
	return "POST"
}

// answerPorts are the outputs Body and Raw Body.
func answerPorts() []flow.Port {
	return []flow.Port{
		{Key: "Body", Label: "Body", Type: flow.ObjectType, Doc: "The answer as parsed JSON; an empty object when it is none."},
		{Group: "Raw Body", Key: "body", Label: "body", Type: flow.TextType, Doc: "The answer as text."},
	}
}

func noteAnswer(output string) flow.Note {
	return flow.Note{
		Topic:  "an answer that is not JSON",
		Vendor: "not said",
		Choice: output,
		Why:    "the file has arrived, and many services confirm it with a word or with nothing",
	}
}

// parsed returns the answer as JSON when it is an object or list, and ok false
// when it is neither.
func parsed(c *flow.Call, res *flow.Response) (v flow.Value, ok bool, err error) {
	if len(bytes.TrimSpace(res.Body)) == 0 {
		return v, false, nil
	}
	v, err = exchange.ParseJSON(c, res.Body)
	if flow.CodeOf(err) == flow.CodeJSONSyntax {
		return v, false, nil
	}
	return v, v.Kind() == flow.KindObject || v.Kind() == flow.KindList, err
}

// answer returns the outputs Body and Raw Body.
func answer(c *flow.Call, res *flow.Response) (flow.Value, error) {
	body, ok, err := parsed(c, res)
	if err != nil {
		return flow.Value{}, err
	}
	if !ok {
		body = flow.ObjectType.Zero()
	}
	text, err := exchange.TextBody(c, res)
	if err != nil {
		return flow.Value{}, err
	}
	return flow.Members("Body", body, "Raw Body", flow.Members("body", text)), nil
}

func largeUploadCard() *flow.Card {
	return &flow.Card{
		Key: "file.largeUpload", Aliases: []string{"channels:filefunctions:largeUpload"}, Title: "Upload", Category: category, Since: since,
		Doc: "Sends a file as the body of a request. Content-Type is the file's own unless a header says otherwise." +
			" A status of 400 or above is an error that carries the answer.",
		In: []flow.Port{
			filePort("File"),
			urlPort("Destination", true),
			methodPort("Destination", "Method", true),
			headersPort(""),
		},
		Out:    answerPorts(),
		Effect: flow.Writes,
		Cost:   exchange.Price(),
		Errors: failures(flow.CodeFileUnknown, flow.CodeLimitDepth),
		Notes:  []flow.Note{noteMethod(), noteAnswer("Body is an empty object"), noteTime(), exchange.Redirects(), noteMembers()},
		Examples: []flow.Example{
			{
				In:  `{"File": {"File Content": {"name": "a.txt", "type": "text/plain", "content": "abc"}}, "Destination": {"URL": "https://example.com/a.txt", "Method": "PUT"}}`,
				Out: `{"Body": {"method": "PUT", "url": "https://example.com/a.txt", "headers": {"content-type": "text/plain"}, "body": "abc"}, "Raw Body": {"body": "~\"body\":\"abc\""}}`,
			},
			{
				In:   `{"File": {"File Content": {"name": "a.bin", "content": "abc"}}, "Destination": {"URL": "https://example.com/attachment/ok", "Method": "POST"}, "Headers": {"Content-Type": "image/png"}}`,
				Out:  `{"Body": {}, "Raw Body": {"body": "content of ok"}}`,
				Note: "the answer is no JSON",
			},
			{In: `{"File": {"File Content": {"name": "a.txt", "content": "abc"}}, "Destination": {"URL": "https://example.com/status/413", "Method": "PUT"}}`, Err: flow.CodeHTTPStatus},
			{In: `{"File": {"File Content": {"name": "gone.txt"}}, "Destination": {"URL": "https://example.com/a.txt", "Method": "PUT"}}`, Err: flow.CodeFileUnknown},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			u := upload{call: c, file: 0, url: 1, method: methodAt(c, 2), headers: 3}
			if err := u.prepare(ctx); err != nil {
				return flow.Value{}, err
			}
			u.raw()
			res, err := u.send(ctx)
			if err != nil {
				return flow.Value{}, err
			}
			return answer(c, res)
		},
	}
}

func largeMultipartUploadCard() *flow.Card {
	return &flow.Card{
		Key: "file.largeMultipartUpload", Aliases: []string{"channels:filefunctions:largeMultipartUpload"}, Title: "Multipart Upload",
		Category: category, Since: since,
		Doc: "Sends a file as one part of a multipart/form-data request, behind the form's other fields." +
			" A status of 400 or above is an error that carries the answer.",
		In: []flow.Port{
			{
				Group: "Options", Key: "Use Custom File Parameters", Label: "Use Custom File Parameters", Type: flow.TextType, Required: true,
				Default: `"No"`, Choices: choices("Yes", "No"), Doc: "Has no effect: the members of Data are the form's fields either way.",
			},
			filePort("File"),
			{Group: "File", Key: "File Name", Label: "File Name", Type: flow.TextType, Doc: "File name in the form. That of the file when none is given."},
			urlPort("Http", false),
			methodPort("Http", "Method", false),
			headersPort(" The card writes Content-Type itself and ignores one here."),
			{
				Key: "Data", Label: "Data", Type: flow.ObjectType, Secret: flow.SecretSpend,
				Doc: "Fields of the form by name. A list gives one field for each item.",
			},
		},
		Out:    answerPorts(),
		Effect: flow.Writes,
		Cost:   exchange.Price(),
		Errors: failures(flow.CodeFileUnknown, flow.CodeLimitDepth),
		Notes: []flow.Note{
			{
				Topic:  "Use Custom File Parameters",
				Vendor: "No lets the author name the fields; what Yes changes is not said",
				Choice: "the same request either way",
				Why:    "only the first case is described",
			},
			{
				Topic:  "form field of the file",
				Vendor: "not said",
				Choice: "file, behind all other fields",
				Why:    "the name most services ask for; those that read a form as a stream want the fields first",
			},
			noteMethod(), noteAnswer("Body is an empty object"), noteTime(), exchange.Redirects(), noteMembers(),
		},
		Examples: []flow.Example{
			{
				In: `{"File": {"File Content": {"name": "x.txt", "type": "text/plain", "content": "abc"}, "File Name": "a.txt"}, "Http": {"URL": "https://example.com/up", "Method": "POST"}, "Data": {"folder": "inbox"}}`,
				Out: `{"Body": {"method": "POST", "url": "https://example.com/up", "headers": {"content-type": "~^multipart/form-data; boundary=weir-[0-9a-f]{32}$"},` +
					` "body": "~name=\"folder\"\\r\\n\\r\\ninbox\\r\\n--weir-.*name=\"file\"; filename=\"a\\.txt\"\\r\\nContent-Type: text/plain\\r\\n\\r\\nabc\\r\\n--weir-.*--\\r\\n$"},` +
					` "Raw Body": {"body": "~inbox.*abc"}}`,
			},
			{
				In:   `{"File": {"File Content": {"name": "a.txt", "content": "abc"}}, "Http": {"URL": "https://example.com/attachment/ok"}}`,
				Out:  `{"Body": {}, "Raw Body": {"body": "content of ok"}}`,
				Note: "the answer is no JSON",
			},
			{In: `{"File": {"File Content": {"name": "a.txt", "content": "abc"}}, "Http": {"URL": "https://example.com/status/401", "Method": "PUT"}}`, Err: flow.CodeHTTPStatus},
			{In: `{"File": {"File Content": {"name": "a.txt", "content": "abc"}}, "Http": {"URL": ""}}`, Err: flow.CodeInputInvalid},
		},
		Run: runMultipart,
	}
}

// runMultipart takes the inputs Use Custom File Parameters, File Content, File
// Name, URL, Method, Headers and Data.
func runMultipart(ctx context.Context, c *flow.Call) (flow.Value, error) {
	u := upload{call: c, file: 1, url: 3, method: methodAt(c, 4), headers: 5}
	if err := u.prepare(ctx); err != nil {
		return flow.Value{}, err
	}
	form, err := newForm(c.Env.Random())
	if err != nil {
		return flow.Value{}, err
	}
	fields, err := exchange.Pairs(c, 6, c.Value(6), true)
	if err != nil {
		return flow.Value{}, err
	}
	for _, field := range fields {
		form.field(field.Name, nil, field.Value)
	}
	name := flow.CleanFileName(c.Text(2))
	if name == "" {
		name = u.stored.File.Name
	}
	form.file(fileField, name, withType(nil, mediaType(u.stored.File.ContentType)), u.stored.part)
	u.multipart(form)
	res, err := u.send(ctx)
	if err != nil {
		return flow.Value{}, err
	}
	return answer(c, res)
}

func uploadCard() *flow.Card {
	return &flow.Card{
		Key: "file.upload", Aliases: []string{"channels:filefunctions:upload"}, Title: "File upload", Category: category, Since: since,
		Doc: "Sends a file over HTTP: as the body of the request or, with File Metadata or File Info, as the last part of a multipart form." +
			" A status of 400 or above is an error that carries the answer.",
		In: []flow.Port{
			filePort(""),
			urlPort("", true),
			methodPort("", "HTTP Method", true),
			protocolPort(true, ""),
			queryPort(),
			headersPort(" For a form the card writes Content-Type itself and ignores one here."),
			{
				Key: "File Metadata", Label: "File Metadata", Type: flow.ObjectType, Secret: flow.SecretSpend,
				Doc: `Parts in front of the file by field name: {"field": "content"} or {"field": {"headers": {...}, "content": "..."}}.`,
			},
			{
				Key: "File Info", Label: "File Info", Type: flow.ObjectType,
				Doc: "Describes the part with the file; needed for a form: name is its field name and must be there, filename and headers may be.",
			},
		},
		Out:    []flow.Port{{Key: "response", Label: "response", Type: flow.ObjectType, Doc: "The answer as parsed JSON; other text as member body."}},
		Effect: flow.Writes,
		Cost:   exchange.Price(),
		Errors: failures(flow.CodeFileUnknown, flow.CodeLimitDepth),
		Notes: []flow.Note{
			{
				Topic:  "members of File Info",
				Vendor: "it describes the file part and must contain name, whose value may be empty",
				Choice: "name is the form field, filename the file name (that of the file when not given), headers the part's further headers; other members are input.invalid",
				Why:    "the form of File Metadata, applied to the file",
			},
			noteAnswer("an empty answer is an empty object; other text is the member body"),
			noteMethod(), noteSFTP(), noteTime(), exchange.Redirects(),
		},
		Examples: []flow.Example{
			{
				In:   `{"File Content": {"name": "a.pdf", "type": "application/pdf", "content": "abc"}, "URL": "https://example.com/up", "HTTP Method": "PUT", "Protocol": "HTTP", "Query": {"v": 1}}`,
				Out:  `{"response": {"method": "PUT", "url": "https://example.com/up?v=1", "headers": {"content-type": "application/pdf"}, "body": "abc"}}`,
				Note: "without metadata the file is the body",
			},
			{
				In: `{"File Content": {"name": "a.pdf", "type": "application/pdf", "content": "abc"}, "URL": "https://example.com/up", "HTTP Method": "POST", "Protocol": "HTTP", "File Metadata": {"attributes": "{\"name\":\"a.pdf\"}"}, "File Info": {"name": "file"}}`,
				Out: `{"response": {"method": "POST", "url": "https://example.com/up", "headers": {"content-type": "~multipart/form-data; boundary=weir-"},` +
					` "body": "~name=\"attributes\"\\r\\n\\r\\n.*--weir-.*; filename=\"a\\.pdf\"\\r\\nContent-Type: application/pdf\\r\\n\\r\\nabc\\r\\n"}}`,
				Note: "with metadata it is a part of a form",
			},
			{
				In: `{"File Content": {"name": "a.pdf", "type": "application/pdf", "content": "abc"}, "URL": "https://example.com/up", "HTTP Method": "POST", "Protocol": "HTTP", "File Info": {"name": "document"}}`,
				Out: `{"response": {"method": "POST", "url": "https://example.com/up", "headers": {"content-type": "~multipart/form-data; boundary=weir-"},` +
					` "body": "~^--weir-[0-9a-f]*\\r\\n.*name=\"document\"; filename=\"a\\.pdf\"\\r\\nContent-Type: application/pdf\\r\\n\\r\\nabc\\r\\n"}}`,
				Note: "a form of the file alone",
			},
			{
				In:  `{"File Content": {"name": "a.pdf", "content": "abc"}, "URL": "https://example.com/up", "HTTP Method": "POST", "Protocol": "HTTP", "File Metadata": {"a": "b"}}`,
				Err: flow.CodeInputInvalid, Note: "File Info is missing",
			},
			{
				In:  `{"File Content": {"name": "a.pdf", "content": "abc"}, "URL": "https://example.com/up", "HTTP Method": "POST", "Protocol": "SFTP"}`,
				Err: flow.CodeInputInvalid,
			},
		},
		Run: runUpload,
	}
}

// runUpload takes the inputs File Content, URL, HTTP Method, Protocol, Query,
// Headers, File Metadata and File Info.
func runUpload(ctx context.Context, c *flow.Call) (flow.Value, error) {
	if err := onlyHTTP(c, 3); err != nil {
		return flow.Value{}, err
	}
	u := upload{call: c, file: 0, url: 1, method: methodAt(c, 2), headers: 5}
	err := u.prepare(ctx)
	if err != nil {
		return flow.Value{}, err
	}
	if u.request.Query, err = exchange.Pairs(c, 4, c.Value(4), true); err != nil {
		return flow.Value{}, err
	}
	if c.Object(6).Len() == 0 && c.Object(7).Len() == 0 {
		u.raw()
	} else if err := u.metadata(6, 7); err != nil {
		return flow.Value{}, err
	}
	res, err := u.send(ctx)
	if err != nil {
		return flow.Value{}, err
	}
	body, ok, err := parsed(c, res)
	if err != nil || ok {
		return body, err
	}
	if len(res.Body) == 0 {
		return flow.ObjectType.Zero(), nil
	}
	text, err := exchange.TextBody(c, res)
	if err != nil {
		return flow.Value{}, err
	}
	return flow.Members("body", text), nil
}

// upload is one request that carries a file.
type upload struct {
	call               *flow.Call
	method             string
	file, url, headers int // inputs
	stored             *stored
	request            *flow.Request
}

// prepare reads the inputs that all uploads have.
func (u *upload) prepare(ctx context.Context) error {
	c := u.call
	var err error
	u.request = &flow.Request{Method: u.method}
	if u.stored, err = storedAt(ctx, c, u.file); err != nil {
		return err
	}
	if u.request.URL, err = address(c, u.url); err != nil {
		return err
	}
	u.request.Headers, err = exchange.Pairs(c, u.headers, c.Value(u.headers), false)
	return err
}

// raw makes the file the body.
func (u *upload) raw() {
	u.request.Headers = withType(u.request.Headers, mediaType(u.stored.File.ContentType))
	u.request.BodyParts = []flow.BodyPart{u.stored.part}
}

// multipart makes a finished form the body.
func (u *upload) multipart(f *form) {
	u.request.Headers = withType(withoutType(u.request.Headers), f.contentType())
	u.request.BodyParts = f.end()
}

// metadata makes a form of the metadata and the file the body, from the inputs
// File Metadata and File Info.
func (u *upload) metadata(metadata, info int) error {
	c := u.call
	form, err := newForm(c.Env.Random())
	if err != nil {
		return err
	}
	for name, v := range c.Object(metadata).All() {
		var headers []flow.Pair
		if described(v) {
			if headers, err = partHeaders(c, metadata, v); err != nil {
				return err
			}
			v = flow.At(v, "content")
		}
		content, err := flow.Convert(v, flow.TextType)
		if err != nil {
			return err
		}
		form.field(name, headers, content)
	}
	name, fileName := "", u.stored.File.Name
	if _, ok := c.Object(info).Get("name"); !ok {
		return c.Invalid(info, "needs the member name beside File Metadata")
	}
	for key, v := range c.Object(info).All() {
		text, err := flow.Convert(v, flow.TextType)
		switch key {
		case "name":
			name = text.Text()
		case "filename":
			fileName = flow.CleanFileName(text.Text())
		case "headers":
			err = nil // partHeaders reads them
		default:
			return c.Invalid(info, "has an unknown member: %s", flow.Excerpt(key))
		}
		if err != nil {
			return err
		}
	}
	headers, err := partHeaders(c, info, c.Value(info))
	if err != nil {
		return err
	}
	form.file(name, fileName, withType(headers, mediaType(u.stored.File.ContentType)), u.stored.part)
	u.multipart(form)
	return nil
}

// described reports whether a member of File Metadata is an object with content
// and perhaps headers. Any other object is content itself, as JSON.
func described(v flow.Value) bool {
	o := v.Object()
	_, content := o.Get("content")
	_, headers := o.Get("headers")
	return content && (o.Len() == 1 || headers && o.Len() == 2)
}

// send charges for the content and makes the request.
func (u *upload) send(ctx context.Context) (*flow.Response, error) {
	if err := spend(u.call, u.stored.part.Bytes); err != nil {
		return nil, err
	}
	return send(ctx, u.call, u.request)
}
