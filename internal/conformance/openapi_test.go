package conformance

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/weirflow/weir/blobs"
	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/compiler/importer/openapi"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/egress"
)

// upstream is a server on loopback that notes what it is asked.
type upstream struct {
	*httptest.Server
	host string
	mu   sync.Mutex
	seen []string
	// answer writes the answer to a request. Default: 204.
	answer func(w http.ResponseWriter, r *http.Request)
}

func newUpstream(t *testing.T) *upstream {
	s := &upstream{}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	s.host = u.Host
	return s
}

// noted are the headers that requests are compared by.
var noted = []string{"Accept", "Authorization", "Content-Type", "Cookie", "Dd-Api-Key", "Dd-Application-Key", "Last", "X-Api-Key", "X-List", "X-Own",
	"X-Request-Id", "X-Shared"}

func (s *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", r.Method, r.RequestURI)
	for _, h := range noted {
		if v := r.Header.Values(h); len(v) > 0 {
			fmt.Fprintf(&b, " %s: %s", h, strings.Join(v, " + "))
		}
	}
	if len(body) > 0 {
		fmt.Fprintf(&b, " | %s", body)
	}
	s.mu.Lock()
	s.seen = append(s.seen, b.String())
	s.mu.Unlock()
	if s.answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	s.answer(w, r)
}

// taken returns the requests since the last call.
func (s *upstream) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.seen
	s.seen = nil
	return out
}

