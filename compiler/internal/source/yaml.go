package source

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/scanner"
	"github.com/goccy/go-yaml/token"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/flow"
)

// parseYAML reads a file as the part of YAML 1.2 that docs/LANGUAGE.md accepts.
func parseYAML(doc *Document, text string, lim Limits, d *problem.List) {
	y := &yamlReader{doc: doc, lim: lim, lines: strings.Split(text, "\n"), d: d}
	// The library panics on some malformed input; whatever it meets, the file
	// is at fault and not the compiler.
	defer func() {
		if r := recover(); r != nil {
			doc.Root = nil
			d.Error(flow.CodeSourceSyntax, y.last, "not valid YAML near here")
		}
	}()
	y.last = flow.Pos{File: doc.File, Line: 1, Col: 1}
	tokens, ok := y.scan(text)
	if !ok {
		return
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		y.syntax(err)
		return
	}
	var bodies []ast.Node
	for _, b := range file.Docs {
		if b.Body != nil {
			bodies = append(bodies, b.Body)
		}
	}
	switch {
	case len(bodies) == 0:
		doc.Root = &Node{Pos: y.last, lead: -1}
	case len(bodies) > 1:
		d.Error(flow.CodeSourceSyntax, y.pos(bodies[1].GetToken()), "a file holds one document").
			WithFix("make a file of each")
		return
	default:
		doc.Root = y.node(bodies[0])
	}
	switch {
	case y.nodes > lim.Nodes:
		doc.Root = nil
	case !d.HasErrors():
		y.attach()
	}
}

// yamlReader turns the library's tree into nodes.
type yamlReader struct {
	doc      *Document
	lines    []string
	d        *problem.List
	lim      Limits
	comments []comment
	order    []*spot // members in the order of the text
	nodes    int
	last     flow.Pos // last token seen, for problems without a place
	cursor   cursor
}

func (y *yamlReader) pos(t *token.Token) flow.Pos {
	if t == nil || t.Position == nil {
		return y.last
	}
	return flow.Pos{File: y.doc.File, Line: max(t.Position.Line, 1), Col: max(t.Position.Column, 1)}
}

func (y *yamlReader) syntax(err error) {
	var at interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if errors.As(err, &at) {
		message := strings.ToLower(at.GetMessage())
		y.d.Error(flow.CodeSourceSyntax, y.pos(at.GetToken()), "not valid YAML: %s", message).Fix = remedy(message)
		return
	}
	y.d.Error(flow.CodeSourceSyntax, y.last, "not valid YAML")
}

// remedy says what is most likely to be done about what the library says.
func remedy(message string) string {
	switch {
	case strings.Contains(message, "must be specified"):
		return `between { } and [ ], put text with a bracket, a brace or a comma in quotes: "any[]", "${input.name}"`
	case strings.Contains(message, "is not allowed in this context"):
		return `begin the fields of one mapping in the same column, and put text with ": " in quotes`
	case strings.Contains(message, "could not find end character"):
		return "close the quotes"
	}
	return ""
}

// tab returns the place of a tab among the blanks that a line begins with.
func (y *yamlReader) tab(line int) (flow.Pos, bool) {
	if line < 1 || line > len(y.lines) {
		return flow.Pos{}, false
	}
	text := y.lines[line-1]
	blanks := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
	i := strings.IndexByte(blanks, '\t')
	return flow.Pos{File: y.doc.File, Line: line, Col: i + 1}, i >= 0
}

// scan cuts the text into tokens and refuses, before anything recursive sees
// them, nesting beyond the limit and the parts of YAML that Weir does without.
func (y *yamlReader) scan(text string) (token.Tokens, bool) {
	var s scanner.Scanner
	s.Init(text)
	var tokens token.Tokens
	nest := nesting{lim: y.lim}
	for {
		part, err := s.Scan()
		for _, t := range part {
			pos := y.pos(t)
			y.last = pos
			if t.Type == token.InvalidType {
				if at, ok := y.tab(pos.Line); ok {
					y.d.Error(flow.CodeSourceSyntax, at, "a tab cannot indent a line").Fix = "indent with spaces"
					return nil, false
				}
				message := strings.ToLower(t.Error)
				y.d.Error(flow.CodeSourceSyntax, pos, "not valid YAML: %s", message).Fix = remedy(message)
				return nil, false
			}
			if what := refused(t); what != "" {
				e := y.d.Error(flow.CodeSourceSyntax, pos, "%s are not part of the language", what)
				if t.Type == token.AliasType || t.Type == token.TagType || t.Type == token.AnchorType {
					e.Fix = "put text that begins with " + t.Value[:1] + " in quotes"
				}
				return nil, false
			}
			if t.Type == token.CommentType {
				y.comments = append(y.comments, comment{at: place{pos.Line, pos.Col}, text: "#" + strings.TrimRight(t.Value, " \t")})
			}
			if what := nest.add(t); what != "" {
				y.d.Error(flow.CodeSourceLimit, pos, "%s", what)
				return nil, false
			}
			if len(tokens) > tokensOf*y.lim.Nodes {
				y.d.Error(flow.CodeSourceLimit, pos, "the file holds too many values and comments")
				return nil, false
			}
			tokens.Add(t)
		}
		if err == io.EOF {
			return tokens, true
		}
		if err != nil {
			y.d.Error(flow.CodeSourceSyntax, y.last, "not valid YAML near here")
			return nil, false
		}
	}
}

