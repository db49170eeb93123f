package servers

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	rootMail     = "root@example.com"
	rootPassword = "pass-w0rd-of-r00t"
)

// startPocketBase starts an empty PocketBase with one superuser.
func startPocketBase(t *testing.T) *server {
	t.Helper()
	bin, dir := program(t, "pocketbase"), t.TempDir()
	where := []string{"--dir", filepath.Join(dir, "data")}
	for _, name := range []string{"hooks", "public", "migrations"} {
		where = append(where, "--"+name+"Dir", filepath.Join(dir, name))
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, bin, append([]string{"superuser", "upsert", rootMail, rootPassword}, where...)...).CombinedOutput(); err != nil {
		t.Fatalf("no superuser: %v\n%s", err, out)
	}
	return start(t, time.Minute, "/api/health", func(port string) []string {
		return append([]string{bin, "serve", "--http", "127.0.0.1:" + port}, where...)
	})
}

// params are the answers to what the example asks for.
func (s *server) params(mail, password string) []string {
	_, port, _ := strings.Cut(s.host, ":")
	return []string{"--param", "host=localhost", "--param", "port=" + port, "--param", "scheme=http", "--param", "email=" + mail, "--param", "password=" + password}
}

// tasks is a collection with a field of nearly every type.
const tasks = `{"relative_url": "/api/collections", "body": {"name": "tasks", "type": "base", "fields": [
	{"name": "title", "type": "text", "required": true}, {"name": "rank", "type": "number"}, {"name": "done", "type": "bool"},
	{"name": "due", "type": "date"}, {"name": "meta", "type": "json"}, {"name": "state", "type": "select", "values": ["open", "closed"], "maxSelect": 1},
	{"name": "tags", "type": "select", "values": ["a", "b", "c"], "maxSelect": 3}, {"name": "mail", "type": "email"}, {"name": "secret", "type": "text", "hidden": true},
	{"name": "attachment", "type": "file", "maxSelect": 1, "maxSize": 1000000},
	{"name": "pages", "type": "file", "maxSelect": 5, "maxSize": 1000000, "protected": true}, {"name": "created", "type": "autodate", "onCreate": true}]}}`

// sessionToken matches the tokens that PocketBase gives.
var sessionToken = regexp.MustCompile(`eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+`)

// newBase returns a user with a connection, Base, to a server with the collection.
func newBase(t *testing.T) *user {
	t.Helper()
	s := startPocketBase(t)
	u := newUser(t, example("pocketbase"), s)
	u.connect("Base", s.params(rootMail, u.secret("password", rootPassword))...)
	u.run("Base", "custom_api_action", tasks, "--option", "request_type=POST")
	return u
}

// shows fails where a preview lacks a line.
func (u *user) shows(card string, options []string, lines ...string) {
	u.Helper()
	line := append([]string{"preview", u.connector, card, "--evaluate", "--connection", "Base"}, u.given...)
	for _, o := range options {
		line = append(line, "--option", o)
	}
	out := u.done(append(line, u.vault()...)...)
	for _, want := range lines {
		if !slices.ContainsFunc(strings.Split(out, "\n"), func(l string) bool { return strings.Join(strings.Fields(l), " ") == want }) {
			u.Errorf("%s %v lacks %q:\n%s", card, options, want, out)
		}
	}
}

// TestSlowServerPocketBaseConnection: a session is begun with a password, and the
// token is a secret that nothing shows.
func TestSlowServerPocketBaseConnection(t *testing.T) {
	u := newBase(t)
	s := &server{host: u.given[1]}
	for _, line := range [][]string{
		append([]string{"--name", "Wrong"}, s.params(rootMail, u.secret("wrong", "an0ther-password"))...),
		append([]string{"--name", "Nobody"}, s.params("nobody@example.com", "@"+u.file("right", rootPassword))...),
	} {
		o := u.weir(append(append(append([]string{"connect", u.connector}, line...), u.given...), u.vault()...)...)
		if o.code != 1 || !strings.Contains(o.out, "health     failed: 400 Bad Request") {
			t.Errorf("connect %s: exit %d\n%s%s", line[1], o.code, o.out, o.err)
		}
	}
	tape := filepath.Join(u.dir, "list.tape.yaml")
	o := u.weir(u.line("Base", "custom_api_action", `{"relative_url": "/api/collections?perPage=1"}`, []string{"--option", "request_type=GET", "--trace", "--record", tape})...)
	if o.code != 0 || !strings.Contains(o.err, "[secret]") {
		t.Errorf("exit %d\n%s%s", o.code, o.out, o.err)
	}
	recorded, err := os.ReadFile(tape)
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{"what is printed": o.out + o.err, "the tape": string(recorded)} {
		if sessionToken.MatchString(text) {
			t.Errorf("%s shows the token:\n%s", where, text)
		}
	}
	if f := u.fails("", "custom_api_action", `{"relative_url": "/api/collections"}`, "--option", "request_type=GET"); f.Code == "" {
		t.Errorf("without a connection: %+v", f)
	}
}