// imported compiles and loads the connector that the document of an archive of
// the importer's tests gives.
func imported(t *testing.T, name string) *bench {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("../../compiler/importer/openapi/testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := openapi.Import(archive.Files[0].Name, archive.Files[0].Data, openapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := compiler.Compile(res.Connectors[0].Files, compiler.Options{Registry: registry()})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return newBench(t, out, engine.Config{})
}

// send runs an action against the service and returns what it gives.
func (s *upstream) send(t *testing.T, b *bench, r engine.Run, input string) (string, error) {
	t.Helper()
	client := egress.New(egress.Config{Allow: []string{s.host}})
	defer client.Close()
	r.Input, r.HTTP, r.AllowHosts = parse(t, []byte(input)), client, []string{s.host}
	if r.Config == nil {
		r.Config = map[string]flow.Value{"base_url": flow.Text(s.URL)}
	}
	res, err := b.module.Run(context.Background(), r)
	if err != nil {
		return "", err
	}
	return res.Outputs.String(), nil
}

// TestImportedRequests runs imported actions and looks at what reaches the
// service: how parameters and bodies are written.
func TestImportedRequests(t *testing.T) {
	const accept = " Accept: application/json"
	for _, c := range []struct {
		doc, flow, input, want string
		code                   flow.Code
	}{
		{"parameters", "get_simple_id_n_list_x_id", `{"id": "a/b?c#d é%..", "n": 12, "list": ["x,y", "z/1"]}`, "GET /simple/a%2Fb%3Fc%23d%20%C3%A9%25../12/x,y,z%2F1/x:a%2Fb%3Fc%23d%20%C3%A9%25.." + accept, ""},
		{"parameters", "get_simple_id_n_list_x_id", `{"id": "..", "n": 1, "list": ["a"]}`, "", flow.CodeFlowError},
		{"parameters", "get_simple_id_n_list_x_id", `{"id": "", "n": 1, "list": ["a"]}`, "", flow.CodeFlowError},
		{"parameters", "get_simple_id_n_list_x_id", `{"id": "a", "n": 1, "list": []}`, "", flow.CodeFlowError},
		{"parameters", "get_simple_id_n_list_x_id", `{"n": 1, "list": ["a"]}`, "", flow.CodeInputMissing},
		{"parameters", "get_label_l_matrix_m_ml_undeclared", `{"l": "a.b", "m": "c;d", "ml": [1, 2], "undeclared": "u"}`, "GET /label/.a.b/matrix/;m=c%3Bd/;ml=1;ml=2/u" + accept, ""},
		{"parameters", "query_parameters", `{"plain": "p", "piped": ["a", "b"]}`, "GET /query?plain=p&piped=a%7Cb&flag=false&kind=2" + accept, ""},
		{"parameters", "query_parameters", `{"plain": "a b&c", "piped": ["x"], "filter_name": "n", "many": ["1", "2"], "joined": ["3", "4"], "spaced": ["5", "6"],
			"deep": {"gt": 5, "of": {"a": "b"}}, "expand": ["data", "more"], "from": "f", "unknown": {"u": 1}, "asJson": {"a": "b"}, "listJson": ["l"],
			"flag": true, "kind": 3, "day": "2020-01-02", "strange": "s"}`,
			"GET /query?deep[gt]=5&deep[of][a]=b&expand[0]=data&expand[1]=more&plain=a%20b%26c&filter%5Bname%5D=n&many=1&many=2&joined=3%2C4&spaced=5%206&piped=x" +
				"&from=f&unknown=%7B%22u%22%3A1%7D&asJson=%7B%22a%22%3A%22b%22%7D&listJson=%5B%22l%22%5D&day=2020-01-02&flag=true&kind=3&strange=s" + accept, ""},
		{"parameters", "header_parameters", `{"x_own": 5, "session": "s=1; t"}`, "GET /header" + accept + " Cookie: session=s%3D1%3B%20t X-Own: 5", ""},
		{"parameters", "header_parameters", `{"x_own": 5, "session": "s", "x_list": ["a", "b"], "x_shared": "z"}`, "GET /header" + accept + " Cookie: session=s X-List: a,b X-Own: 5 X-Shared: z", ""},
		{"parameters", "odd_path", `{}`, "GET /fixed%20path/%C3%BC?kind=a%20b" + accept, ""},
		{"parameters", "custom_api_action", `{"relative_url": "/anything?a=1", "query": {"b": 2}, "headers": {"X-Own": "h"}, "body": {"c": 3}}`,
			"POST /anything?a=1&b=2" + accept + ` Content-Type: application/json X-Own: h | {"c":3}`, ""},
		{"parameters", "custom_api_action", `{"relative_url": "@evil.example/"}`, "", flow.CodeFlowError},
		{"parameters", "custom_api_action", `{"relative_url": ""}`, "", flow.CodeFlowError},

		{"bodies", "json_list", `{"body": [{"a": 1}, {"b": null}]}`, "POST /json/list" + accept + ` Content-Type: application/json | [{"a":1},{"b":null}]`, ""},
		{"bodies", "json_text", `{"body": "say \"hi\""}`, "PUT /json/text" + accept + ` Content-Type: application/json | "say \"hi\""`, ""},
		{"bodies", "json_text", `{}`, "PUT /json/text" + accept + ` Content-Type: application/json`, ""},
		{"bodies", "json_map", `{"body": {"x": "y"}}`, "POST /json/map" + accept + ` Content-Type: application/json | {"x":"y"}`, ""},
		{"bodies", "json_patch", `{"id": 7, "name": "", "private": false}`, "PATCH /json/patch/7" + accept + ` Content-Type: application/merge-patch+json | {"name":"","private":false}`, ""},
		{"bodies", "json_patch", `{"id": 7, "name": "n"}`, "PATCH /json/patch/7" + accept + ` Content-Type: application/merge-patch+json | {"name":"n"}`, ""},
		{"bodies", "json_either", `{"iban": "DE1", "amount": 5}`, "POST /json/either" + accept + ` Content-Type: application/json | {"amount":5,"iban":"DE1"}`, ""},
		{"bodies", "form", `{"name": "a b", "tags": ["x", "y"]}`, "POST /form" + accept + " Content-Type: application/x-www-form-urlencoded | name=a+b&tags=x&tags=y", ""},
		{"bodies", "form_deep", `{"address": {"city": "Köln"}, "expand": ["a"]}`, "POST /form/deep" + accept + " Content-Type: application/x-www-form-urlencoded | address[city]=K%C3%B6ln&expand[0]=a", ""},
		{"bodies", "multipart_fields", `{"note": "a\r\n--b", "meta": {"k": [1]}}`,
			"POST /multipart/fields" + accept + " Content-Type: multipart/form-data; boundary=UUID | --UUID\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\na\r\n--b\r\n" +
				"--UUID\r\nContent-Disposition: form-data; name=\"meta\"\r\n\r\n{\"k\":[1]}\r\n--UUID--\r\n", ""},
		{"bodies", "multipart_fields", `{}`, "POST /multipart/fields" + accept + " Content-Type: multipart/form-data; boundary=UUID | --UUID--\r\n", ""},
		{"bodies", "plain_text", `{"body": "{not json}"}`, "POST /text" + accept + " Content-Type: text/plain | {not json}", ""},
		{"bodies", "anything", `{"force": true}`, "DELETE /anything" + accept + ` Content-Type: application/json | {"force":true}`, ""},
		{"references", "a", `{"q": "x", "from_b": 1, "spaced": true, "last": "h"}`, "GET /a?q=x&from-b=1&spaced=true" + accept + " Last: h", ""},
	} {
		t.Run(c.flow, func(t *testing.T) {
			s, b := newUpstream(t), imported(t, c.doc)
			r := engine.Run{Flow: c.flow}
			if c.flow == "custom_api_action" {
				r.Options = map[string]string{"request_type": "POST"}
			}
			_, err := s.send(t, b, r, c.input)
			if flow.CodeOf(err) != c.code {
				t.Fatalf("%s: %v, want %q", c.input, err, c.code)
			}
			got := uuid.ReplaceAllString(strings.Join(s.taken(), "\n"), "UUID")
			if got != c.want {
				t.Errorf("%s\nsends %q\nwant  %q", c.input, got, c.want)
			}
		})
	}
}

var uuid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// TestImportedAnswers runs imported actions and looks at what they make of
// answers.
func TestImportedAnswers(t *testing.T) {
	for _, c := range []struct {
		flow, contentType, body string
		status                  int
		want                    string
		code                    flow.Code
	}{
		{"hal", "application/hal+json", `{"id": 5, "@odata.etag": "e", "$ref": "r", "x-odd": true, "when": "2020-01-02T03:04:05Z", "size": "7", "either": [1], "next": {"id": "n"}, "many": [{"id": "m"}]}`, 200,
			`{"id":"5","@odata.etag":"e","$ref":"r","x-odd":true,"when":"2020-01-02T03:04:05.000Z","size":7,"either":[1],"next":{"id":"n"},"many":[{"id":"m"}],` +
				`"body":{"id":5,"@odata.etag":"e","$ref":"r","x-odd":true,"when":"2020-01-02T03:04:05Z","size":"7","either":[1],"next":{"id":"n"},"many":[{"id":"m"}]}}`, ""},
		{"hal", "application/hal+json", `{"size": "large"}`, 200, "", flow.CodeTypeConversion},
		{"hal", "application/json", `{"size": `, 200, "", flow.CodeJSONSyntax},
		{"text", "text/csv", "a,b\n", 200, `{"body":"a,b\n"}`, ""},
		{"any", "application/json", `[null, {"a": 1}]`, 200, `{"body":[null,{"a":1}]}`, ""},
		{"number", "application/json", "12.5", 200, `{"body":12.5}`, ""},
		{"ids", "application/json; charset=utf-8", `["a"]`, 200, `{"items":["a"]}`, ""},
		{"ids", "application/json", ``, 200, `{"items":[]}`, ""},
		{"table", "application/json", `[[1], [2]]`, 200, `{"items":[[1],[2]]}`, ""},
		{"nothing", "application/json", ``, 204, `{"status_code":204}`, ""},
		{"failing", "application/json", `{"body": "b", "a": "a"}`, 200, `{"body":"b","a":"a"}`, ""},
		{"failing", "application/json", `{"message": "no"}`, 404, "", flow.CodeHTTPStatus},
		{"zip", "application/zip", `PK`, 200, `{"body":"PK"}`, ""},
	} {
		t.Run(c.flow, func(t *testing.T) {
			s, b := newUpstream(t), imported(t, "answers")
			s.answer = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.contentType)
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}
			got, err := s.send(t, b, engine.Run{Flow: c.flow}, `{}`)
			if flow.CodeOf(err) != c.code || err == nil && got != c.want {
				t.Errorf("%s\ngives %s, %v\nwant  %s %s", c.body, got, err, c.want, c.code)
			}
		})
	}
}

