package flow

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// redactShort is the length below which a secret is erased only where it is
	// the whole text: shorter ones stand in half of all words.
	redactShort = 4
	// redactEncoded is the length from which encoded forms are looked for.
	redactEncoded = 8
)

// Redactor erases echoes of secrets from what people will read: plain, and as
// Base64, hexadecimal, URL, HTML and JSON encoding write them. Where a secret is
// shorter than four bytes only whole texts are erased. The zero Redactor, and
// nil, erase nothing. It may be used by several goroutines.
type Redactor struct {
	whole    map[string]string // what stands for a text that is nothing but a secret
	replacer *strings.Replacer // nil when there is nothing to look for
}

// NewRedactor returns a redactor of the secrets in vals, containers included,
// that puts SecretMark in their place.
func NewRedactor(vals ...Value) *Redactor {
	return NewMarkingRedactor(func(Value) string { return SecretMark }, vals...)
}

// NewMarkingRedactor is NewRedactor where mark gives what stands in a secret's
// place: Masked names it.
func NewMarkingRedactor(mark func(secret Value) string, vals ...Value) *Redactor {
	r := &Redactor{whole: map[string]string{}}
	type form struct{ text, mark string }
	var forms []form
	for _, v := range vals {
		for _, s := range secretsIn(nil, v) {
			plain := s.ref.(*secret).plain
			if plain == "" {
				continue
			}
			m := mark(s)
			if _, twice := r.whole[plain]; !twice {
				r.whole[plain] = m
			}
			if len(plain) < redactShort {
				continue
			}
			for _, f := range formsOf(plain) {
				forms = append(forms, form{f, m})
			}
		}
	}
	// Longer forms first: a replacer takes the first match at a place.
	slices.SortStableFunc(forms, func(a, b form) int {
		return cmp.Or(len(b.text)-len(a.text), strings.Compare(a.text, b.text))
	})
	if len(forms) > 0 {
		var pairs []string
		for i, f := range forms {
			if i == 0 || f.text != forms[i-1].text {
				pairs = append(pairs, f.text, f.mark)
			}
		}
		r.replacer = strings.NewReplacer(pairs...)
	}
	return r
}

// secretsIn appends every secret in v.
func secretsIn(out []Value, v Value) []Value {
	switch r := v.ref.(type) {
	case *secret:
		out = append(out, v)
	case *Object:
		if r.secret {
			for _, m := range r.vals {
				out = secretsIn(out, m)
			}
		}
	case *List:
		if r.secret {
			for _, m := range r.items {
				out = secretsIn(out, m)
			}
		}
	}
	return out
}

// formsOf returns the ways in which a secret may be written inside a text.
func formsOf(plain string) []string {
	forms := append([]string{plain}, percentForms(plain)...)
	forms = append(forms, htmlForms(plain)...)
	forms = append(forms, escapedForms(plain)...)
	for _, once := range escapedForms(plain) { // JSON that stands as text in JSON
		forms = append(forms, escapedForms(once)...)
	}
	if len(plain) >= redactEncoded {
		h := hex.EncodeToString([]byte(plain))
		forms = append(forms, h, strings.ToUpper(h))
		for shift := range 3 {
			for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				forms = append(forms, base64Inside(enc, plain, shift))
			}
		}
	}
	return forms
}

// percentForms returns the ways in which URLs hold a text: what Go, JavaScript
// (encodeURIComponent, encodeURI) and Python leave as it is, with the digits of
// either case.
func percentForms(s string) []string {
	query, path := url.QueryEscape(s), url.PathEscape(s)
	spaced := strings.ReplaceAll(query, "+", "%20")
	forms := []string{query, path, spaced, strings.ReplaceAll(spaced, "%2F", "/"), strings.ReplaceAll(query, "%2F", "/")}
	kept := func(s, chars string) string {
		for _, c := range []byte(chars) {
			s = strings.ReplaceAll(s, fmt.Sprintf("%%%02X", c), string(c))
		}
		return s
	}
	component := kept(spaced, "!'()*")
	forms = append(forms, component, kept(component, ";,/?:@&=+$#"))
	for _, f := range forms {
		forms = append(forms, smallDigits(f, '%', 2))
	}
	return forms
}

