// Package codes reads the error codes of package flow and the examples that
// their comments give, for the documentation and for the tests that run them.
package codes

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
)

// Unsourced begins the last sentence about a code that no connector can give.
const Unsourced = "No source gives it: "

// Doc is one error code with what its comment says.
type Doc struct {
	Group   string // heading of the const block: "Source", "Run", ...
	Name    string // of the constant
	Code    flow.Code
	Text    string   // in sentences; "" where the constant has no comment
	Example *Example // nil where the comment has none
}

// ReadDir reads the error codes of package flow, whose source lies in dir: the
// files codes.go and codes_*.go, by name.
func ReadDir(dir fs.FS) ([]Doc, error) {
	more, err := fs.Glob(dir, "codes_*.go")
	if err != nil {
		return nil, err
	}
	var out []Doc
	for _, name := range append([]string{"codes.go"}, more...) {
		source, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		docs, err := Read(source)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, docs...)
	}
	return out, nil
}

// Read reads the error codes, in order, from one file. A
// comment is the name of its constant, a colon and sentences; an example is the
// indented block behind a line "Example:".
func Read(source []byte) ([]Doc, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var out []Doc
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		heading, _, _ := strings.Cut(g.Doc.Text(), ":")
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			name := v.Names[0].Name
			if len(v.Names) != 1 || len(v.Values) != 1 {
				return nil, fmt.Errorf("%s stands in one line with another code or has no value", name)
			}
			lit, ok := v.Values[0].(*ast.BasicLit)
			if !ok {
				return nil, fmt.Errorf("%s is not a literal", name)
			}
			code, err := strconv.Unquote(lit.Value)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			one := Doc{Group: heading, Name: name, Code: flow.Code(code)}
			if err := one.read(v.Doc.Text()); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			out = append(out, one)
		}
	}
	return out, nil
}

// read splits a comment into its text and its example.
func (d *Doc) read(comment string) error {
	text, block, found := strings.Cut(comment, "Example:\n")
	if found {
		var err error
		if d.Example, err = parseExample(block); err != nil {
			return err
		}
	}
	text = strings.Join(strings.Fields(text), " ")
	if text == "" {
		return nil
	}
	text, ok := strings.CutPrefix(text, d.Name+": ")
	if !ok || text == "" {
		return fmt.Errorf("the comment does not begin with the name, a colon and a sentence")
	}
	d.Text = strings.ToUpper(text[:1]) + text[1:]
	return nil
}
