package tape

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/weirflow/weir/flow"
)

// learner collects the credentials that stand in what was recorded without the
// run knowing them as secrets: a session token in the answer to a login, a
// password among the inputs. It goes by the names that services give them.
type learner struct {
	known map[string]bool // texts that have a name already
	names map[string]int  // how often a name was given
	found []flow.Value    // secrets
}

// add takes a text for a credential. Texts of a name get numbers behind the
// first.
func (l *learner) add(name, text string) {
	if text == "" || l.known[text] || strings.Contains(text, secretMark) {
		return
	}
	l.known[text] = true
	name = cleanName(name)
	l.names[name]++
	if n := l.names[name]; n > 1 {
		name += " " + strconv.Itoa(n)
	}
	l.found = append(l.found, flow.NewSecret(name, text))
}

// secretMark begins what stands for a secret in a masked text.
const secretMark = "[secret "

// cleanName returns a name in the characters that names of secrets have.
func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '_'
	}, name)
	return strings.Trim(name[:min(len(name), 40)], "_")
}

// credentialNames are what services call credentials in JSON, forms and queries,
// in lower case without separators.
var credentialNames = []string{
	"accesskey", "accesstoken", "apikey", "apisecret", "apitoken", "appsecret", "assertion", "auth", "authorization", "authtoken", "bearer",
	"clientassertion", "clientsecret", "credential", "credentials", "csrf", "csrftoken", "idtoken", "jwt", "passphrase", "passwd", "password",
	"privatekey", "pwd", "refreshtoken", "secret", "secretaccesskey", "secretkey", "sessionid", "sessiontoken", "sid", "signingkey", "token",
	"xsrftoken",
}

// credentialName reports whether a member or parameter of this name holds a
// credential.
func credentialName(name string) bool {
	name = strings.NewReplacer("_", "", "-", "", ".", "", " ", "").Replace(strings.ToLower(name))
	_, found := slices.BinarySearch(credentialNames, name)
	return found
}

// value looks through the members of v.
func (l *learner) value(v flow.Value) {
	switch v.Kind() {
	case flow.KindList:
		for _, x := range v.List().All() {
			l.value(x)
		}
	case flow.KindObject:
		for k, x := range v.Object().All() {
			if x.Kind() == flow.KindText && credentialName(k) {
				l.add(k, x.Text())
			} else {
				l.value(x)
			}
		}
	}
}

// body looks through JSON and forms.
func (l *learner) body(data []byte) {
	if v, err := flow.ParseJSON(data, flow.JSONLimits{}); err == nil {
		l.value(v)
		return
	}
	if bytes.IndexByte(data, '=') > 0 && !bytes.ContainsAny(data, " \n<{") {
		l.query(string(data))
	}
}

// query looks through the pairs of a query or form.
func (l *learner) query(text string) {
	for pair := range strings.SplitSeq(text, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name = unescape(name); credentialName(name) {
			l.add(name, unescape(value))
		}
	}
}

// bodies looks through what a request and its answer carry in the open, but for
// the headers.
func (l *learner) bodies(r *taken) {
	if _, query, ok := strings.Cut(r.req.URL, "?"); ok {
		l.query(query)
	}
	for _, p := range r.req.Query {
		if p.Value.Kind() == flow.KindText && credentialName(p.Name) {
			l.add(p.Name, p.Value.Text())
		}
	}
	l.body(r.sent)
	l.body(r.body)
}

// headers looks through the headers of a request and its answer. They come last:
// what stands in one often has a better name in a body. What the headers of an
// answer grant is not kept, and may come again in a request.
func (l *learner) headers(r *taken) {
	for _, p := range r.req.Headers {
		if p.Value.Kind() == flow.KindText && flow.CredentialHeader(p.Name) {
			l.header(p.Name, p.Value.Text())
		}
	}
	if r.res == nil {
		return
	}
	for _, h := range r.res.Headers {
		switch name := strings.ToLower(h.Name); {
		case name == "set-cookie":
			pair, _, _ := strings.Cut(h.Value.Text(), ";")
			l.cookie(pair)
		case flow.CredentialHeader(name):
			l.header(name, h.Value.Text())
		}
	}
}

// header takes the credential out of a header: what stands behind the scheme, or
// the value of each cookie.
func (l *learner) header(name, text string) {
	if strings.EqualFold(name, "cookie") {
		for part := range strings.SplitSeq(text, ";") {
			l.cookie(part)
		}
		return
	}
	if scheme, rest, ok := strings.Cut(text, " "); ok && !strings.ContainsAny(scheme, "=,:") {
		text = rest
	}
	l.add(name, text)
}

func (l *learner) cookie(pair string) {
	name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
	if ok {
		l.add("cookie_"+name, value)
	}
}

// eraser takes secrets out of everything that goes on a tape.
type eraser struct{ *flow.Redactor }

// body returns the body without its secrets.
func (e eraser) body(data []byte) Body {
	if !utf8.Valid(data) {
		return bodyOf([]byte(e.Text(string(data))))
	}
	return bodyOf([]byte(e.text(string(data))))
}

// text clears a text. In one that is JSON the values are cleared one by one: a
// secret may be spelled there in a way that only reading it undoes, and what
// stands for it may need spelling.
func (e eraser) text(s string) string {
	clean := e.Text(s)
	v, err := flow.ParseJSON([]byte(s), flow.JSONLimits{})
	if err != nil || v.Kind() != flow.KindObject && v.Kind() != flow.KindList {
		return clean
	}
	plain := e.value(v)
	if flow.Equal(plain, v) {
		return clean
	}
	if _, layout, ok := jsonOf([]byte(s)); ok {
		return string(writeJSON(plain, layout))
	}
	if again, err := flow.ParseJSON([]byte(clean), flow.JSONLimits{}); err == nil && flow.Equal(again, plain) {
		return clean // as it was written
	}
	return string(writeJSON(plain, ""))
}

// value clears the texts and keys in v.
func (e eraser) value(v flow.Value) flow.Value {
	switch v.Kind() {
	case flow.KindText:
		if s := e.text(v.Text()); s != v.Text() {
			return flow.Text(s)
		}
	case flow.KindList:
		items := v.List().Items()
		for i, x := range items {
			items[i] = e.value(x)
		}
		return flow.ListOf(items...)
	case flow.KindObject:
		var b flow.ObjectBuilder
		for k, x := range v.Object().All() {
			b.Set(e.Text(k), e.value(x))
		}
		return b.Value()
	}
	return v
}

// fields returns pairs of a request or answer without their secrets.
func (e eraser) fields(pairs []flow.Pair) []Field {
	var out []Field
	for _, p := range pairs {
		out = append(out, Field{e.Text(p.Name), e.Text(flow.Masked(p.Value))})
	}
	return out
}

// holds reports whether data still has a secret in it, compressed or not.
func (e eraser) holds(data []byte) bool {
	if s := string(data); e.Text(s) != s {
		return true
	}
	for rest := data; ; rest = rest[1:] {
		i := bytes.Index(rest, []byte{0x1f, 0x8b, 8}) // RFC 1952, 2.3.1
		if i < 0 {
			return false
		}
		rest = rest[i:]
		zr, err := gzip.NewReader(bytes.NewReader(rest))
		if err != nil {
			continue
		}
		plain, _ := io.ReadAll(io.LimitReader(zr, 16*MaxBody)) // what is behind the stream is no part of it
		if s := string(plain); e.Text(s) != s {
			return true
		}
	}
}

// unescape decodes a part of a query; one that is not encoded stays as it is.
func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}
