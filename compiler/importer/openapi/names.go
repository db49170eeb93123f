package openapi

import (
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/weirflow/weir/compiler/importer/internal/words"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// written lists words that are not written with one capital.
func written() map[string]string {
	return map[string]string{
		"api": "API", "apis": "APIs", "css": "CSS", "csv": "CSV", "dns": "DNS", "gpg": "GPG", "html": "HTML", "http": "HTTP", "https": "HTTPS",
		"id": "ID", "ids": "IDs", "ip": "IP", "json": "JSON", "oauth": "OAuth", "pdf": "PDF", "rest": "REST", "saml": "SAML", "scim": "SCIM",
		"sha": "SHA", "sms": "SMS", "sql": "SQL", "ssh": "SSH", "ssl": "SSL", "sso": "SSO", "tls": "TLS", "uri": "URI", "url": "URL",
		"urls": "URLs", "utc": "UTC", "uuid": "UUID", "xml": "XML",
	}
}

// small lists the words that stand in lower case inside a title.
func small() []string {
	return []string{"and", "as", "at", "by", "for", "from", "in", "into", "of", "on", "or", "to", "via", "with"}
}

// articles are left out of the names of cards.
func articles() []string { return []string{"a", "an", "the"} }

// title writes words in Title Case.
func title(list []string) string {
	known, lower := written(), small()
	out := make([]string, len(list))
	for i, w := range list {
		l := strings.ToLower(w)
		switch {
		case known[l] != "":
			out[i] = known[l]
		case i > 0 && i < len(list)-1 && slices.Contains(lower, l):
			out[i] = l
		case w == l || w == strings.ToUpper(w) && len(w) > 4:
			out[i] = strings.ToUpper(l[:1]) + l[1:]
		default:
			out[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(out, " ")
}

// label names a field for people.
func label(name string) string {
	if w := words.Split(name); len(w) > 0 {
		return cut(title(w), maxLabel)
	}
	return cut(flow.Printable(name), maxLabel)
}

// Lengths, in characters, at which names and texts are cut.
const (
	maxLabel       = 60
	maxName        = 60
	maxKey         = 60 // room for a number behind it, within syntax.MaxName
	maxDoc         = 200
	maxDescription = 300
)

// cut shortens a text to a number of characters, between words where it can.
func cut(s string, limit int) string {
	n := 0
	for i := range s {
		if n == limit {
			s = s[:i]
			if j := strings.LastIndexByte(s, ' '); j > limit/2 {
				s = s[:j]
			}
			return strings.TrimRight(s, " ,;:-")
		}
		n++
	}
	return s
}

// names keeps names apart, whatever their case: keys are names of files.
type names map[string]bool

// take returns base, or base with the first number behind sep that makes it new.
func (n names) take(base, sep string) string {
	name := base
	for i := 2; n[strings.ToLower(name)]; i++ {
		name = base + sep + strconv.Itoa(i)
	}
	n[strings.ToLower(name)] = true
	return name
}

// identifier makes a key: lower case words joined by underscores that begin with
// a letter; or instead.
func identifier(s, instead string) string {
	key := strings.ToLower(strings.Join(words.Split(s), "_"))
	if key != "" && key[0] >= '0' && key[0] <= '9' {
		key = instead + "_" + key
	}
	if len(key) > maxKey {
		key = strings.TrimRight(key[:maxKey], "_")
	}
	if !syntax.IsName(key) {
		return instead
	}
	return key
}

// inputKey keeps a name that can be a key, and makes one of any other.
func inputKey(name string) string {
	if len(name) <= maxKey && syntax.IsName(name) {
		return name
	}
	return identifier(name, "field")
}

var (
	remarks    = regexp.MustCompile(`<!--[\s\S]*?-->`)
	tags       = regexp.MustCompile(`</?[A-Za-z][^<>]*>`)
	links      = regexp.MustCompile(`!?\[([^\[\]]*)\]\([^()\s]*(?:\s+"[^"]*")?\)`)
	paragraphs = regexp.MustCompile(`\n[ \t]*\n|<br\s*/?>\s*<br\s*/?>|</p>`)
	emphasis   = strings.NewReplacer("**", "", "__", "", "`", "")
	stressed   = regexp.MustCompile(`\*([^*\s](?:[^*\n]*[^*\s])?)\*`)
	sentence   = regexp.MustCompile(`[.!?](?:\s|$)`)
)

// plainText makes one line of plain text of the first paragraph of a description
// in Markdown or HTML.
func plainText(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), "\r\n", "\n")
	if len(s) > 4*syntaxText {
		s = strings.ToValidUTF8(s[:4*syntaxText], "")
	}
	for _, p := range paragraphs.Split(remarks.ReplaceAllString(s, ""), -1) {
		p = links.ReplaceAllString(tags.ReplaceAllString(p, ""), "$1")
		p = strings.TrimLeft(stressed.ReplaceAllString(emphasis.Replace(html.UnescapeString(p)), "$1"), "#>*- \t\n")
		p = strings.Join(strings.FieldsFunc(p, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
		if p != "" {
			return p
		}
	}
	return ""
}

// syntaxText is how much of a description is looked at, in bytes.
const syntaxText = 4096

// sentences cuts a text to whole sentences of a number of characters together,
// and ends it with a full stop.
func sentences(s string, limit, most int) string {
	if s == "" {
		return ""
	}
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "!") && !strings.HasSuffix(s, "?") {
		s = strings.TrimRight(s, " ,;:") + "."
	}
	end := 0
	for i, at := range sentence.FindAllStringIndex(s, -1) {
		if i >= most || utf8.RuneCountInString(s[:at[0]+1]) > limit {
			break
		}
		end = at[0] + 1
	}
	if end == 0 {
		return cut(s, limit-1) + "."
	}
	s = s[:end]
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}
