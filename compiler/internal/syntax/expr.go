package syntax

import (
	"strings"
	"unicode/utf8"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// The roots of references that are not names of steps.
const (
	RootInput    = "input"
	RootSecret   = "secret"
	RootConfig   = "config"
	RootContext  = "context"
	RootError    = "error"
	RootItem     = "item"
	RootIndex    = "index"
	RootMemo     = "memo"
	RootAuth     = "auth"
	RootOption   = "option"
	RootSelected = "selected"
)

// Roots returns the reserved roots: no step may have such a name.
func Roots() []string {
	return []string{RootInput, RootSecret, RootConfig, RootContext, RootError, RootItem, RootIndex, RootMemo,
		RootAuth, RootOption, RootSelected}
}

// ParseText reads text with references in it. The result is a Literal when it
// holds none, the Ref when it is nothing but one, and else a Template. at gives
// the place of a byte of s. A malformed reference is source.reference and is
// left out of the result.
//
// Dollars before a brace count in pairs: each pair is one dollar, and a single
// one left over opens a reference. So "$${" is the text "${", and "$$${x.y}" is
// a dollar and a reference.
func ParseText(s string, at func(offset int) flow.Pos, d *problem.List) Expr {
	var parts []Expr
	var text strings.Builder
	textAt := 0
	flush := func() {
		if text.Len() > 0 {
			parts = append(parts, &Literal{Pos: at(textAt), Value: flow.Text(text.String())})
			text.Reset()
		}
	}
	refs := 0
	for i := 0; i < len(s); {
		j := strings.IndexByte(s[i:], '$')
		if text.Len() == 0 {
			textAt = i
		}
		if j < 0 {
			text.WriteString(s[i:])
			break
		}
		text.WriteString(s[i : i+j])
		i += j
		n := 1
		for i+n < len(s) && s[i+n] == '$' {
			n++
		}
		if i+n == len(s) || s[i+n] != '{' {
			text.WriteString(s[i : i+n])
			i += n
			continue
		}
		text.WriteString(s[i : i+n/2])
		i += n
		if n%2 == 0 {
			text.WriteByte('{')
			i++
			continue
		}
		refs++
		flush()
		end := closing(s, i+1)
		if end < 0 {
			d.Error(flow.CodeSourceReference, at(i-1), "the reference is not closed: %s", flow.Excerpt(s[i-1:])).
				WithFix("close it with }, or write $${ for the characters ${")
			break
		}
		if r := parseRef(s[i+1:end], at(i-1), d); r != nil {
			parts = append(parts, r)
		}
		i = end + 1
	}
	flush()
	switch {
	case refs == 0 && len(parts) == 0:
		return &Literal{Pos: at(0), Value: flow.Text("")}
	case refs == 0:
		parts[0].(*Literal).Pos = at(0)
		return parts[0]
	case len(parts) == 1 && refs == 1:
		if r, ok := parts[0].(*Ref); ok {
			return r
		}
	}
	return &Template{Pos: at(0), Parts: parts}
}

// closing returns the place of the brace that closes a reference whose inside
// begins at i, or -1.
func closing(s string, i int) int {
	for ; i < len(s); i++ {
		switch s[i] {
		case '}':
			return i
		case '"':
			for i++; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
		}
	}
	return -1
}

// parseRef reads what stands between the braces of a reference.
func parseRef(s string, pos flow.Pos, d *problem.List) *Ref {
	fail := func(format string, args ...any) *flow.Error {
		return d.Error(flow.CodeSourceReference, pos, format, args...)
	}
	if strings.TrimSpace(s) == "" {
		fail("the reference is empty").WithFix("name a value, such as ${input.email}, or write $${ for the characters ${")
		return nil
	}
	var parts []string
	for i := 0; ; {
		part, n, quoted := refPart(s[i:])
		i += max(n, 0)
		switch {
		case n == 0 && (i == len(s) || s[i] == '.'):
			fail("a part of the reference is empty: %s", flow.Excerpt(s))
			return nil
		case quoted && len(parts) == 0:
			fail("a reference begins with a name without quotes: %s", flow.Excerpt(s))
			return nil
		case n < 0, i < len(s) && s[i] != '.':
			e := fail("not a reference: %s", flow.Excerpt(s))
			switch trimmed := strings.TrimSpace(s); {
			case trimmed != s && !strings.ContainsAny(trimmed, " \t\n"):
				e.WithFix("write it without spaces: ${%s}", trimmed)
			case strings.ContainsAny(s, "[]"):
				e.WithFix("write positions in lists as parts: ${step.list.0}")
			default:
				e.WithFix("put a part with other characters than letters, digits, - and _ in double quotes")
			}
			return nil
		}
		parts = append(parts, part)
		if i == len(s) {
			break
		}
		i++
	}
	if !IsName(parts[0]) {
		fail("a reference begins with the name of a step or of a kind of value: %s", flow.Excerpt(s))
		return nil
	}
	return &Ref{Pos: pos, Root: parts[0], Path: parts[1:]}
}

// refPart reads one part of a reference and returns how many bytes it took; a
// quoted part that is not closed takes -1.
func refPart(s string) (part string, n int, quoted bool) {
	if s == "" || s[0] != '"' {
		for n < len(s) && isPathByte(s[n]) {
			n++
		}
		return s[:n], n, false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), i + 1, true
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
		}
		b.WriteByte(s[i])
	}
	return "", -1, true
}

