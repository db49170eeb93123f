// Package canary finds a secret where none may be: in outputs, traces, errors,
// logs and files, in whatever way it was written there. It does not look for a
// list of encodings of the secret; it undoes encodings in what it looks through,
// so that an unusual spelling (\u0073 for s, %73, base64 behind other bytes) is
// found like a common one. Tests use it; nothing that ships does.
package canary

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Min is the shortest text that is looked for: shorter ones stand in half of all
// words, and in what random bytes decode to.
const Min = 6

// maxDepth is how many encodings inside each other are undone: JSON in JSON that
// holds base64 of a compressed text needs four.
const maxDepth = 4

// maxPlain bounds what one compressed stream is looked through for.
const maxPlain = 64 << 20

// Canary is one secret to look for.
type Canary struct{ plain []byte }

// New returns the canary of a secret. One that is shorter than Min is a mistake
// of the test, which would find it everywhere: New panics.
func New(secret string) *Canary {
	if len(secret) < Min {
		panic(fmt.Sprintf("canary: a secret of %d bytes cannot be told from other text", len(secret)))
	}
	return &Canary{plain: []byte(secret)}
}

// Find looks for the secret in data. It returns in which way it stands there,
// from the outside in, such as "JSON, base64", and whether it does.
func (c *Canary) Find(data []byte) (how string, found bool) {
	return c.find(data, nil, maxDepth)
}

// FindText is Find for texts.
func (c *Canary) FindText(text string) (how string, found bool) { return c.Find([]byte(text)) }

// FindDir looks through every file below a directory, names included. It
// returns the file and the way.
func (c *Canary) FindDir(dir string) (path, how string, found bool, err error) {
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || found {
			return err
		}
		if how, found = c.FindText(filepath.Base(name)); found {
			path = name
			return fs.SkipAll
		}
		if !d.Type().IsRegular() {
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if how, found = c.Find(data); found {
			path = name
			return fs.SkipAll
		}
		return nil
	})
	return path, how, found, err
}

// T is what Check needs of a testing.TB.
type T interface {
	Helper()
	Errorf(format string, args ...any)
}

// Check fails the test when one of the secrets stands in data. where says in a
// few words what data is. The report does not repeat the secret.
func Check(t T, where string, data []byte, secrets ...string) {
	t.Helper()
	for _, s := range secrets {
		if how, found := New(s).Find(data); found {
			t.Errorf("%s holds the secret of %d bytes as %s", where, len(s), how)
		}
	}
}

// CheckDir is Check for every file below a directory.
func CheckDir(t T, dir string, secrets ...string) {
	t.Helper()
	for _, s := range secrets {
		path, how, found, err := New(s).FindDir(dir)
		if err != nil {
			t.Errorf("looking through %s: %v", dir, err)
		}
		if found {
			t.Errorf("%s holds the secret of %d bytes as %s", path, len(s), how)
		}
	}
}

func (c *Canary) find(data []byte, way []string, depth int) (string, bool) {
	if bytes.Contains(data, c.plain) {
		if len(way) == 0 {
			return "plain text", true
		}
		return strings.Join(way, ", "), true
	}
	if depth == 0 || len(data) < len(c.plain) {
		return "", false
	}
	inside := func(name string, plain []byte) (string, bool) {
		return c.find(plain, append(way[:len(way):len(way)], name), depth-1)
	}
	for _, view := range []struct {
		name string
		of   func([]byte) []byte
	}{{"JSON", unescapeJSON}, {"URL encoding", unescapePath}, {"URL encoding", unescapeQuery}, {"HTML", unescapeHTML}} {
		plain := view.of(data)
		if plain == nil {
			continue
		}
		if how, found := inside(view.name, plain); found {
			return how, true
		}
	}
	for rest := data; ; {
		i := bytes.Index(rest, []byte{0x1f, 0x8b, 8}) // RFC 1952, 2.3.1
		if i < 0 {
			break
		}
		rest = rest[i:]
		if plain := gunzip(rest); len(plain) > 0 {
			if how, found := inside("gzip", plain); found {
				return how, true
			}
		}
		rest = rest[3:]
	}
	for _, run := range runs(data, len(c.plain)*4/3, digit64) {
		for _, plain := range unbase64(run) {
			if how, found := inside("base64", plain); found {
				return how, true
			}
		}
	}
	// Hexadecimal digits have runs of their own: letters before them belong to a
	// run of base64.
	for _, run := range runs(data, len(c.plain)*2, digit16) {
		for shift := range 2 {
			if how, found := inside("hexadecimal", unhex(run[shift:])); found {
				return how, true
			}
		}
	}
	return "", false
}