// smallDigits writes the n hexadecimal digits behind each mark in lower case.
func smallDigits(s string, mark byte, n int) string {
	b := []byte(s)
	for i := 0; i+n < len(b); i++ {
		if b[i] == mark {
			copy(b[i+1:i+1+n], strings.ToLower(string(b[i+1:i+1+n])))
		}
	}
	return string(b)
}

// htmlForms returns the ways in which pages hold a text: quotes as numbers, by
// name, or as they are.
func htmlForms(s string) []string {
	all := html.EscapeString(s)
	double := strings.ReplaceAll(all, "&#34;", "&quot;")
	return []string{
		all, double, strings.ReplaceAll(double, "&#39;", "&#x27;"), strings.ReplaceAll(double, "&#39;", "&#039;"),
		strings.ReplaceAll(double, "&#39;", "&apos;"), strings.ReplaceAll(double, "&#39;", "'"),
		strings.NewReplacer("&#34;", `"`, "&#39;", "'").Replace(all),
	}
}

// escapedForms returns the ways in which JSON writers escape a text: the least
// that RFC 8259 asks for, what Go and others add for HTML, what PHP adds for
// slashes, and everything outside ASCII.
func escapedForms(s string) []string {
	least := string(AppendQuoted(nil, s))
	least = least[1 : len(least)-1]
	forms := []string{least, strings.ReplaceAll(least, "/", `\/`)}
	for _, f := range []string{least, forms[1]} {
		page := strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`, "\u2028", `\u2028`, "\u2029", `\u2029`).Replace(f)
		forms = append(forms, page, asciiForm(f, "x"), asciiForm(page, "x"), asciiForm(f, "X"), asciiForm(page, "X"), strings.ReplaceAll(page, "'", `\u0027`))
	}
	slices.Sort(forms)
	return slices.Compact(forms) // most texts have few
}

// asciiForm escapes everything outside ASCII as JSON does; digits is x for lower
// case and X for upper.
func asciiForm(s, digits string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case r > 0xFFFF:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04`+digits+`\u%04`+digits, hi, lo)
		default:
			fmt.Fprintf(&b, `\u%04`+digits, r)
		}
	}
	return b.String()
}

// base64Inside returns the characters that plain alone decides when it starts
// shift bytes behind a group of three.
func base64Inside(enc *base64.Encoding, plain string, shift int) string {
	s := enc.EncodeToString([]byte(strings.Repeat("\x00", shift) + plain))
	first := []int{0, 2, 3}[shift] // characters that the bytes before touch
	last := len(s)
	if (shift+len(plain))%3 != 0 {
		last-- // the last character also depends on the bytes behind
	}
	return s[first:last]
}

// Text returns s without the secrets.
func (r *Redactor) Text(s string) string {
	if r == nil {
		return s
	}
	if mark, ok := r.whole[s]; ok {
		return mark
	}
	if r.replacer == nil {
		return s
	}
	return r.replacer.Replace(s)
}

// Value returns v with every text and key in it redacted.
func (r *Redactor) Value(v Value) Value {
	if r == nil || len(r.whole) == 0 {
		return v
	}
	switch v.Kind() {
	case KindText:
		if s := r.Text(v.Text()); s != v.Text() {
			return Text(s)
		}
	case KindList:
		items := v.List().Items()
		for i, x := range items {
			items[i] = r.Value(x)
		}
		return ListOf(items...)
	case KindObject:
		var b ObjectBuilder
		for k, x := range v.Object().All() {
			b.Set(r.Text(k), r.Value(x))
		}
		return b.Value()
	}
	return v
}

// Error returns a redacted copy of e. A cause that would tell a secret is
// dropped.
func (r *Redactor) Error(e *Error) *Error {
	c := *e
	if r == nil || len(r.whole) == 0 {
		return &c
	}
	c.Msg, c.Fix, c.Kind = r.Text(e.Msg), r.Text(e.Fix), r.Text(e.Kind)
	c.Headers, c.Body, c.Extra = r.Value(e.Headers), r.Value(e.Body), r.Value(e.Extra)
	if e.Err != nil && r.Text(e.Err.Error()) != e.Err.Error() {
		c.Err = nil
	}
	return &c
}
