package openapi

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/pb33f/go-yaml"

	"github.com/weirflow/weir/flow"
)

// readYAML reads a document in YAML. Aliases stand for what they name, each
// counted as often as it is used; merge keys are resolved.
func readYAML(file string, data []byte) (root *node, err error) {
	start := flow.Pos{File: file, Line: 1, Col: 1}
	if len(data) > MaxYAML {
		return nil, failed(flow.CodeImportLimit, start, "a document in YAML may hold %d bytes", MaxYAML).WithFix("convert it to JSON")
	}
	marks := 0
	for i, c := range data {
		switch c {
		case ',', '[', ']', '{', '}', '#':
			if marks++; marks > MaxMarks {
				return nil, failed(flow.CodeImportLimit, position(file, data, i), "the document has too many brackets, commas and comments for YAML").
					WithFix("convert it to JSON")
			}
		}
	}
	// Whatever the library does with malformed text, the document is at fault.
	defer func() {
		if p := recover(); p != nil {
			root, err = nil, failed(flow.CodeImportSyntax, start, "not valid YAML")
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		return nil, yamlError(file, err)
	}
	r := &yamlReader{counter: counter{file: file}, open: map[*yaml.Node]bool{}}
	if doc.Kind == yaml.DocumentNode && len(doc.Content) == 1 {
		root, err = r.node(doc.Content[0], 0)
	} else {
		err = failed(flow.CodeImportSyntax, start, "the document is empty")
	}
	if err != nil {
		return nil, err
	}
	var more yaml.Node
	if dec.Decode(&more) == nil {
		return nil, failed(flow.CodeImportSyntax, flow.Pos{File: file, Line: max(more.Line, 1), Col: max(more.Column, 1)}, "a file holds one document")
	}
	return root, nil
}

func yamlError(file string, err error) error {
	pos := flow.Pos{File: file, Line: 1, Col: 1}
	var at *yaml.LoadError
	if !errors.As(err, &at) {
		return failed(flow.CodeImportSyntax, pos, "the document is empty, or not valid YAML")
	}
	mark := at.Mark
	if mark.Line == 0 {
		mark = at.ContextMark
	}
	pos.Line, pos.Col = max(mark.Line, 1), max(mark.Column, 1)
	return failed(flow.CodeImportSyntax, pos, "not valid YAML: %s", at.Message)
}

type yamlReader struct {
	counter
	open map[*yaml.Node]bool // aliases that are being followed
}

func (r *yamlReader) fail(code flow.Code, y *yaml.Node, format string, args ...any) error {
	return failed(code, flow.Pos{File: r.file, Line: max(y.Line, 1), Col: max(y.Column, 1)}, format, args...)
}

func (r *yamlReader) node(y *yaml.Node, depth int) (*node, error) {
	n := &node{line: int32(y.Line), col: int32(y.Column)}
	if err := r.add(n.line, n.col, depth); err != nil {
		return nil, err
	}
	switch y.Kind {
	case yaml.AliasNode:
		if y.Alias == nil || r.open[y.Alias] {
			return nil, r.fail(flow.CodeImportSyntax, y, "the alias %s stands inside of what it names", flow.Excerpt(y.Value))
		}
		r.open[y.Alias] = true
		defer delete(r.open, y.Alias)
		return r.node(y.Alias, depth)
	case yaml.MappingNode:
		n.kind = mapNode
		return n, r.mapping(n, y, depth+1)
	case yaml.SequenceNode:
		n.kind = listNode
		for _, item := range y.Content {
			v, err := r.node(item, depth+1)
			if err != nil {
				return nil, err
			}
			n.members = append(n.members, member{line: v.line, col: v.col, value: v})
		}
		return n, nil
	case yaml.ScalarNode:
		return n, r.scalar(n, y)
	}
	return nil, r.fail(flow.CodeImportSyntax, y, "a value of this form cannot stand here")
}

// scalar takes the types of the JSON schema of YAML 1.2 and leaves all others
// text: dates, and the numbers of YAML 1.1 that JSON does not have.
func (r *yamlReader) scalar(n *node, y *yaml.Node) error {
	n.kind, n.text = textNode, y.Value
	switch y.ShortTag() {
	case "!!null":
		n.kind, n.text = nullNode, ""
	case "!!bool":
		switch strings.ToLower(y.Value) {
		case "true":
			n.kind, n.text = boolNode, "true"
		case "false":
			n.kind, n.text = boolNode, "false"
		}
	case "!!int", "!!float":
		if jsonNumber(y.Value) {
			n.kind = numberNode
			return nil
		}
		if i, err := strconv.ParseInt(y.Value, 0, 64); err == nil {
			n.kind, n.text = numberNode, strconv.FormatInt(i, 10)
		}
	case "!!binary":
		return r.fail(flow.CodeImportSyntax, y, "binary values cannot stand in a document")
	}
	return nil
}

// jsonNumber reports whether s is a number as JSON writes it.
func jsonNumber(s string) bool {
	digits := func() int {
		n := len(s) - len(strings.TrimLeft(s, "0123456789"))
		s = s[n:]
		return n
	}
	s = strings.TrimPrefix(s, "-")
	zero := strings.HasPrefix(s, "0")
	if n := digits(); n == 0 || zero && n > 1 {
		return false
	}
	if rest, ok := strings.CutPrefix(s, "."); ok {
		if s = rest; digits() == 0 {
			return false
		}
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		if s = s[1:]; s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if digits() == 0 {
			return false
		}
	}
	return s == ""
}

func (r *yamlReader) mapping(n *node, y *yaml.Node, depth int) error {
	var keys unique
	var merged []*node
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		if k.Kind == yaml.AliasNode && k.Alias != nil {
			k = k.Alias
		}
		if k.Kind != yaml.ScalarNode {
			return r.fail(flow.CodeImportSyntax, k, "a key must be text")
		}
		value, err := r.node(v, depth)
		if err != nil {
			return err
		}
		if k.ShortTag() == "!!merge" {
			merged = append(merged, value)
			continue
		}
		if keys.has(k.Value) {
			return r.fail(flow.CodeImportSyntax, k, "the key %s stands twice", flow.Excerpt(k.Value))
		}
		keys.add(member{key: k.Value, line: int32(k.Line), col: int32(k.Column), value: value})
	}
	for _, m := range merged {
		sources := []member{{value: m}}
		if m.kind == listNode {
			sources = m.members
		}
		for _, s := range sources {
			if s.value.kind != mapNode {
				return r.fail(flow.CodeImportSyntax, y, "only objects can be merged into an object")
			}
			for _, f := range s.value.members {
				if !keys.has(f.key) {
					keys.add(f)
				}
			}
		}
	}
	n.members = keys.members
	return nil
}