// unescapeJSON undoes every escape of JSON texts, wherever it stands; nil when
// there is none.
func unescapeJSON(data []byte) []byte {
	if bytes.IndexByte(data, '\\') < 0 {
		return nil
	}
	out := make([]byte, 0, len(data))
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' || i+1 == len(data) {
			out = append(out, data[i])
			continue
		}
		i++
		switch c := data[i]; c {
		case 'b', 'f', 'n', 'r', 't':
			out = append(out, "\b\f\n\r\t"[strings.IndexByte("bfnrt", c)])
		case 'u':
			r, ok := hex4(data[i+1:])
			if !ok {
				out = append(out, '\\', c)
				continue
			}
			i += 4
			if utf16.IsSurrogate(r) && len(data) > i+2 && data[i+1] == '\\' && data[i+2] == 'u' {
				if low, ok := hex4(data[i+3:]); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
					r = utf16.DecodeRune(r, low)
					i += 6
				}
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, c)
		}
	}
	return out
}

func hex4(b []byte) (rune, bool) {
	var two [2]byte
	if len(b) < 4 {
		return 0, false
	}
	if _, err := hex.Decode(two[:], b[:4]); err != nil {
		return 0, false
	}
	return rune(two[0])<<8 | rune(two[1]), true
}

// unescapePath undoes percent-encoding; nil when there is none.
func unescapePath(data []byte) []byte {
	if bytes.IndexByte(data, '%') < 0 {
		return nil
	}
	out := make([]byte, 0, len(data))
	for i := 0; i < len(data); i++ {
		if data[i] == '%' && i+2 < len(data) {
			if c := unhex(data[i+1 : i+3]); len(c) == 1 {
				out = append(out, c[0])
				i += 2
				continue
			}
		}
		out = append(out, data[i])
	}
	return out
}

// unescapeQuery is unescapePath where a plus sign is a space; nil when there is
// none.
func unescapeQuery(data []byte) []byte {
	if bytes.IndexByte(data, '+') < 0 {
		return nil
	}
	spaced := bytes.ReplaceAll(data, []byte("+"), []byte(" "))
	if plain := unescapePath(spaced); plain != nil {
		return plain
	}
	return spaced
}

func unescapeHTML(data []byte) []byte {
	if bytes.IndexByte(data, '&') < 0 {
		return nil
	}
	return []byte(html.UnescapeString(string(data)))
}

// gunzip returns what can be read of compressed data, which may be cut off.
func gunzip(data []byte) []byte {
	zr, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	zr.Multistream(false)
	plain, _ := io.ReadAll(io.LimitReader(zr, maxPlain)) // what follows the stream is no part of it
	return plain
}

// runs returns the stretches of least or more digits, without the line breaks
// that may be inside.
func runs(data []byte, least int, digit func(byte) bool) [][]byte {
	var out [][]byte
	var run []byte
	end := func() {
		if len(run) >= least {
			out = append(out, run)
		}
		run = nil
	}
	for i, c := range data {
		switch {
		case digit(c):
			run = append(run, c)
		case c == '\r' || c == '\n':
			// MIME breaks lines at 76 characters (RFC 2045, 6.8), PEM at 64.
			if len(run) < 60 || i+1 < len(data) && !digit(data[i+1]) && data[i+1] != '\n' {
				end()
			}
		default:
			end()
		}
	}
	end()
	return out
}

func digit16(c byte) bool {
	return c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' || c >= '0' && c <= '9'
}

func digit64(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("+/-_", c) >= 0
}

// unbase64 returns what a stretch may stand for: where it begins inside of the
// encoding is unknown, and there are four places.
func unbase64(run []byte) [][]byte {
	var out [][]byte
	std := bytes.Map(func(r rune) rune {
		switch r {
		case '-':
			return '+'
		case '_':
			return '/'
		}
		return r
	}, run)
	for shift := range min(4, len(std)) {
		part := std[shift:]
		part = part[:len(part)-len(part)%4]
		plain := make([]byte, base64.StdEncoding.DecodedLen(len(part)))
		if n, err := base64.StdEncoding.Decode(plain, part); err == nil {
			// The last characters decide no whole group; they stand for bytes all the same.
			rest := std[shift+len(part):]
			tail := make([]byte, 3)
			t, _ := base64.RawStdEncoding.Decode(tail, rest)
			out = append(out, append(plain[:n], tail[:t]...))
		}
	}
	return out
}

// unhex decodes hexadecimal digits up to the first other character.
func unhex(run []byte) []byte {
	n := 0
	for n < len(run) && digit16(run[n]) {
		n++
	}
	plain := make([]byte, n/2)
	_, _ = hex.Decode(plain, run[:n-n%2]) // only digits are left
	return plain
}