// TestImportedFiles sends and fetches files.
func TestImportedFiles(t *testing.T) {
	s := newUpstream(t)
	s.answer = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodGet {
			w.Header().Set("Content-Type", "application/pdf")
			w.Header().Set("Content-Disposition", `attachment; filename="report.pdf"`)
		}
		_, _ = io.WriteString(w, `{"id": "f1"}`)
	}
	store := blobs.New(blobs.Config{})
	defer store.Close()
	fetched, err := s.send(t, imported(t, "answers"), engine.Run{Flow: "file", Files: store}, `{}`)
	if err != nil || !strings.Contains(fetched, `"file_name":"report.pdf","size":12`) {
		t.Errorf("%s, %v", fetched, err)
	}
	if got, want := s.taken(), "GET /file Accept: application/pdf"; len(got) != 1 || got[0] != want {
		t.Errorf("%q, want %q", got, want)
	}
	file, err := store.Create(t.Context(), flow.FileMeta{Name: "a.txt", ContentType: "text/plain"}, bytes.NewReader([]byte("abc")))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		flow, part, want, gives string
		more                    []any
	}{
		{"multipart_file", "document", "POST /multipart/file?folder=inbox Content-Type: multipart/form-data; boundary=B | --B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA title\r\n" +
			"--B\r\nContent-Disposition: form-data; name=\"document\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nabc\r\n--B--\r\n", `{"id":"f1"}`,
			[]any{"title", flow.Text("A title"), "folder", flow.Text("inbox")}},
		{"multipart_file", "document", "POST /multipart/file Content-Type: multipart/form-data; boundary=B | --B\r\nContent-Disposition: form-data; name=\"document\"; filename=\"a.txt\"\r\n" +
			"Content-Type: text/plain\r\n\r\nabc\r\n--B--\r\n", `{"id":"f1"}`, nil},
		{"multipart_lonely", "files", "PUT /multipart/lonely Content-Type: multipart/form-data; boundary=B | --B\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.txt\"\r\n" +
			"Content-Type: text/plain\r\n\r\nabc\r\n--B--\r\n", `{"body":{"id":"f1"}}`, nil},
		{"raw_file", "body", "PUT /raw Content-Type: image/png | abc", `{"body":{"id":"f1"}}`, nil},
	} {
		client := egress.New(egress.Config{Allow: []string{s.host}})
		res, err := imported(t, "bodies").module.Run(t.Context(), engine.Run{Flow: c.flow, Files: store, HTTP: client, AllowHosts: []string{s.host},
			Config: map[string]flow.Value{"base_url": flow.Text(s.URL)}, Input: flow.Members(append([]any{c.part, flow.FileOf(file)}, c.more...)...)})
		client.Close()
		if err != nil || res.Outputs.String() != c.gives {
			t.Errorf("%s: %s, %v", c.flow, res.Outputs, err)
		}
		got := regexp.MustCompile(`weir-[0-9a-f]{32}`).ReplaceAllString(strings.Join(s.taken(), "\n"), "B")
		if got != c.want {
			t.Errorf("%s\nsends %q\nwant  %q", c.flow, got, c.want)
		}
	}
}

