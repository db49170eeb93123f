package jsregex

import (
	"context"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"

	"github.com/weirflow/weir/flow"
)

// template is a replacement: texts and references to groups in turn. In it $1
// to $9 stand for what a group matched, where the pattern has that group, and
// $$ for a dollar sign (ECMA-262, GetSubstitution, without its other forms).
type template struct {
	text  []string // one more than group
	group []int
}

func (re *Regexp) template(dest string) template {
	var t template
	var b strings.Builder
	for {
		i := strings.IndexByte(dest, '$')
		if i < 0 || i+1 == len(dest) {
			break
		}
		switch d := dest[i+1]; {
		case d == '$':
			b.WriteString(dest[:i+1])
		case d >= '1' && d <= '9' && int(d-'0') <= re.groups:
			b.WriteString(dest[:i])
			t.text = append(t.text, b.String())
			t.group = append(t.group, int(d-'0'))
			b.Reset()
		default:
			b.WriteString(dest[:i+1])
			dest = dest[i+1:]
			continue
		}
		dest = dest[i+2:]
	}
	b.WriteString(dest)
	t.text = append(t.text, b.String())
	return t
}

// output builds a result and asks for room before it grows.
type output struct {
	strings.Builder
	budget Budget
	err    error
}

func (o *output) add(s string) bool {
	if o.err == nil {
		o.err = o.budget.Reserve(int64(o.Len() + len(s)))
	}
	if o.err != nil {
		return false
	}
	o.WriteString(s)
	return true
}

// Replace replaces the first match in text by dest, or all matches. In dest $1
// to $9 stand for what the groups of the pattern matched and $$ for a dollar
// sign. Where a match or a group is half of a surrogate pair, what is left of
// the pair becomes U+FFFD. Errors as Search, and limit.value for results that
// may not be built.
func (re *Regexp) Replace(ctx context.Context, text, dest string, all bool, b Budget) (string, error) {
	t := re.template(dest)
	out := &output{budget: b}
	if re.single {
		return re.replaceText(text, t.text[0], all, b)
	}
	// Go skips an empty match behind another match, ECMAScript does not.
	if all && (re.tree.width() == 0 || len(t.group) > 0 && len(text) > collectLimit) {
		return re.replaceUnits(ctx, text, t, all, out)
	}
	engine, err := re.linearFor(text, b)
	switch {
	case err != nil:
		return "", err
	case engine == nil:
		return re.replaceUnits(ctx, text, t, all, out)
	case all && len(t.group) == 0:
		return replaceStream(engine, text, t.text[0], out)
	}
	n := 1
	if all {
		n = -1
	}
	from := 0
	matches := engine.FindAllStringSubmatchIndex(text, n)
	each := fuelMatch + fuelGroup*len(t.group)
	for _, s := range t.text {
		each += fuelOutput * len(s)
	}
	if err := b.Spend(int64(len(matches)) * int64(each)); err != nil {
		return "", err
	}
	for _, m := range matches {
		if !out.add(text[from:m[0]]) {
			return "", out.err
		}
		for i, g := range t.group {
			out.add(t.text[i])
			if lo, hi := m[2*g], m[2*g+1]; lo >= 0 {
				out.add(text[lo:hi])
			}
		}
		if !out.add(t.text[len(t.group)]) {
			return "", out.err
		}
		from = m[1]
	}
	if from == 0 && out.Len() == 0 {
		return text, out.err
	}
	out.add(text[from:])
	return out.String(), out.err
}

func (re *Regexp) replaceText(text, dest string, all bool, b Budget) (string, error) {
	if err := b.Spend(int64(len(text)) * fuelLiteral); err != nil {
		return "", err
	}
	n := 1
	if all {
		n = strings.Count(text, re.text)
	}
	if grown := int64(len(dest) - len(re.text)); grown > 0 {
		if err := b.Reserve(int64(len(text)) + int64(n)*grown); err != nil {
			return "", err
		}
	}
	return strings.Replace(text, re.text, dest, n), nil
}

func replaceStream(engine *regexp.Regexp, text, dest string, out *output) (string, error) {
	total := len(text)
	result := engine.ReplaceAllStringFunc(text, func(match string) string {
		if out.err == nil {
			out.err = out.budget.Spend(fuelMatch + fuelOutput*int64(len(dest)))
		}
		if out.err == nil && len(dest) > len(match) {
			total += len(dest) - len(match)
			out.err = out.budget.Reserve(int64(total))
		}
		if out.err != nil {
			return ""
		}
		return dest
	})
	return result, out.err
}

func (re *Regexp) replaceUnits(ctx context.Context, text string, t template, all bool, out *output) (string, error) {
	var units []rune
	from := 0
	var high rune // the first half of a pair that has not been written yet
	var buf []byte
	add := func(part []rune) {
		buf = buf[:0]
		for _, r := range part {
			if r >= surrogates+0xD800 && r <= surrogates+0xDFFF {
				r -= surrogates
			}
			if high != 0 {
				pair := utf16.DecodeRune(high, r)
				high = 0
				buf = utf8.AppendRune(buf, pair)
				if pair != utf8.RuneError {
					continue
				}
			}
			if r >= 0xD800 && r < 0xDC00 {
				high = r
				continue
			}
			buf = utf8.AppendRune(buf, r) // a lone second half becomes U+FFFD
		}
		out.add(string(buf))
	}
	err := re.backtrack(ctx, text, out.budget, func(all16 []rune, m regexp2.MatchView) bool {
		units = all16
		lo, n, _ := m.GroupRange(0)
		add(units[from:lo])
		for i, g := range t.group {
			add(unitsOf(t.text[i]))
			if at, length, ok := m.GroupRange(g); ok {
				add(units[at : at+length])
			}
		}
		add(unitsOf(t.text[len(t.group)]))
		from = lo + n
		return all && out.err == nil
	})
	if err != nil || out.err != nil {
		return "", firstError(err, out.err)
	}
	if units == nil {
		return text, nil
	}
	add(units[from:])
	if high != 0 {
		out.add(string(utf8.RuneError))
	}
	return out.String(), out.err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return flow.AsError(err)
		}
	}
	return nil
}