// TestSlowServerPocketBaseCards: what people see depends on the server: its
// collections, and their fields.
func TestSlowServerPocketBaseCards(t *testing.T) {
	u := newBase(t)
	u.shows("create_record", nil, "- tasks", "- users")
	u.shows("create_record", []string{"collection=tasks"}, "title * [ ] Text", "rank [ ] Number", "done [ ] True/False", "due [ ] Date & Time", "meta [ ] Object",
		"state [Choose an option... v] Text", "- closed", "tags [ ] List of Text", "attachment Text", "pages List of Text", "created Date & Time")
	u.shows("update_record", []string{"collection=users"}, "name [ ] Text", "ID * [ ] Text", "verified True/False")
	u.shows("search_records", []string{"collection=tasks", "result_set=first"}, "rank Number", "Count Number")
	u.shows("search_records", []string{"collection=tasks", "result_set=list"}, "Records List of Object")
	u.shows("create_record_with_file", []string{"collection=tasks"}, "- attachment", "- pages")
	out := u.done(append(append([]string{"preview", u.connector, "create_record", "--evaluate", "--connection", "Base", "--option", "collection=tasks"}, u.given...), u.vault()...)...)
	inputs, outputs, _ := strings.Cut(out, "Outputs: Record")
	if strings.Contains(outputs, "secret") || strings.Contains(inputs, "attachment") || strings.Contains(inputs, "created") {
		t.Errorf("a hidden field is given, or what nobody fills in is asked for:\n%s", out)
	}
}

// TestSlowServerPocketBaseRecords: the life of records, and pages of them.
func TestSlowServerPocketBaseRecords(t *testing.T) {
	u := newBase(t)
	of := []string{"--option", "collection=tasks"}
	made := u.taped("create_record.tape.yaml", "Base", "create_record", `{"record": {"title": "ü \"q\"", "rank": 2.5, "done": true, "due": "2026-01-02T03:04:05Z",
		"meta": {"a": [1, null, {"b": "c"}]}, "state": "open", "tags": ["a", "c"]}}`, of...)
	record, _ := made["record"].(map[string]any)
	id := fmt.Sprint(made["id"])
	u.want("created", []any{record["title"], record["rank"], record["done"], record["due"], record["meta"], record["state"], record["tags"], record["id"] == id},
		`["ü \"q\"",2.5,true,"2026-01-02 03:04:05.000Z",{"a":[1,null,{"b":"c"}]},"open",["a","c"],true]`)
	u.want("read", u.taped("read_record.tape.yaml", "Base", "read_record", input(t, "id", id), of...)["record"], text(t, record))
	changed := u.taped("update_record.tape.yaml", "Base", "update_record", input(t, "id", id, "record", map[string]any{"rank": 7, "tags": []string{}}), of...)["record"].(map[string]any)
	u.want("changed", []any{changed["rank"], changed["tags"], changed["title"]}, `[7,[],"ü \"q\""]`)
	for flow, in := range map[string]string{
		"create_record": `{"record": {"rank": 1}}`, // a title is required
		"update_record": input(t, "id", id, "record", map[string]any{"state": "unheard of"}),
	} {
		if f := u.fails("Base", flow, in, of...); f.Code != "http.status" || f.Status != 400 {
			t.Errorf("%s %s: %+v", flow, in, f)
		}
	}

	// More records than pages have, all in one request.
	u.run("Base", "custom_api_action", `{"relative_url": "/api/settings", "body": {"batch": {"enabled": true, "maxRequests": 300, "timeout": 30}}}`, "--option", "request_type=PATCH")
	var requests []any
	for i := range 250 {
		requests = append(requests, map[string]any{"method": "POST", "url": "/api/collections/tasks/records",
			"body": map[string]any{"title": fmt.Sprint("Task ", i), "rank": (i*7)%250 + 1000, "state": []string{"open", "closed"}[i%2]}})
	}
	batch := u.file("batch", input(t, "relative_url", "/api/batch", "body", map[string]any{"requests": requests}))
	u.want("a batch", u.run("Base", "custom_api_action", "@"+batch, "--option", "request_type=POST")["status_code"], "200")
	list := append([]string{"--option", "result_set=list"}, of...)
	ranks := func(search string) (out []any) {
		t.Helper()
		res := u.run("Base", "search_records", search, list...)
		records, _ := res["result"].(map[string]any)["records"].([]any)
		for _, r := range records {
			out = append(out, r.(map[string]any)["rank"])
		}
		u.want("the count of "+search, res["count"], fmt.Sprint(len(out)))
		return out
	}
	var want []int
	for i := range 250 {
		want = append(want, 1249-i)
	}
	u.want("pages", ranks(`{"filter": "rank >= 1000", "sort": "-rank"}`), text(t, want))
	u.want("a full page", ranks(`{"filter": "rank >= 1050", "sort": "-rank"}`), text(t, want[:200]))
	u.want("some", ranks(`{"filter": "rank >= 1000", "sort": "-rank", "record_limit": 201}`), text(t, want[:201]))
	u.want("a filter", ranks(`{"filter": "title = \"Task 3\" && state = 'closed'"}`), "[1021]")
	if n := len(ranks(`{}`)); n != 251 {
		t.Errorf("%d records without a filter", n)
	}
	if f := u.fails("Base", "search_records", `{"filter": "rank >"}`, list...); f.Status != 400 {
		t.Errorf("a filter that is none: %+v", f)
	}
	found := u.taped("search_list.tape.yaml", "Base", "search_records", `{"filter": "rank > 1246", "sort": "rank"}`, list...)
	u.want("a list", found["count"], "3")
	first := u.taped("search_first.tape.yaml", "Base", "search_records", `{"filter": "rank > 1245", "sort": "rank"}`, append([]string{"--option", "result_set=first"}, of...)...)
	u.want("the first", first["result"].(map[string]any)["rank"], "1246")

	u.want("deleted", u.taped("delete_record.tape.yaml", "Base", "delete_record", input(t, "id", id), of...), `{"status_code":204}`)
	for _, flow := range []string{"read_record", "delete_record"} {
		if f := u.fails("Base", flow, input(t, "id", id), of...); f.Status != 404 {
			t.Errorf("%s when it is gone: %+v", flow, f)
		}
	}
	if f := u.fails("Base", "read_record", input(t, "id", "../../x"), of...); f.Status != 404 {
		t.Errorf("an ID that leads elsewhere: %+v", f)
	}
	if out := u.done("test", u.connector); !strings.Contains(out, "passed") {
		t.Errorf("weir test printed %s", out)
	}
}

