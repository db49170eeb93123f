package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirflow/weir/face"
)

const recordsDir = "../../testdata/connectors/records"

// TestPreview compares cards and dialogs with golden texts, and the JSON form
// with the model.
func TestPreview(t *testing.T) {
	for name, args := range map[string][]string{
		"list":           {recordsDir},
		"card":           {recordsDir, "create_record"},
		"card-evaluated": {recordsDir, "create_record", "--evaluate", "--option", "kind=task"},
		"event":          {recordsDir, "new_record"},
		"dialog":         {recordsDir, "--auth", "token", "--evaluate"},
		"dialog-oauth":   {recordsDir, "--auth", "oauth"},
	} {
		line := append([]string{"preview"}, args...)
		golden(t, "preview-"+name, weir(t, "", line...), line)
	}
	var card face.Card
	if err := json.Unmarshal([]byte(done(t, "preview", recordsDir, "create_record", "--json")), &card); err != nil {
		t.Fatal(err)
	}
	if card.Color != "#00297A" || card.Icon != "assets/icon.png" || len(card.Options) != 3 || len(card.Inputs) != 3 || len(card.Outputs) != 1 {
		t.Errorf("card %+v", card)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"preview", recordsDir, "list_kinds"}, exitFailed, "run.flow"},
		{[]string{"preview", recordsDir, "--auth", "none"}, exitUsage, "no authentication"},
		{[]string{"preview", recordsDir, "create_record", "--auth", "token"}, exitUsage, "not both"},
		{[]string{"preview", recordsDir, "create_record", "--option", "kind"}, exitUsage, "NAME=VALUE"},
		{[]string{"preview", recordsDir, "create_record", "--option", "kindd=task"}, exitUsage, "no option"},
	} {
		if o := weir(t, "", c.args...); o.code != c.code || !strings.Contains(o.err, c.says) {
			t.Errorf("%v: exit %d, %s", c.args, o.code, o.err)
		}
	}
}

// TestPreviewSettings: the helper flows behind a dropdown get the settings of the
// command line.
func TestPreviewSettings(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/connector.yaml", "key: shop\nname: Shop\nversion: 0.1.0\nconfig:\n  region: {type: text, default: none}\nsecrets:\n  key: {label: Key, hosts: [shop.example]}\nhosts: [shop.example]\n")
	write(t, dir+"/flows/buy.yaml", "options: {kind: {label: Kind, choices_from: {flow: kinds}}}\noutputs: {x: text}\nsteps:\n  - return: {x: a}\n")
	write(t, dir+"/flows/kinds.yaml", "type: helper\noutputs: {rows: \"object[]\"}\nsteps:\n  - return: {rows: [{key: \"${config.region}\", value: \"${config.region}\"}]}\n")
	key := write(t, dir+"/key", "s3cret-key")
	if out := done(t, "preview", dir, "buy", "--evaluate", "--set", "region=north", "--secret", "key=@"+key); !strings.Contains(out, "- north") {
		t.Errorf("printed %s", out)
	}
	if o := weir(t, "", "preview", dir, "buy", "--evaluate", "--set", "planet=earth"); o.code != exitUsage || !strings.Contains(o.err, "planet") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}

// TestCheckRelease: a connector that is sound for its author may not be for
// others.
func TestCheckRelease(t *testing.T) {
	if o := weir(t, "", "check", "--release", recordsDir); o.code != exitDone || o.err != "" {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
	if o := weir(t, "", "check", "--release", "scaffold/contacts"); o.code != exitFailed || !strings.Contains(o.err, "release.missing") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}

// TestRunOptions: options, and tables that the connector declares.
func TestRunOptions(t *testing.T) {
	out := done(t, "run", recordsDir, "create_record", "--option", "kind=task", "--input", `{"title":"x"}`,
		"--tables", filepath.Join(t.TempDir(), "t.db"))
	if !strings.Contains(out, `"id": "task-x"`) {
		t.Errorf("printed %s", out)
	}
	if o := weir(t, "", "run", recordsDir, "create_record", "--input", `{"title":"x"}`); o.code != exitFailed || !strings.Contains(o.err, `option "kind" is missing`) {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
	db := filepath.Join(t.TempDir(), "t.db")
	done(t, "run", recordsDir, "create_record", "--option", "kind=task", "--input", `{"title":"x"}`, "--tables", db)
	if got := done(t, "tables", db, "records"); !strings.Contains(got, "seen  0 rows") {
		t.Errorf("tables: %s", got)
	}
}
