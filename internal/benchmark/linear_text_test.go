package benchmark

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/weirflow/weir/guest"
)

// follow finds a path in a document.
func (l *linear) follow(t text, path uint64) text {
	p := l.load(l.texts[uint32(path)])
	if p[0] != '[' {
		return l.member(t, p)
	}
	for i, end := 1, 0; i < len(p); i = end + 1 {
		end = skip(p, i)
		t = l.member(t, p[i:end])
	}
	return t
}

// skip returns where the compact JSON value that begins at b[i] ends.
func skip(b []byte, i int) int {
	for depth := 0; i < len(b); {
		switch b[i] {
		case '"':
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		i++
		if depth == 0 && (i == len(b) || strings.IndexByte(",:}]", b[i]) >= 0) {
			return i
		}
	}
	return i
}

// member returns what a compact document has under a key, which is JSON text, or
// a position.
func (l *linear) member(t text, key []byte) text {
	doc := l.load(t)
	part := func(i, end int) text { return text{t.at + uint32(i), uint32(end - i)} }
	switch {
	case len(doc) > 2 && doc[0] == '{':
		for i := 1; i < len(doc); {
			end := skip(doc, i)
			name := doc[i:end]
			i = end + 1
			end = skip(doc, i)
			if bytes.Equal(name, key) {
				return part(i, end)
			}
			i = end + 1
		}
	case len(doc) > 2 && doc[0] == '[':
		want, err := strconv.Atoi(strings.Trim(string(key), `"`))
		for i := 1; err == nil && i < len(doc); want-- {
			end := skip(doc, i)
			if want == 0 {
				return part(i, end)
			}
			i = end + 1
		}
	}
	return l.texts[guest.HandleNull]
}
