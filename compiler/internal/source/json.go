package source

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/flow"
)

// parseJSON reads a file as JSON (RFC 8259) without extensions.
func parseJSON(doc *Document, text string, lim Limits, d *problem.List) {
	p := jsonReader{text: text, d: d, lim: lim, pos: flow.Pos{File: doc.File, Line: 1, Col: 1}}
	p.space()
	root, err := p.value(0)
	if err == nil {
		if p.space(); p.i < len(p.text) {
			err = p.fail("data stands behind the value")
		}
	}
	if err == nil {
		doc.Root = root
	}
}

type jsonReader struct {
	text  string
	i     int
	pos   flow.Pos // of text[i]
	nodes int
	lim   Limits
	d     *problem.List
}

// errReported ends reading after a problem that is already in the list.
var errReported = errors.New("reported")

func (p *jsonReader) fail(format string, args ...any) error {
	p.d.Error(flow.CodeSourceSyntax, p.pos, format, args...)
	return errReported
}

// advance moves over n bytes that hold no line end.
func (p *jsonReader) advance(n int) {
	p.pos.Col += utf8.RuneCountInString(p.text[p.i : p.i+n])
	p.i += n
}

func (p *jsonReader) space() {
	for p.i < len(p.text) {
		switch p.text[p.i] {
		case '\n':
			p.i++
			p.pos.Line, p.pos.Col = p.pos.Line+1, 1
		case ' ', '\t':
			p.advance(1)
		default:
			return
		}
	}
}

func (p *jsonReader) value(depth int) (*Node, error) {
	if p.i >= len(p.text) {
		return nil, p.fail("the file ends where a value is expected")
	}
	if p.nodes++; p.nodes > p.lim.Nodes {
		p.d.Error(flow.CodeSourceLimit, p.pos, "the file holds more than %d values", p.lim.Nodes)
		return nil, errReported
	}
	n := &Node{Pos: p.pos, lead: -1}
	switch c := p.text[p.i]; {
	case c == '{' || c == '[':
		if depth >= p.lim.Depth {
			p.d.Error(flow.CodeSourceLimit, p.pos, "the file is nested deeper than %d", p.lim.Depth)
			return nil, errReported
		}
		n.Flow = true
		if c == '{' {
			n.Kind = Map
		} else {
			n.Kind = List
		}
		return n, p.container(n, depth+1)
	case c == '"':
		s, plain, err := p.str()
		n.Kind, n.Text = Text, s
		if plain {
			n.lead = 1
		}
		return n, err
	default:
		end := p.i
		for end < len(p.text) && strings.IndexByte(" \t\n,]}:\"[{", p.text[end]) < 0 {
			end++
		}
		word := p.text[p.i:end]
		switch {
		case word == "null":
		case word == "true" || word == "false":
			n.Kind, n.True = Bool, word == "true"
		case decimal.MatchString(word):
			number(n, word, p.d)
		default:
			return nil, p.fail("not a JSON value: %s", flow.Excerpt(word))
		}
		p.advance(end - p.i)
		return n, nil
	}
}

// container reads the members of an object or list from its opening character.
func (p *jsonReader) container(n *Node, depth int) error {
	closing := byte('}')
	if n.Kind == List {
		closing = ']'
	}
	p.advance(1)
	seen := map[string]int{}
	for {
		p.space()
		if p.i < len(p.text) && p.text[p.i] == closing && len(n.Members) == 0 {
			break
		}
		m := &Member{Pos: p.pos}
		if n.Kind == Map {
			if p.i >= len(p.text) || p.text[p.i] != '"' {
				return p.fail("a key in double quotes is expected")
			}
			key, _, err := p.str()
			if err != nil {
				return err
			}
			m.Key = key
			duplicate(seen, m, p.d)
			p.space()
			if p.i >= len(p.text) || p.text[p.i] != ':' {
				return p.fail("a colon is expected")
			}
			p.advance(1)
			p.space()
		}
		v, err := p.value(depth)
		if err != nil {
			return err
		}
		m.Value = v
		n.Members = append(n.Members, m)
		p.space()
		if p.i >= len(p.text) {
			return p.fail("%q is not closed", map[byte]string{'}': "{", ']': "["}[closing])
		}
		if p.text[p.i] == closing {
			break
		}
		if p.text[p.i] != ',' {
			return p.fail("a comma or %q is expected", closing)
		}
		p.advance(1)
	}
	n.end = place{p.pos.Line, p.pos.Col}
	p.advance(1)
	return nil
}

// str reads a string and reports whether it holds no escapes.
func (p *jsonReader) str() (s string, plain bool, err error) {
	end := p.i + 1
	for end < len(p.text) && p.text[end] != '"' {
		if p.text[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(p.text) {
		return "", false, p.fail("a text is not closed")
	}
	raw := p.text[p.i : end+1]
	v, perr := flow.ParseJSON([]byte(raw), flow.JSONLimits{})
	if perr != nil {
		return "", false, p.fail("not a JSON text: %s", flow.Excerpt(raw))
	}
	p.advance(len(raw))
	return v.Text(), !strings.Contains(raw, `\`), nil
}

// duplicate reports a key that already stands in the mapping.
func duplicate(seen map[string]int, m *Member, d *problem.List) {
	if line, ok := seen[m.Key]; ok {
		d.Error(flow.CodeSourceDuplicate, m.Pos, "the key %s already stands on line %d", flow.Excerpt(m.Key), line)
		return
	}
	seen[m.Key] = m.Pos.Line
}
