package canary

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// secret changes in every encoding that anybody may use.
const secret = `c4nary?"<sec/ret>+~é😀&x=1`

func compress(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	if _, err := zw.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func quoted(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestFindsPlanted: a secret is found in every way in which it can be written,
// wherever it stands in other text, and other text of the same kind holds none.
func TestFindsPlanted(t *testing.T) {
	every := func(format string) func(string) string {
		return func(s string) string {
			var b strings.Builder
			for _, c := range []byte(s) {
				fmt.Fprintf(&b, format, c)
			}
			return b.String()
		}
	}
	base := func(enc *base64.Encoding, before string) func(string) string {
		return func(s string) string { return enc.EncodeToString([]byte(before + s + "/tail")) }
	}
	wrapped := func(s string) string {
		var b strings.Builder
		for s := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("padding ", 9) + s + strings.Repeat(" more", 20))); s != ""; {
			n := min(76, len(s))
			b.WriteString(s[:n] + "\r\n")
			s = s[n:]
		}
		return b.String()
	}
	ways := map[string]func(string) string{
		"plain":           func(s string) string { return s },
		"JSON":            func(s string) string { return quoted(t, s) },
		"JSON twice":      func(s string) string { return quoted(t, quoted(t, s)) },
		"JSON, slashes":   func(s string) string { return strings.ReplaceAll(quoted(t, s), "/", `\/`) },
		"query":           url.QueryEscape,
		"path":            url.PathEscape,
		"every byte, URL": every("%%%02x"),
		"hex":             func(s string) string { return hex.EncodeToString([]byte(s)) },
		"HEX":             func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
		"hex inside":      func(s string) string { return "a" + hex.EncodeToString([]byte(s)) + "z" },
		"hex in a path":   func(s string) string { return "/tokens/key_" + hex.EncodeToString([]byte(s)) + "/x" },
		"gzip":            func(s string) string { return compress(t, "before "+s+" behind") },
		"gzip, cut off":   func(s string) string { z := compress(t, s+strings.Repeat("x", 100)); return z[:len(z)-4] },
		"gzip in base64":  func(s string) string { return base64.StdEncoding.EncodeToString([]byte("xy" + compress(t, s))) },
		"HTML":            func(s string) string { return strings.NewReplacer(`"`, "&#34;", "<", "&lt;", "&", "&amp;").Replace(s) },
		"base64, lines":   wrapped,
		"JSON of base64": func(s string) string {
			return quoted(t, map[string]any{"a": base64.StdEncoding.EncodeToString([]byte("u:" + s))})
		},
		"base64 of JSON": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(quoted(t, s))) },
	}
	// Any character may be written as an escape (RFC 8259, 7).
	ways["JSON, all escaped"] = func(s string) string {
		return `"` + every(`\u%04x`)(s[:6]) + s[6:] + `"`
	}
	for name, enc := range map[string]*base64.Encoding{
		"std": base64.StdEncoding, "raw": base64.RawStdEncoding, "url": base64.URLEncoding, "raw url": base64.RawURLEncoding,
	} {
		for _, before := range []string{"", "u", "u:", "usr"} {
			ways["base64 "+name+" behind "+before] = base(enc, before)
		}
	}
	c := New(secret)
	other := strings.Repeat("n", len(secret))
	for name, write := range ways {
		for _, around := range [][2]string{{"", ""}, {"text ", " text"}, {"\x00\xff", "\xfe"}, {"{\"a\":\"", "\"}"}} {
			planted, clean := around[0]+write(secret)+around[1], around[0]+write(other)+around[1]
			if how, found := c.FindText(planted); !found || how == "" {
				t.Errorf("%s: not found in %q", name, planted)
			}
			if how, found := c.FindText(clean); found {
				t.Errorf("%s: found as %s in %q", name, how, clean)
			}
		}
	}
}

// TestFindsNothing: random bytes and random text hold no secret.
func TestFindsNothing(t *testing.T) {
	c := New("s3cret")
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 50 {
		b := make([]byte, 4000)
		for i := range b {
			b[i] = byte(rng.Uint32())
			if n%2 == 0 {
				b[i] = "abcdefghijklmnopqrstuvwxyzABCDEF0123456789+/%\\u\n"[int(b[i])%48]
			}
		}
		if how, found := c.Find(b); found {
			t.Errorf("found as %s in %q", how, b)
		}
	}
}

func TestFindDir(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := New("s3cret-text")
	write("a/b.txt", "nothing")
	if _, _, found, err := c.FindDir(dir); found || err != nil {
		t.Errorf("found where nothing is (%v)", err)
	}
	write("a/c.gz", compress(t, "the s3cret-text"))
	path, how, found, err := c.FindDir(dir)
	if err != nil || !found || how != "gzip" || filepath.Base(path) != "c.gz" {
		t.Errorf("%q as %q, %t, %v", path, how, found, err)
	}
	if _, _, _, err := c.FindDir(filepath.Join(dir, "none")); err == nil {
		t.Error("a directory that does not exist is looked through")
	}
	named := t.TempDir()
	if err := os.WriteFile(filepath.Join(named, "x s3cret-text.log"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, how, found, err := c.FindDir(named); !found || how != "plain text" || err != nil {
		t.Errorf("a name that holds it: %q, %t, %v", how, found, err)
	}
}

// recorder is a T that keeps what it is told.
type recorder struct{ said []string }

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

// TestCheckReports: Check and CheckDir fail a test without repeating the secret.
func TestCheckReports(t *testing.T) {
	var r recorder
	Check(&r, "the output", []byte("it is s3cret-text"), "other-text", "s3cret-text")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "log"), []byte(base64.StdEncoding.EncodeToString([]byte("x s3cret-text"))), 0o600); err != nil {
		t.Fatal(err)
	}
	CheckDir(&r, dir, "other-text", "s3cret-text")
	CheckDir(&r, filepath.Join(dir, "none"), "other-text")
	if len(r.said) != 3 || strings.Contains(strings.Join(r.said, "\n"), "s3cret-text") {
		t.Errorf("reported %q", r.said)
	}
	if !strings.HasPrefix(r.said[0], "the output holds") || !strings.Contains(r.said[1], "base64") {
		t.Errorf("reported %q", r.said)
	}
	defer func() {
		if recover() == nil {
			t.Error("a secret that is too short is looked for")
		}
	}()
	New("short")
}
