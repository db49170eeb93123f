package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

const shop = "testdata/openapi/shop.yaml"

// TestImport imports a document, and checks, formats, builds and runs what it
// gives.
func TestImport(t *testing.T) {
	dir := t.TempDir() + "/shop"
	report := done(t, "import", shop, "-o", dir)
	for _, want := range []string{"Shop API 2.1, OpenAPI 3.1.0", "3 operations, 3 selected, 2 imported, 1 left out", "POST /orders: create_order, Create Order", "import.operation"} {
		if !strings.Contains(report, want) {
			t.Errorf("the report lacks %q:\n%s", want, report)
		}
	}
	if o := weir(t, "", "check", dir); o.code != exitDone || o.err != "" {
		t.Errorf("check: exit %d, %s", o.code, o.err)
	}
	if o := weir(t, "", "fmt", "--check", dir); o.code != exitDone {
		t.Errorf("fmt --check: exit %d, %s%s", o.code, o.out, o.err)
	}
	wasm := t.TempDir() + "/shop.wasm"
	done(t, "build", dir, "-o", wasm)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		switch r.Method + " " + r.URL.Path + " " + string(body) {
		case `POST /orders {"article":"a1"}`:
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, `{"id": "o1"}`)
		case "GET /articles/a/1 ":
			_, _ = io.WriteString(w, `{"id": "a/1", "price": 2.5}`)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	for flow, want := range map[string][2]string{
		"create_order": {`{"article": "a1"}`, `{"id":"o1"}`},
		"get_article":  {`{"id": "a/1"}`, `{"id":"a/1","price":2.5}`},
	} {
		out := done(t, "run", wasm, flow, "--input", want[0], "--set", "base_url="+server.URL, "--allow-host", host)
		if got := compact(t, []byte(out)); got != want[1] {
			t.Errorf("%s: %s, want %s", flow, got, want[1])
		}
	}
	// A directory in use is left alone.
	o := weir(t, "", "import", shop, "-o", dir)
	if o.code != exitFailed || !strings.Contains(o.err, "not empty") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
}