// TestImportedPages reads the pages of lists of every kind.
func TestImportedPages(t *testing.T) {
	for _, c := range []struct {
		flow, input string
		pages       map[string]string // answer by query; "link: TARGET" lines stand before it
		want        string
	}{
		{"by_link", `{"sort": "name"}`, map[string]string{
			"sort=name&per_page=50":        "link: </link?page=2&sort=name>; rel=\"next\"\n[{\"id\":\"1\"},{\"id\":\"2\"}]",
			"page=2&sort=name&per_page=50": `[{"id":"3"}]`,
		}, `{"records":[{"id":"1"},{"id":"2"},{"id":"3"}],"count":3}`},
		{"by_page", `{}`, map[string]string{
			"page=0&pageSize=200": `{"total": 1, "items": [{"id":"1"}]}`,
		}, `{"records":[{"id":"1"}],"count":1}`},
		{"by_offset", `{"limit": 2}`, map[string]string{
			"limit=2&offset=0": `["a","b"]`, "limit=2&offset=2": `["c"]`, "limit=2&offset=3": `[]`,
		}, `{"records":["a","b","c"],"count":3}`},
		{"by_cursor", `{"record_limit": 2}`, map[string]string{
			"": `{"data": [{"id":"1"}], "meta": {"next_cursor": "n"}}`, "cursor=n": `{"data": [{"id":"2"}], "meta": {"next_cursor": "o"}}`,
		}, `{"records":[{"id":"1"},{"id":"2"}],"count":2}`},
		{"by_url", `{}`, map[string]string{
			"": `{"results": [{"id":"1"}], "links": {"next": {"href": "/url?after=1"}}}`, "after=1": `{"results": [{"id":"2"}], "links": {}}`,
		}, `{"records":[{"id":"1"},{"id":"2"}],"count":2}`},
		{"by_link_object", `{}`, map[string]string{
			"": `{"list": [{"id":"1"}], "token": "t"}`, "from=t": `{"list": [{"id":"2"}], "token": ""}`,
		}, `{"records":[{"id":"1"},{"id":"2"}],"count":2}`},
	} {
		t.Run(c.flow, func(t *testing.T) {
			s, b := newUpstream(t), imported(t, "pages")
			s.answer = func(w http.ResponseWriter, r *http.Request) {
				body, ok := c.pages[inOrder(r.URL.RawQuery)]
				if !ok {
					http.Error(w, "no such page: "+r.URL.RawQuery, http.StatusNotFound)
					return
				}
				w.Header().Set("Content-Type", "application/json")
				if link, rest, ok := strings.Cut(body, "\n"); ok {
					w.Header().Set("Link", strings.TrimPrefix(link, "link: "))
					body = rest
				}
				_, _ = io.WriteString(w, body)
			}
			pages := map[string]string{}
			for q, body := range c.pages {
				pages[inOrder(q)] = body
			}
			c.pages = pages
			got, err := s.send(t, b, engine.Run{Flow: c.flow}, c.input)
			if err != nil || got != c.want {
				t.Errorf("%s, %v, want %s; asked %q", got, err, c.want, s.taken())
			}
		})
	}
}