// refused names what a token stands for when the language does without it.
func refused(t *token.Token) string {
	switch t.Type {
	case token.AnchorType:
		return "anchors (&)"
	case token.AliasType:
		return "aliases (*)"
	case token.MergeKeyType:
		return "merge keys (<<)"
	case token.TagType:
		return "tags (!)"
	case token.DirectiveType:
		return "directives (%)"
	case token.MappingKeyType:
		return "keys that begin with ?"
	}
	return ""
}

// tokensOf bounds what is read before values are counted: a member of a
// mapping in braces has a key, a colon, a value and a comma.
const tokensOf = 6

// nesting bounds from above how deep the library's parser recurses, token by
// token: once for each open collection, and once for each key of a block.
type nesting struct {
	lim  Limits
	open []opened
	flow int
	last *token.Token
}

// opened is a block whose dashes or keys stand in a column.
type opened struct{ col, keys int }

// add takes the next token and says what is too much, or "".
func (n *nesting) add(t *token.Token) string {
	keys := 0
	switch t.Type {
	case token.MappingStartType, token.SequenceStartType:
		n.flow++
	case token.MappingEndType, token.SequenceEndType:
		n.flow = max(0, n.flow-1)
	case token.SequenceEntryType:
		n.at(t.Position.Column)
	case token.MappingValueType:
		if n.last != nil && n.flow == 0 {
			o := n.at(n.last.Position.Column)
			o.keys++
			keys = o.keys
		}
	}
	if t.Type != token.CommentType {
		n.last = t
	}
	switch {
	case len(n.open)+n.flow > n.lim.Depth:
		return fmt.Sprintf("the file is nested deeper than %d", n.lim.Depth)
	case keys > n.lim.Keys:
		return fmt.Sprintf("a mapping holds more than %d keys", n.lim.Keys)
	}
	return ""
}

// at returns the block of a column, closing those further right.
func (n *nesting) at(col int) *opened {
	for len(n.open) > 0 && n.open[len(n.open)-1].col > col {
		n.open = n.open[:len(n.open)-1]
	}
	if len(n.open) == 0 || n.open[len(n.open)-1].col < col {
		n.open = append(n.open, opened{col: col})
	}
	return &n.open[len(n.open)-1]
}

func (y *yamlReader) count(pos flow.Pos) {
	if y.nodes++; y.nodes == y.lim.Nodes+1 {
		y.d.Error(flow.CodeSourceLimit, pos, "the file holds more than %d values", y.lim.Nodes)
	}
}

func (y *yamlReader) node(from ast.Node) *Node {
	t := from.GetToken()
	n := &Node{Pos: y.pos(t), lead: -1}
	y.count(n.Pos)
	switch x := from.(type) {
	case *ast.MappingNode:
		n.Kind, n.Flow = Map, x.IsFlowStyle
		if x.IsFlowStyle {
			y.braces(n, x.Start, x.End)
		}
		y.members(n, x.Values)
	case *ast.MappingValueNode:
		n.Kind, n.Flow = Map, x.IsFlowStyle
		y.members(n, []*ast.MappingValueNode{x})
	case *ast.SequenceNode:
		n.Kind, n.Flow = List, x.IsFlowStyle
		if x.IsFlowStyle {
			y.braces(n, x.Start, x.End)
		}
		for i, v := range x.Values {
			m := &Member{Pos: y.pos(v.GetToken())}
			if !x.IsFlowStyle && i < len(x.Entries) && x.Entries[i].Start != nil {
				m.Pos = y.pos(x.Entries[i].Start)
			}
			y.append(n, m, v)
		}
		if !x.IsFlowStyle && len(n.Members) > 0 {
			n.Pos = n.Members[0].Pos
		}
	case *ast.LiteralNode:
		n.Kind, n.Text = Text, x.Value.Value
		n.Pos = y.pos(x.Start)
		if x.Start.Type == token.LiteralType {
			n.line = y.blockStart(n.Pos.Line, x.Start.Value)
		}
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
		y.scalar(n, t)
	default:
		y.d.Error(flow.CodeSourceSyntax, n.Pos, "not valid YAML: a value of this form cannot stand here")
	}
	return n
}

