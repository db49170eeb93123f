// Package words takes the names that people gave apart, to make keys of them.
package words

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// ASCII writes letters with accents as those without, spaces of every kind as
// spaces, and drops what else is not ASCII.
func ASCII(s string) string {
	plain := true
	for i := range len(s) {
		plain = plain && s[i] < utf8.RuneSelf
	}
	if plain {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// Split splits a name into words: at everything that is neither letter nor
// digit, and, in names without spaces, where a capital follows a small letter or
// begins a word behind others ("userID", "HTTPServer"; "IDs" is one word).
// Apostrophes go, and so does the s of a possessive.
func Split(s string) []string {
	s = strings.NewReplacer("'s ", " ", "’s ", " ", "'", "", "’", "").Replace(s)
	humps := !strings.Contains(strings.TrimSpace(s), " ")
	r := []rune(ASCII(s))
	var out []string
	begin := 0
	cut := func(end int) {
		if end > begin {
			out = append(out, string(r[begin:end]))
		}
		begin = end
	}
	for i, c := range r {
		switch {
		case !unicode.IsLetter(c) && !unicode.IsDigit(c):
			cut(i)
			begin = i + 1
		case !humps || i == begin || !unicode.IsUpper(c):
		case !unicode.IsUpper(r[i-1]):
			cut(i)
		case i+1 < len(r) && unicode.IsLower(r[i+1]) && !(r[i+1] == 's' && (i+2 == len(r) || !unicode.IsLower(r[i+2]))):
			cut(i)
		}
	}
	cut(len(r))
	return out
}