// TestImportedPagesInBody reads lists by POST whose body takes the cursor.
func TestImportedPagesInBody(t *testing.T) {
	for _, c := range []struct {
		flow, input string
		pages       map[string]string // answer by body
		want        string
	}{
		{"search_all", `{"query": "q"}`, map[string]string{
			`{"query":"q","page_size":100}`:                    `{"results": [{"id":"1"}], "next_cursor": "c", "has_more": true}`,
			`{"query":"q","page_size":100,"start_cursor":"c"}`: `{"results": [{"id":"2"}], "next_cursor": null, "has_more": false}`,
		}, `{"records":[{"id":"1"},{"id":"2"}],"count":2}`},
		{"search_objects", `{"kind": "a/b", "filterGroups": [], "record_limit": 2}`, map[string]string{
			`{"filterGroups":[]}`:             `{"results": [{"id":"1"}], "paging": {"next": {"after": "1", "link": "https://search.example/1"}}}`,
			`{"filterGroups":[],"after":"1"}`: `{"results": [{"id":"2"}], "paging": {"next": {"after": "2"}}}`,
		}, `{"records":[{"id":"1"},{"id":"2"}],"count":2}`},
		{"find_loans", `{"page": {"size": 1}}`, map[string]string{
			`{"page":{"size":1}}`:             `{"loans": [{"id":"1"}], "page": {"next": "n"}}`,
			`{"page":{"size":1,"after":"n"}}`: `{"loans": [], "page": {}}`,
		}, `{"records":[{"id":"1"}],"count":1}`},
		{"list_all", `{}`, map[string]string{
			`{}`: `{"items": ["a"], "cursor": {"next.page": "n"}}`, `{"cursor":"n"}`: `{"items": ["b"], "cursor": null}`,
		}, `{"records":["a","b"],"count":2}`},
	} {
		t.Run(c.flow, func(t *testing.T) {
			s, b := newUpstream(t), imported(t, "pagesbody")
			s.answer = func(w http.ResponseWriter, r *http.Request) {
				asked, _ := io.ReadAll(r.Body)
				answer, ok := c.pages[string(asked)]
				if !ok || r.Method != "POST" {
					http.Error(w, "no such page", http.StatusNotFound)
					return
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, answer)
			}
			if got, err := s.send(t, b, engine.Run{Flow: c.flow}, c.input); err != nil || got != c.want {
				t.Errorf("%s, %v, want %s; asked %q", got, err, c.want, s.taken())
			}
		})
	}
}