// TestSlowServerPocketBaseFiles: files go up with a record and come back as they
// are, protected ones too.
func TestSlowServerPocketBaseFiles(t *testing.T) {
	u := newBase(t)
	of := []string{"--option", "collection=tasks"}
	content := bytes.Repeat([]byte("a\x00\xff\r\n--weir-"), 50_000)
	large := u.file("large ü.bin", string(content))
	for field, file := range map[string]string{"attachment": large, "pages": u.file("page.txt", "one page\n")} {
		args := append([]string{"--option", "field=" + field, "--file", "file=@" + file}, of...)
		run := func(flow, in string, args ...string) map[string]any { return u.run("Base", flow, in, args...) }
		if field == "pages" {
			run = func(flow, in string, args ...string) map[string]any {
				return u.taped(map[string]string{"create_record_with_file": "upload.tape.yaml", "download_file": "download.tape.yaml"}[flow], "Base", flow, in, args...)
			}
		}
		made := run("create_record_with_file", input(t, "record", map[string]any{"title": "with " + field, "rank": 1.5, "done": true}), args...)
		record := u.run("Base", "read_record", input(t, "id", made["id"]), of...)["record"].(map[string]any)
		u.want(field, []any{record["rank"], record["done"], strings.Contains(text(t, record[field]), fmt.Sprint(made["file_name"]))}, `[1.5,true,true]`)
		dir := filepath.Join(u.dir, field)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		got := run("download_file", input(t, "id", made["id"], "file_name", made["file_name"]), append([]string{"--out-dir", dir}, of...)...)
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		back, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(made["file_name"])))
		if err != nil || !bytes.Equal(back, want) || got["size"] != float64(len(want)) {
			t.Errorf("%s: %d bytes come back of %d, %v", field, len(back), len(want), err)
		}
	}
	if f := u.fails("Base", "download_file", `{"id": "none", "file_name": "none.txt"}`, of...); f.Status != 404 {
		t.Errorf("a file that is not there: %+v", f)
	}
}
