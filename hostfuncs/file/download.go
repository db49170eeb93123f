package file

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/internal/exchange"
)

// openBody is an open stream of content.
type openBody = io.ReadCloser

const downloadDoc = " The file belongs to the run: no other run can read it, and it is gone when the run ends." +
	" Every status outside 200 to 299 is an error that carries the answer."

func noteName() flow.Note {
	return flow.Note{
		Topic:  "name of a downloaded file",
		Vendor: "not said",
		Choice: "the file name of Content-Disposition, else the last segment of the URL, else download; always without a path and without characters that file systems refuse",
		Why:    "RFC 6266, and a name that a server chooses must not lead anywhere",
	}
}

func largeDownloadCard() *flow.Card {
	const group = "File"
	return &flow.Card{
		Key: "file.largeDownload", Aliases: []string{"channels:filefunctions:largeDownload"}, Title: "Download", Category: category, Since: since,
		Doc: "Fetches a file from a URL into the run." + downloadDoc,
		In:  []flow.Port{urlPort("Location", true), headersPort(" Sites behind a login take a credential here."), queryPort()},
		Out: []flow.Port{
			{Group: group, Key: "File Content", Label: "File Content", Type: flow.FileType, Doc: "The file."},
			{Group: group, Key: "Filename", Label: "Filename", Type: flow.TextType, Doc: "Name of the file."},
			{Group: group, Key: "Size", Label: "Size", Type: flow.NumberType, Doc: "Length of the content in bytes."},
		},
		Effect: flow.Reads,
		Cost:   exchange.Price(),
		Errors: failures(flow.CodeLimitMemory),
		Notes:  []flow.Note{noteName(), noteTime(), exchange.Redirects(), noteMembers()},
		Examples: []flow.Example{
			{
				In:  `{"Location": {"URL": "https://example.com/attachment/report.csv"}}`,
				Out: `{"File": {"File Content": "~report\\.csv", "Filename": "report.csv", "Size": 21}}`,
			},
			{
				In:   `{"Location": {"URL": "https://example.com/files/report.csv"}, "Headers": {"Accept": "text/csv"}, "Query": {"v": "1"}}`,
				Out:  `{"File": {"File Content": "~report\\.csv", "Filename": "report.csv", "Size": 107}}`,
				Note: "the name is the last part of the address",
			},
			{In: `{"Location": {"URL": "https://example.com/status/404"}}`, Err: flow.CodeHTTPStatus},
			{In: `{"Location": {"URL": "https://example.org/report.csv"}}`, Err: flow.CodeEgressDenied, Note: "a host that the connector does not list"},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			d := download{call: c, method: "GET", url: 0, headers: 1, query: 2}
			f, err := d.run(ctx)
			if err != nil {
				return flow.Value{}, err
			}
			return flow.Members(group, flow.Members(
				"File Content", flow.FileOf(f),
				"Filename", flow.Text(f.Name),
				"Size", flow.Number(float64(f.Bytes)),
			)), nil
		},
	}
}

// downloadMethods are those that File download may use.
var downloadMethods = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}