func isPathByte(c byte) bool { return isNameByte(c) || c == '-' || c >= utf8.RuneSelf }

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// MaxName is the length of the longest name, in characters.
const MaxName = 80

// IsName reports whether s can name a step, flow, input, secret or config
// value: letters, digits and underscores, the first one a letter.
func IsName(s string) bool {
	if s == "" || len(s) > MaxName || s[0] == '_' || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	for i := range len(s) {
		if !isNameByte(s[i]) {
			return false
		}
	}
	return true
}

// String prints the reference as it is written: ${made.headers."content-type"}.
func (e *Ref) String() string {
	var b strings.Builder
	b.WriteString("${")
	b.WriteString(e.Root)
	for _, p := range e.Path {
		b.WriteByte('.')
		if part, n, quoted := refPart(p); p != "" && !quoted && n == len(p) {
			b.WriteString(part)
			continue
		}
		b.WriteByte('"')
		for i := range len(p) {
			if p[i] == '"' || p[i] == '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(p[i])
		}
		b.WriteByte('"')
	}
	b.WriteByte('}')
	return b.String()
}

// EscapeText doubles the dollars that would be read as the beginning of a
// reference. beforeRef says that a reference follows directly.
func EscapeText(s string, beforeRef bool) string {
	if !strings.Contains(s, "$") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		n := 0
		for i+n < len(s) && s[i+n] == '$' {
			n++
		}
		if n == 0 {
			b.WriteByte(s[i])
			i++
			continue
		}
		if i+n < len(s) && s[i+n] == '{' || i+n == len(s) && beforeRef {
			b.WriteString(s[i : i+n])
		}
		b.WriteString(s[i : i+n])
		i += n
	}
	return b.String()
}

// expr reads a value: scalars, references, templates, mappings and sequences.
func (p *parser) expr(n *source.Node) Expr {
	switch n.Kind {
	case source.Bool:
		return &Literal{Pos: n.Pos, Value: flow.Bool(n.True)}
	case source.Number:
		return &Literal{Pos: n.Pos, Value: flow.Number(n.Num)}
	case source.Text:
		return p.noted(ParseText(n.Text, n.Cursor(), &p.d))
	case source.Map:
		o := &ObjectLit{Pos: n.Pos}
		for _, m := range n.Members {
			o.Keys = append(o.Keys, Str{m.Key, m.Pos})
			o.Vals = append(o.Vals, p.expr(m.Value))
		}
		return o
	case source.List:
		l := &ListLit{Pos: n.Pos}
		for _, m := range n.Members {
			l.Items = append(l.Items, p.expr(m.Value))
		}
		return l
	}
	return &Literal{Pos: n.Pos}
}
