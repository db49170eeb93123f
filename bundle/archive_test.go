package bundle

import (
	"archive/zip"
	"bytes"
	"encoding/hex"
	"io"
	"testing"
)

// TestArchiveForm pins the bytes of an archive: bundles must not change with the
// release of Go or of its library of archives.
func TestArchiveForm(t *testing.T) {
	var b bytes.Buffer
	if err := writeArchive(&b, []member{{"statement.dsse.json", []byte("{}")}, {"docs/a.md", nil}}); err != nil {
		t.Fatal(err)
	}
	const want = "504b03040a00000000000000210043bfa6a302000000020000001300000073746174656d656e742e647373652e6a736f6e7b7d504b0304" +
		"0a00000000000000210000000000000000000000000009000000646f63732f612e6d64504b010214000a00000000000000210043bfa6a3" +
		"020000000200000013000000000000000000000000000000000073746174656d656e742e647373652e6a736f6e504b010214000a000000" +
		"000000002100000000000000000000000000090000000000000000000000000033000000646f63732f612e6d64504b0506000000000200" +
		"0200780000005a0000000000"
	if got := hex.EncodeToString(b.Bytes()); got != want {
		t.Errorf("the archive is\n%s\nand was\n%s", got, want)
	}
}

// TestArchiveRead: what any reader of archives finds is what readArchive finds.
func TestArchiveRead(t *testing.T) {
	in := []member{{"statement.dsse.json", []byte("{}")}, {"docs/a.md", []byte("a")}, {"tests/b.yaml", bytes.Repeat([]byte("b"), 70000)}}
	var b bytes.Buffer
	if err := writeArchive(&b, in); err != nil {
		t.Fatal(err)
	}
	got, files, err := readArchive(b.Bytes())
	if err != nil || len(got) != len(in) {
		t.Fatalf("%d members, %v", len(got), err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range in {
		if got[i].name != m.name || !bytes.Equal(got[i].data, m.data) {
			t.Errorf("member %d is %q with %d bytes", i, got[i].name, len(got[i].data))
		}
		for what, open := range map[string]func() (io.ReadCloser, error){
			"library":     z.File[i].Open,
			"file system": func() (io.ReadCloser, error) { return files.Open(m.name) },
		} {
			f, err := open()
			if err != nil {
				t.Fatal(err)
			}
			if data, err := io.ReadAll(f); err != nil || !bytes.Equal(data, m.data) {
				t.Errorf("%s: %s has %d bytes, %v", what, m.name, len(data), err)
			}
		}
	}
}

// FuzzArchive: whatever is accepted is in canonical form, and nothing panics.
func FuzzArchive(f *testing.F) {
	var b bytes.Buffer
	if err := writeArchive(&b, []member{{"statement.dsse.json", []byte("{}")}, {"docs/a.md", []byte("a")}}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:b.Len()-1])
	f.Add([]byte("PK\x05\x06" + string(make([]byte, 18))))
	f.Fuzz(func(t *testing.T, data []byte) {
		members, _, err := readArchive(data)
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := writeArchive(&again, members); err != nil || !bytes.Equal(again.Bytes(), data) {
			t.Errorf("accepted, and written again as other bytes: %v", err)
		}
		for _, m := range members {
			if err := ValidName(m.name); err != nil {
				t.Error(err)
			}
		}
	})
}