func downloadCard() *flow.Card {
	return &flow.Card{
		Key: "file.download", Aliases: []string{"channels:filefunctions:download"}, Title: "File download", Category: category, Since: since,
		Doc: "Fetches a file over HTTP into the run and gives it a name." + downloadDoc,
		In: []flow.Port{
			{
				Key: "File Name", Label: "File Name", Type: flow.TextType, Required: true,
				Doc: "Name that the file gets. When it is empty the answer or the URL names the file.",
			},
			urlPort("", true),
			{Key: "HTTP Method", Label: "HTTP Method", Type: flow.TextType, Doc: "Method of the request, in any case: GET, POST, PUT, PATCH or DELETE. GET when none is given."},
			protocolPort(false, `"HTTP"`),
			queryPort(),
			headersPort(""),
		},
		Out: []flow.Port{
			{Key: "File Content", Label: "File Content", Type: flow.FileType, Doc: "The file."},
			{Key: "File Name", Label: "File Name", Type: flow.TextType, Doc: "Name of the file."},
			{Key: "Created At", Label: "Created At", Type: flow.TextType, Doc: "When the run got the file: milliseconds since 1970 UTC, as text."},
			{Key: "File Size", Label: "File Size", Type: flow.NumberType, Doc: "Length of the content in bytes."},
		},
		Effect: flow.Writes,
		Cost:   exchange.Price(),
		Errors: failures(flow.CodeLimitMemory),
		Notes: []flow.Note{
			{
				Topic:  "type of the input File Name",
				Vendor: "the table says File",
				Choice: "text",
				Why:    "there is no file before the download, and the description treats it as a name",
			},
			{
				Topic:  "no method",
				Vendor: "the input is optional and has no stated default",
				Choice: "GET",
				Why:    "it is the one method that changes nothing",
			},
			noteName(), noteSFTP(), noteTime(), exchange.Redirects(),
		},
		Examples: []flow.Example{
			{
				In:  `{"File Name": "a.pdf", "URL": "https://example.com/attachment/report.pdf", "HTTP Method": "GET", "Protocol": "HTTP"}`,
				Out: `{"File Content": "~a\\.pdf", "File Name": "a.pdf", "Created At": "1473267325670", "File Size": 21}`,
			},
			{
				In:   `{"File Name": "", "URL": "https://example.com/attachment/report.pdf", "Headers": {"Accept": "application/pdf"}}`,
				Out:  `{"File Content": "~report\\.pdf", "File Name": "report.pdf", "Created At": "1473267325670", "File Size": 21}`,
				Note: "the server names the file",
			},
			{In: `{"File Name": "a.pdf", "URL": "https://example.com/status/403"}`, Err: flow.CodeHTTPStatus},
			{In: `{"File Name": "a.pdf", "URL": "https://example.com/a.pdf", "Protocol": "SFTP"}`, Err: flow.CodeInputInvalid},
		},
		Run: runDownload,
	}
}

// runDownload takes the inputs File Name, URL, HTTP Method, Protocol, Query and
// Headers.
func runDownload(ctx context.Context, c *flow.Call) (flow.Value, error) {
	if err := onlyHTTP(c, 3); err != nil {
		return flow.Value{}, err
	}
	d := download{call: c, method: strings.ToUpper(c.Text(2)), name: c.Text(0), url: 1, query: 4, headers: 5}
	if d.method == "" {
		d.method = "GET"
	}
	if !slices.Contains(downloadMethods, d.method) {
		return flow.Value{}, c.Invalid(2, "cannot be %s", flow.Excerpt(c.Text(2)))
	}
	f, err := d.run(ctx)
	if err != nil {
		return flow.Value{}, err
	}
	stat, err := d.blobs.Stat(ctx, f)
	if err != nil {
		return flow.Value{}, err
	}
	return flow.Members(
		"File Content", flow.FileOf(f),
		"File Name", flow.Text(f.Name),
		"Created At", flow.Text(strconv.FormatInt(stat.Created.UnixMilli(), 10)),
		"File Size", flow.Number(float64(f.Bytes)),
	), nil
}

// download is one request whose answer becomes a file.
type download struct {
	call                *flow.Call
	method              string
	name                string // "" leaves it to the answer
	url, headers, query int    // inputs
	blobs               flow.Blobs
}

// run makes the request. The file that it returns is in the store; after an
// error there is none.
func (d *download) run(ctx context.Context) (*flow.File, error) {
	c := d.call
	var err error
	if d.blobs, err = flow.BlobsOf(c.Env); err != nil {
		return nil, err
	}
	req := &flow.Request{Method: d.method}
	if req.URL, err = address(c, d.url); err != nil {
		return nil, err
	}
	if req.Headers, err = exchange.Pairs(c, d.headers, c.Value(d.headers), false); err != nil {
		return nil, err
	}
	if req.Query, err = exchange.Pairs(c, d.query, c.Value(d.query), true); err != nil {
		return nil, err
	}
	var f *flow.File
	req.Sink = func(head *flow.Response, body io.Reader) (err error) {
		meta := flow.FileMeta{Name: flow.CleanFileName(d.name), ContentType: mediaType(header(head, "content-type"))}
		if meta.Name == "" {
			meta.Name = nameOf(header(head, "content-disposition"), req.URL)
		}
		f, err = d.blobs.Create(ctx, meta, body)
		return err
	}
	res, err := send(ctx, c, req)
	if err == nil && f == nil {
		err = exchange.StatusError(c, res)
	}
	if err == nil {
		err = spend(c, f.Bytes)
	}
	if err != nil {
		if f != nil {
			_ = d.blobs.Release(f) // the error at hand says more
		}
		return nil, err
	}
	return f, nil
}