// inOrder sorts the parts of a query.
func inOrder(query string) string {
	parts := strings.Split(query, "&")
	sort.Strings(parts)
	return strings.Join(parts, "&")
}

// TestImportedAuth: credentials that connections attach, those that a helper
// flow puts into headers, and what _authping says of them.
func TestImportedAuth(t *testing.T) {
	s, b := newUpstream(t), imported(t, "security")
	s.answer = func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer good" && r.Header.Get("Dd-Api-Key") != "k1" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
	secret := func(key, v string) flow.Value { return flow.NewSecret(key, v, s.host) }
	bearer := func(token string) *flow.Connection {
		return &flow.Connection{Auth: "bearer", Values: map[string]flow.Value{"api_key": secret("api_key", token)},
			Attach: []flow.Attachment{{In: "header", Field: "Authorization", Value: secret("api_key", "Bearer "+token)}}}
	}
	datadog := &flow.Connection{Auth: "datadogapp_and_datadogkey",
		Values: map[string]flow.Value{"datadog_app": secret("datadog_app", "a1"), "datadog_key": secret("datadog_key", "k1")}}
	const accept = " Accept: application/json"
	for _, c := range []struct {
		flow       string
		connection *flow.Connection
		sends      string
		gives      string
		code       flow.Code
	}{
		{"a", bearer("good"), "GET /a" + accept + " Authorization: Bearer good", `{"status_code":204}`, ""},
		{"a", bearer("bad"), "GET /a" + accept + " Authorization: Bearer bad", "", flow.CodeHTTPStatus},
		{"a", datadog, "GET /a" + accept + " Dd-Api-Key: k1 Dd-Application-Key: a1", `{"status_code":204}`, ""},
		{"_authping", bearer("good"), "GET /a" + accept + " Authorization: Bearer good", `{"working":true,"serviceResponse":{"statusCode":204,"message":"The connection works."}}`, ""},
		{"_authping", bearer("bad"), "GET /a" + accept + " Authorization: Bearer bad", `{"working":false,"serviceResponse":{"statusCode":401,"message":"401 Unauthorized"}}`, ""},
		{"_authping", datadog, "GET /a" + accept + " Dd-Api-Key: k1 Dd-Application-Key: a1", `{"working":true,"serviceResponse":{"statusCode":204,"message":"The connection works."}}`, ""},
	} {
		got, err := s.send(t, b, engine.Run{Flow: c.flow, Connection: c.connection}, `{}`)
		if flow.CodeOf(err) != c.code || err == nil && got != c.gives {
			t.Errorf("%s as %s: %s, %v; want %s %s", c.flow, c.connection.Auth, got, err, c.gives, c.code)
		}
		if seen := strings.Join(s.taken(), "\n"); seen != c.sends {
			t.Errorf("%s as %s\nsends %q\nwant  %q", c.flow, c.connection.Auth, seen, c.sends)
		}
	}
}
