package flow

import (
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCleanFileName(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"report.csv", "report.csv"},
		{"Bericht für März.pdf", "Bericht für März.pdf"},
		{"日本.txt", "日本.txt"},
		{".env", ".env"},
		{"a.tar.gz", "a.tar.gz"},
		{"", ""}, {".", ""}, {"..", ""}, {"...", ""}, {" . ", ""}, {"/", ""}, {"a/", ""},
		{"../../etc/passwd", "passwd"},
		{`..\..\windows\win.ini`, "win.ini"},
		{`C:\temp\a.txt`, "a.txt"},
		{"/etc/passwd", "passwd"},
		{"a/..", ""},
		{"C:a.txt", "C_a.txt"},
		{"a.txt:stream", "a.txt_stream"},
		{"a\x00.txt", "a.txt"},
		{"a\r\nX-Header: b.txt", "aX-Header_ b.txt"},
		{"photo\u202Egpj.exe", "photogpj.exe"},
		{"zero\u200Bwidth", "zerowidth"},
		{"line\u2028break", "linebreak"},
		{"a.txt. . ", "a.txt"},
		{"  a.txt  ", "a.txt"},
		{`a"b<c>d|e?f*g`, "a_b_c_d_e_f_g"},
		{"bad\xffutf8", "bad_utf8"},
		{strings.Repeat("a", 300) + ".pdf", strings.Repeat("a", 251) + ".pdf"},
		{strings.Repeat("ü", 200), strings.Repeat("ü", 127)},
		{strings.Repeat("a", 253) + ". " + strings.Repeat("b", 300), strings.Repeat("a", 253)},
		{"a." + strings.Repeat("b", 300), "a." + strings.Repeat("b", 253)},
		{strings.Repeat("\u200B", 1<<20) + "a.txt", "a.txt"},
		{strings.Repeat("\x00", longFileName) + "b" + strings.Repeat("\x00", longFileName-2), "b"},
		{strings.Repeat("\x00", longFileName) + "b" + strings.Repeat("\x00", longFileName-1), "b"},
		{strings.Repeat("\x00", longFileName) + "b" + strings.Repeat("\x00", longFileName), ""},
		{strings.Repeat("ü", 1<<20) + ".pdf", strings.Repeat("ü", 125) + ".pdf"},
		{"a" + strings.Repeat("\u200B", 1<<20), "a"},
	} {
		got := CleanFileName(c.in)
		if got != c.want {
			t.Errorf("CleanFileName(%q) = %q, want %q", c.in, got, c.want)
		}
		if again := CleanFileName(got); again != got {
			t.Errorf("CleanFileName(%q) is not stable: %q, then %q", c.in, got, again)
		}
	}
}

func FuzzCleanFileName(f *testing.F) {
	for _, s := range []string{"a.txt", "../..", "C:\\a", "\u202E", "\xff", strings.Repeat("ü.", 200)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := CleanFileName(s)
		if strings.ContainsAny(got, "/\\:\x00\r\n") || got == "." || got == ".." || len(got) > maxFileName || !utf8.ValidString(got) {
			t.Errorf("CleanFileName(%q) = %q", s, got)
		}
		if again := CleanFileName(got); again != got {
			t.Errorf("CleanFileName(%q) is not stable: %q, then %q", s, got, again)
		}
	})
}

func TestFileExtension(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"photo.jpg", ".jpg"}, {"a.tar.gz", ".gz"}, {"README", ""}, {".bashrc", ""}, {"", ""}, {".a.b", ".b"},
	} {
		if got := FileExtension(c.in); got != c.want {
			t.Errorf("FileExtension(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// TestMetered spends what passes in both directions and stops at the bound.
func TestMetered(t *testing.T) {
	const up, down = 700, 300
	for _, c := range []struct {
		budget int64
		sent   bool
		got    bool
	}{{up + down, true, true}, {up + down - 1, true, false}, {up, true, false}, {up - 1, false, false}} {
		left := c.budget
		over := Errorf(CodeLimitHTTPBytes, "no bytes are left")
		var received int64
		req := (&Request{
			BodyParts: []BodyPart{
				{Text: Text("head")},
				{Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(strings.Repeat("u", up))), nil }, Bytes: up},
			},
			Sink: func(_ *Response, body io.Reader) error {
				n, _ := io.Copy(io.Discard, body) // a sink that hides the error
				received = n
				return nil
			},
		}).Metered(func(n int64) error {
			if left -= n; left < 0 {
				return over
			}
			return nil
		})
		body, err := req.BodyParts[1].Open()
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, body)
		if (err == nil) != c.sent || err != nil && !errors.Is(err, over) {
			t.Errorf("budget %d: sending gave %v", c.budget, err)
		}
		if !c.sent {
			continue
		}
		err = req.Sink(&Response{}, strings.NewReader(strings.Repeat("d", down)))
		if (err == nil) != c.got || c.got && received != down || err != nil && !errors.Is(err, over) {
			t.Errorf("budget %d: receiving gave %v after %d bytes", c.budget, err, received)
		}
	}
}
