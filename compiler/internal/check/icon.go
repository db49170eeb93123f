package check

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"image"
	"image/jpeg"
	"image/png"

	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

const (
	// maxIcon is the width and height of the largest icon.
	maxIcon = 300
	// maxScans bounds the passes over a JPEG: editors write about ten, and each
	// costs the whole picture, however few bytes it has.
	maxScans = 64
)

// iconFormat is a kind of picture that an icon may be.
type iconFormat struct {
	name   string // as in image/NAME
	magic  string
	config func([]byte) (image.Config, error)
	decode func([]byte) error
	// end returns how many bytes the picture has; -1 when it does not end, or is
	// made to cost more than pictures do.
	end func([]byte) int
}

// iconFormats names its decoders, so that no other import adds a format.
func iconFormats() []iconFormat {
	return []iconFormat{
		{"png", "\x89PNG\r\n\x1a\n",
			func(b []byte) (image.Config, error) { return png.DecodeConfig(bytes.NewReader(b)) },
			func(b []byte) error { _, err := png.Decode(bytes.NewReader(b)); return err }, endOfPNG},
		{"jpeg", "\xff\xd8",
			func(b []byte) (image.Config, error) { return jpeg.DecodeConfig(bytes.NewReader(b)) },
			func(b []byte) error { _, err := jpeg.Decode(bytes.NewReader(b)); return err }, endOfJPEG},
	}
}

// icon decodes the picture in full: a header alone proves nothing. What stands
// behind the picture is refused: no viewer shows it, and other programs may take
// the file for a page or an archive.
func (c *checker) icon(s syntax.Str) {
	bad := func(format string, args ...any) *flow.Error {
		return c.d.Error(flow.CodeConnectorBrand, s.Pos, format, args...)
	}
	data, ok := c.conn.Assets[s.Text]
	if !ok {
		bad("there is no picture %s", flow.Excerpt(s.Text)).WithFix("put a PNG or JPEG into %s/ and name it like %s/icon.png", source.AssetsDir, source.AssetsDir)
		return
	}
	if len(data) > source.MaxAsset {
		bad("the icon has more than %d bytes", source.MaxAsset)
		return
	}
	for _, f := range iconFormats() {
		if !bytes.HasPrefix(data, []byte(f.magic)) {
			continue
		}
		cfg, err := f.config(data)
		switch {
		case err != nil:
			bad("the icon is damaged")
			return
		case cfg.Width != cfg.Height:
			bad("the icon must be square, and it is %d x %d", cfg.Width, cfg.Height)
			return
		case cfg.Width > maxIcon:
			bad("the icon may be at most %d x %d, and it is %d x %d", maxIcon, maxIcon, cfg.Width, cfg.Height)
			return
		}
		end := f.end(data)
		if end < 0 || f.decode(data) != nil {
			bad("the icon is damaged")
			return
		}
		if end < len(data) {
			bad("the icon has %d bytes behind its end", len(data)-end).WithFix("save the picture anew")
			return
		}
		sum := sha256.Sum256(data)
		c.info.Icon = &flow.Asset{File: s.Text, SHA256: hex.EncodeToString(sum[:]), Type: "image/" + f.name,
			Width: cfg.Width, Height: cfg.Height, Bytes: len(data)}
		return
	}
	bad("the icon is neither PNG nor JPEG")
}

// endOfPNG walks over the chunks (PNG, third edition, 5.3) up to IEND.
func endOfPNG(b []byte) int {
	const header, checksum = 8, 4
	at := 8 // behind the signature
	for len(b)-at >= header+checksum {
		n, kind := binary.BigEndian.Uint32(b[at:]), string(b[at+4:at+header])
		if int64(n) > int64(len(b)-at-header-checksum) {
			return -1
		}
		at += header + int(n) + checksum
		if kind == "IEND" {
			return at
		}
	}
	return -1
}

// endOfJPEG walks over the markers (ITU-T T.81, annex B) up to the end of the
// image.
func endOfJPEG(b []byte) int {
	scans := 0
	for at := 2; at+1 < len(b); {
		if b[at] != 0xff {
			return -1
		}
		switch marker := b[at+1]; {
		case marker == 0xff: // fill byte
			at++
		case marker == 0xd9:
			return at + 2
		case marker >= 0xd0 && marker <= 0xd7, marker == 0x01: // no length
			at += 2
		default:
			if len(b)-at < 4 {
				return -1
			}
			n := int(binary.BigEndian.Uint16(b[at+2:]))
			if at += 2 + n; n < 2 || at > len(b) {
				return -1
			}
			if marker != 0xda {
				continue
			}
			if scans++; scans > maxScans {
				return -1
			}
			// Coded data ends at a marker that is neither a stuffed byte nor a restart.
			for at+1 < len(b) && (b[at] != 0xff || b[at+1] == 0 || b[at+1] >= 0xd0 && b[at+1] <= 0xd7) {
				at++
			}
		}
	}
	return -1
}