func (y *yamlReader) scalar(n *Node, t *token.Token) {
	switch t.Type {
	case token.SingleQuoteType, token.DoubleQuoteType:
		n.Kind, n.Text = Text, t.Value
		// Exact only when what is between the quotes is the text itself.
		if strings.Trim(t.Origin, " \t\n") == t.Origin[strings.IndexAny(t.Origin, `"'`):] && y.inQuotes(n, t.Value) {
			n.lead = 1
		}
	case token.ImplicitNullType:
	default:
		if strings.Contains(t.Value, ": ") {
			y.d.Error(flow.CodeSourceSyntax, n.Pos, "text with a colon and a space stands in quotes: %s", flow.Excerpt(t.Value)).
				WithFix("put it in quotes, or write a mapping in braces")
		}
		resolve(n, t.Value, y.d)
		if n.Kind == Text && y.has(n.Pos, 0, t.Value) {
			n.lead = 0
		}
	}
}

// inQuotes reports whether text stands as it is behind the opening quote.
func (y *yamlReader) inQuotes(n *Node, text string) bool { return y.has(n.Pos, 1, text) }

// has reports whether the line at pos, skip characters further, begins with text.
func (y *yamlReader) has(pos flow.Pos, skip int, text string) bool {
	if pos.Line > len(y.lines) {
		return false
	}
	line, col := y.lines[pos.Line-1], pos.Col-1+skip
	c := &y.cursor
	if c.line != pos.Line || c.col > col {
		*c = cursor{line: pos.Line}
	}
	for c.col < col && c.offset < len(line) {
		_, n := utf8.DecodeRuneInString(line[c.offset:])
		c.col, c.offset = c.col+1, c.offset+n
	}
	return c.col == col && strings.HasPrefix(line[c.offset:], text)
}

// cursor is the last place that has looked at. A line may be as long as a file,
// with thousands of values that are read one after the other: each search goes
// on from the one before.
type cursor struct {
	line   int // from 1
	col    int // characters in front
	offset int // bytes in front
}

// blockStart finds where the text of a literal block begins whose header is on
// the given line.
func (y *yamlReader) blockStart(header int, indicator string) *blockPos {
	if strings.ContainsAny(indicator, "123456789") {
		return nil
	}
	for _, l := range y.lines[min(header, len(y.lines)):] {
		if rest := strings.TrimLeft(l, " "); rest != "" {
			return &blockPos{line: header + 1, col: len(l) - len(rest) + 1}
		}
	}
	return nil
}

func (y *yamlReader) braces(n *Node, start, end *token.Token) {
	n.Pos = y.pos(start)
	e := y.pos(end)
	n.end = place{e.Line, e.Col}
}

func (y *yamlReader) members(n *Node, values []*ast.MappingValueNode) {
	seen := map[string]int{}
	for _, v := range values {
		m := &Member{Pos: y.pos(v.Key.GetToken())}
		key, ok := keyText(v.Key)
		if !ok {
			y.d.Error(flow.CodeSourceSyntax, m.Pos, "a key must be text")
		}
		m.Key = key
		duplicate(seen, m, y.d)
		y.append(n, m, v.Value)
	}
	if !n.Flow && len(n.Members) > 0 {
		n.Pos = n.Members[0].Pos
	}
}

func (y *yamlReader) append(n *Node, m *Member, value ast.Node) {
	n.Members = append(n.Members, m)
	s := &spot{member: m, node: n}
	y.order = append(y.order, s)
	first := len(y.order)
	if value == nil {
		m.Value = &Node{Pos: m.Pos, lead: -1}
		return
	}
	m.Value = y.node(value)
	for _, inner := range y.order[first:] {
		if inner.up == nil {
			inner.up = s
		}
	}
}

// keyText returns a key as text: numbers and words are taken as they are
// written.
func keyText(k ast.MapKeyNode) (string, bool) {
	switch x := k.(type) {
	case *ast.StringNode:
		return x.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return k.GetToken().Value, true
	case *ast.NullNode:
		return k.GetToken().Value, k.GetToken().Value != ""
	}
	return fmt.Sprintf("%T", k), false
}