// TestImportChoices: what the options select, and where connectors are written.
func TestImportChoices(t *testing.T) {
	list := func(dir string) string {
		var names []string
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() && filepath.Base(path) != "http_helper.yaml" && filepath.Base(path) != "custom_api_action.yaml" {
				rel, _ := filepath.Rel(dir, path)
				names = append(names, filepath.ToSlash(rel))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(names, " ")
	}
	other := write(t, t.TempDir()+"/other.json", `{"openapi": "3.0.0", "info": {"title": "Other"}, "servers": [{"url": "https://other.example"}], "paths": {"/x": {"get": {}}}}`)
	for _, c := range []struct{ args, want string }{
		{shop + " --only articles", "connector.yaml flows/get_article.yaml"},
		{shop + " --only createOrder,getArticle --max 1", "connector.yaml flows/get_article.yaml"},
		{shop + " --split", "shop_articles/connector.yaml shop_articles/flows/get_article.yaml shop_orders/connector.yaml shop_orders/flows/create_order.yaml"},
		{shop + " " + other, "other/connector.yaml other/flows/get_x.yaml shop/connector.yaml shop/flows/create_order.yaml shop/flows/get_article.yaml"},
		{shop + " " + other + " --split", "other_x/connector.yaml other_x/flows/get_x.yaml shop_articles/connector.yaml shop_articles/flows/get_article.yaml " +
			"shop_orders/connector.yaml shop_orders/flows/create_order.yaml"},
	} {
		dir := t.TempDir() + "/out"
		done(t, append(strings.Fields("import "+c.args), "-o", dir)...)
		if got := list(dir); got != c.want {
			t.Errorf("%s: %s\nwant %s", c.args, got, c.want)
		}
	}
}

// TestImportJSON: the report for programs.
func TestImportJSON(t *testing.T) {
	var got struct {
		Reports []struct {
			File, Title string
			Actions     []struct{ Operation, Outcome, Flow string }
			Findings    []struct {
				Code, Severity, Pointer string
				Line, Column            int
			}
		}
	}
	if err := json.Unmarshal([]byte(done(t, "--json", "import", shop, "-o", t.TempDir()+"/shop")), &got); err != nil {
		t.Fatal(err)
	}
	r := got.Reports[0]
	if r.File != shop || r.Title != "Shop API" || len(r.Actions) != 3 || r.Actions[0].Outcome != "left out" || r.Actions[2].Flow != "create_order" {
		t.Errorf("%+v", r)
	}
	if len(r.Findings) != 1 || r.Findings[0].Code != "import.operation" || r.Findings[0].Pointer != "/paths/~1orders/trace" || r.Findings[0].Line != 24 || r.Findings[0].Column != 12 {
		t.Errorf("%+v", r.Findings)
	}
}

// TestImportProblems: what cannot be imported, and that nothing is written then.
func TestImportProblems(t *testing.T) {
	broken := write(t, t.TempDir()+"/broken.yaml", "openapi: 3.1.0\npaths:\n  /a: {get: {}}\n  /a: {get: {}}\n")
	text := write(t, t.TempDir()+"/text.txt", "hello")
	none := write(t, t.TempDir()+"/none.yaml", "openapi: 3.1.0\npaths: {}\n")
	for _, c := range []struct {
		args, want string
		code       int
	}{
		{broken, "4:3: error: import.syntax: the key \"/a\" stands twice\n    /a: {get: {}}\n    ^", exitFailed},
		{text, "import.format", exitFailed},
		{none, "import.selection", exitFailed},
		{"nowhere.yaml", "source.file", exitFailed},
		{shop + " --only order", "did you mean orders?", exitFailed},
		{shop + " --only nothing-of-this-kind", "known here: articles, getArticle, /articles/{id}, orders", exitFailed},
		{shop + " " + shop, "a key that there is already", exitUsage},
	} {
		dir := t.TempDir() + "/out"
		o := weir(t, "", append(strings.Fields("import "+c.args), "-o", dir)...)
		if o.code != c.code || !strings.Contains(o.err, c.want) {
			t.Errorf("%s: exit %d, %s; want %q", c.args, o.code, o.err, c.want)
		}
		if !missing(dir) {
			t.Errorf("%s has written something", c.args)
		}
	}
}

// TestImportFlows: exports of flows are found by their content; one gives a
// connector, several one each.
func TestImportFlows(t *testing.T) {
	export := func(name string) string {
		a, err := txtar.ParseFile("../../testdata/flopack/" + name + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		return write(t, t.TempDir()+"/"+name+".folder", string(a.Files[0].Data))
	}
	one, other := export("call_flow"), export("table_rows")
	dir := t.TempDir() + "/one"
	if out := done(t, "import", one, "-o", dir, "--key", "calls"); !strings.Contains(out, "connector calls: ") {
		t.Errorf("report\n%s", out)
	}
	if missing(dir + "/connector.yaml") {
		t.Error("no connector is written")
	}
	done(t, "check", dir)
	done(t, "fmt", "--check", dir)
	var got struct {
		Reports []struct {
			Connector string
			Flows     []struct {
				Flow  string
				Cards []struct{ Address, Became string }
			}
		}
	}
	both := t.TempDir() + "/both"
	if err := json.Unmarshal([]byte(done(t, "--json", "import", one, other, "-o", both)), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Reports) != 2 {
		t.Fatalf("%+v", got)
	}
	for _, r := range got.Reports {
		if missing(filepath.Join(both, r.Connector, "connector.yaml")) || len(r.Flows) == 0 || len(r.Flows[0].Cards) == 0 || r.Flows[0].Cards[0].Became == "" {
			t.Errorf("%+v", r)
		}
	}
	damaged := write(t, t.TempDir()+"/damaged.flopack", `{"type": "flopack", "data": {"flos": [1]}}`)
	for args, want := range map[string]string{
		damaged:           "import.value",
		one + " " + one:   "a key that there is already",
		one + " --key No": "must be lower case",
		one + " " + shop:  "different kinds",
	} {
		dir := t.TempDir() + "/out"
		if o := weir(t, "", append(strings.Fields("import "+args), "-o", dir)...); o.code == 0 || !strings.Contains(o.err, want) || !missing(dir) {
			t.Errorf("%s: exit %d, %s; want %q", args, o.code, o.err, want)
		}
	}
}
