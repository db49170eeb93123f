package check_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/weirflow/weir/compiler/internal/check"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// noise is a picture that compresses badly, so that half of it is missed.
func noise(w, h int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	x := uint32(1)
	for i := range w * h {
		x = x*1664525 + 1013904223
		m.Set(i%w, i/w, color.RGBA{uint8(x >> 24), uint8(x >> 16), uint8(x >> 8), 255})
	}
	return m
}

func pngOf(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, noise(w, h)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, noise(w, h), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gifOf(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gif.Encode(&b, noise(20, 20), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sized returns a PNG that says it has another size: what a bomb does.
func sized(b []byte, w, h uint32) []byte {
	b = bytes.Clone(b)
	binary.BigEndian.PutUint32(b[16:], w)
	binary.BigEndian.PutUint32(b[20:], h)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

func joined(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// TestIcon gives pictures of every kind that an icon must and must not be.
func TestIcon(t *testing.T) {
	small, photo := pngOf(t, 64, 64), jpegOf(t, 64, 64)
	scan := photo[bytes.Index(photo, []byte{0xff, 0xda}) : len(photo)-2]
	tests := []struct {
		what string
		data []byte
		want string // part of the message; "" where the picture is right
		kind string
	}{
		{"PNG", small, "", "image/png"},
		{"JPEG", photo, "", "image/jpeg"},
		{"largest PNG", pngOf(t, 300, 300), "", "image/png"},
		{"largest JPEG", jpegOf(t, 300, 300), "", "image/jpeg"},
		{"one pixel", pngOf(t, 1, 1), "", "image/png"},
		{"too large", pngOf(t, 301, 301), "at most 300 x 300", ""},
		{"not square", pngOf(t, 64, 63), "must be square", ""},
		{"JPEG not square", jpegOf(t, 10, 20), "must be square", ""},
		{"nothing", nil, "neither PNG nor JPEG", ""},
		{"GIF", gifOf(t), "neither PNG nor JPEG", ""},
		{"SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "neither PNG nor JPEG", ""},
		{"page before a PNG", joined([]byte("<script></script>"), small), "neither PNG nor JPEG", ""},
		{"page behind a PNG", joined(small, []byte("<script></script>")), "17 bytes behind its end", ""},
		{"archive behind a JPEG", joined(photo, []byte("PK\x05\x06")), "4 bytes behind its end", ""},
		{"two PNGs", joined(small, small), "behind its end", ""},
		{"PNG cut in half", small[:len(small)/2], "damaged", ""},
		{"PNG without its end", small[:len(small)-12], "damaged", ""},
		{"signature alone", small[:8], "damaged", ""},
		{"header alone", small[:33], "damaged", ""},
		{"JPEG cut in half", photo[:len(photo)/2], "damaged", ""},
		{"JPEG without its end", photo[:len(photo)-2], "damaged", ""},
		{"wrong checksum", joined(small[:60], []byte{^small[60]}, small[61:]), "damaged", ""},
		{"PNG that claims 50000 x 50000", sized(small, 50000, 50000), "at most 300 x 300", ""},
		{"PNG that claims more rows", sized(small, 300, 300), "damaged", ""},
		{"PNG that claims fewer rows", sized(small, 8, 8), "damaged", ""},
		{"JPEG of many passes", joined(photo[:len(photo)-2], bytes.Repeat(scan, 70), []byte{0xff, 0xd9}), "damaged", ""},
		{"too many bytes", joined(small, make([]byte, source.MaxAsset)), "more than 3000000 bytes", ""},
	}
	for _, tt := range tests {
		files := []source.File{
			{Name: "connector.yaml", Data: []byte("key: demo\nname: Demo\nversion: 1.0.0\nicon: assets/icon.png\n")},
			{Name: "assets/icon.png", Data: tt.data},
			{Name: "flows/a.yaml", Data: []byte("steps: []\n")},
		}
		conn, d := syntax.Parse(files)
		if d.HasErrors() {
			t.Fatalf("%s: %v", tt.what, d.Unwrap())
		}
		info, d := check.Check(conn, testRegistry(t))
		switch {
		case tt.want == "" && (d.HasErrors() || info.Icon == nil || info.Icon.Type != tt.kind || info.Icon.Bytes != len(tt.data)):
			t.Errorf("%s: %v, %v", tt.what, d.Unwrap(), info.Icon)
		case tt.want != "" && (len(d) != 1 || d[0].Code != flow.CodeConnectorBrand || d[0].Pos.Line != 4 || !strings.Contains(d[0].Msg, tt.want)):
			t.Errorf("%s: %v, want %q", tt.what, d.Unwrap(), tt.want)
		}
	}
}
