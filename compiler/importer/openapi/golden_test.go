package openapi_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/compiler/importer/openapi"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden imports the document of each archive, whose comment gives options
// as "name: value" lines, and compares source and report. What is imported is
// checked, built, formatted and imported again: the first two find no problem,
// the others change nothing.
func TestGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) < 8 {
		t.Fatalf("%d archives, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { golden(t, path) })
	}
}

func golden(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	opt := options(t, string(archive.Comment))
	doc := archive.Files[0]
	res, err := openapi.Import(doc.Name, doc.Data, opt)
	if err != nil {
		t.Fatal(err)
	}
	got := &txtar.Archive{Comment: archive.Comment, Files: []txtar.File{doc}}
	for _, c := range res.Connectors {
		for _, f := range c.Files {
			got.Files = append(got.Files, txtar.File{Name: filepath.ToSlash(filepath.Join("want", c.Dir, f.Name)), Data: f.Data})
		}
		sound(t, c)
	}
	var report bytes.Buffer
	if err := res.Report.WriteText(&report); err != nil {
		t.Fatal(err)
	}
	got.Files = append(got.Files, txtar.File{Name: "report", Data: report.Bytes()})
	text := txtar.Format(got)
	if *update {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want := txtar.Format(archive); !bytes.Equal(text, want) {
		t.Errorf("%s: the import gives something else; look at it with -update and git diff", path)
	}
	again, err := openapi.Import(doc.Name, doc.Data, opt)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range again.Connectors {
		for j, f := range c.Files {
			if !bytes.Equal(f.Data, res.Connectors[i].Files[j].Data) {
				t.Errorf("a second import gives another %s", f.Name)
			}
		}
	}
}

// options reads the comment of an archive.
func options(t *testing.T, comment string) openapi.Options {
	t.Helper()
	var opt openapi.Options
	for line := range strings.Lines(comment) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		var err error
		switch name {
		case "only":
			opt.Only = strings.Split(value, ", ")
		case "max":
			opt.Max, err = strconv.Atoi(value)
		case "split":
			opt.Split, err = strconv.ParseBool(value)
		case "server":
			opt.Server = value
		case "key":
			opt.Key = value
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return opt
}

// sound holds a connector to what every imported one is: without problems, in
// canonical form, and the same module whenever it is built.
func sound(t *testing.T, c openapi.Connector) {
	t.Helper()
	out, err := compiler.Compile(c.Files, compiler.Options{Registry: hostfuncs.Standard()})
	if err != nil {
		var b bytes.Buffer
		_ = compiler.Render(&b, compiler.Check(c.Files, compiler.Options{Registry: hostfuncs.Standard()}), c.Files)
		t.Errorf("%s does not compile:\n%s", c.Dir, b.String())
		return
	}
	for _, w := range out.Warnings {
		t.Errorf("%s: %v", c.Dir, w.Error)
	}
	// What keeps it from being released is what the document does not have.
	for _, d := range compiler.Check(c.Files, compiler.Options{Registry: hostfuncs.Standard(), Release: true}) {
		if d.Code != flow.CodeReleaseMissing && !(d.Code == flow.CodeReleaseText && strings.HasPrefix(d.Msg, "the connector has no ")) {
			t.Errorf("%s: %v", c.Dir, d.Error)
		}
	}
	for _, f := range c.Files {
		text, err := compiler.Format(f)
		if err != nil || !bytes.Equal(text, f.Data) {
			t.Errorf("formatting changes %s (%v)", f.Name, err)
		}
	}
	again, err := compiler.Compile(c.Files, compiler.Options{Registry: hostfuncs.Standard()})
	if err != nil || again.Digest != out.Digest {
		t.Errorf("%s: a second build gives another module (%v)", c.Dir, err)
	}
}
