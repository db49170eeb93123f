package bundletest

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/weirflow/weir/bundle"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest/wasmtest"
)

// Case is one file of testdata/bundles: lines "key: value", comments behind '#'.
// It begins as a good bundle, signed by the key that the reader trusts, and each
// line changes it; Help lists them.
type Case struct {
	Name  string // of the file, without extension
	Open  string // what bundle.Open says: a code, or ok
	Says  string // a part of the error's message
	Trust bundle.Trust
	Data  []byte
}

// Corpus reads the cases of a directory in the order of their names.
func Corpus(dir string) ([]Case, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var cases []Case
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		c, err := parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		c.Name = strings.TrimSuffix(filepath.Base(file), ".txt")
		cases = append(cases, c)
	}
	return cases, nil
}

func parse(text string) (Case, error) {
	c := Case{Trust: bundle.TrustKeys(Public("trusted"))}
	b := newBuilder()
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch key {
		case "open":
			c.Open = value
		case "says":
			c.Says = value
		case "trust":
			switch value {
			case "anyone":
				c.Trust = bundle.TrustAnyone()
			case "nobody":
				c.Trust = bundle.Trust{}
			default:
				c.Trust = bundle.TrustKeys(Public(value))
			}
		default:
			step, ok := steps[key]
			if !ok {
				return c, fmt.Errorf("unknown key %q", key)
			}
			first, rest, _ := strings.Cut(value, " ")
			if err := step(b, first, rest); err != nil {
				return c, fmt.Errorf("%s: %w", line, err)
			}
		}
	}
	if c.Open == "" {
		return c, fmt.Errorf("a case needs open")
	}
	var err error
	c.Data, err = b.bytes()
	return c, err
}

// steps are the lines that change a bundle: what each does with its first word
// and the rest of the line.
var steps = map[string]func(b *builder, first, rest string) error{
	"file": func(b *builder, name, text string) error { b.files[name] = []byte(text); return nil },
	"zeros": func(b *builder, name, size string) error {
		n, err := strconv.Atoi(size)
		b.files[name] = make([]byte, n)
		return err
	},
	"files": func(b *builder, number, _ string) error {
		n, err := strconv.Atoi(number)
		for i := range n {
			b.files[fmt.Sprintf("tests/%05d.yaml", i)] = nil
		}
		return err
	},
	"changed": func(b *builder, name, text string) error { b.archive[name] = []byte(text); return nil },
	"unsigned": func(b *builder, name, text string) error { // written and not stated
		b.archive[name] = []byte(text)
		return nil
	},
	"twice": func(b *builder, name, _ string) error { b.extra = append(b.extra, name); return nil },
	"lost":  func(b *builder, name, _ string) error { b.lost = append(b.lost, name); return nil },
	"without": func(b *builder, name, _ string) error { // neither stated nor written
		delete(b.files, name)
		return nil
	},
	"link":   headerStep(func(h *zip.FileHeader) { h.SetMode(fs.ModeSymlink | 0o777) }),
	"device": headerStep(func(h *zip.FileHeader) { h.SetMode(fs.ModeDevice | 0o600) }),
	"folder": headerStep(func(h *zip.FileHeader) { h.SetMode(fs.ModeDir | 0o755) }),
	"setuid": headerStep(func(h *zip.FileHeader) { h.SetMode(fs.ModeSetuid | 0o755) }),
	"dated": headerStep(func(h *zip.FileHeader) {
		h.ModifiedDate = 0x5921 //lint:ignore SA1019 as in bundles
	}),
	"noted":    headerStep(func(h *zip.FileHeader) { h.Comment = "a note" }),
	"padded":   headerStep(func(h *zip.FileHeader) { h.Extra = []byte{0x75, 0x70, 1, 0, 0} }),
	"deflated": headerStep(func(h *zip.FileHeader) { h.Method = zip.Deflate }),
	"checksum": headerStep(func(h *zip.FileHeader) { h.CRC32 ^= 1 }),
	"claims": func(b *builder, name, size string) error { // more bytes than there are
		n, err := strconv.ParseUint(size, 10, 64)
		b.header[name] = func(h *zip.FileHeader) { h.CompressedSize64, h.UncompressedSize64 = n, n }
		return err
	},
	"reversed": func(b *builder, _, _ string) error { b.reversed = true; return nil },
	"comment":  func(b *builder, first, rest string) error { b.comment = first + rest; return nil },
	"number": func(b *builder, n, _ string) error {
		var err error
		b.number, err = strconv.Atoi(n)
		return err
	},
	"signed": func(b *builder, first, rest string) error { // names of keys; ! for a wrong signature
		b.signers = strings.Fields(first + " " + rest)
		return nil
	},
	"statement": replaceStep("statement"),
	"envelope":  replaceStep("envelope"),
	"payload": func(b *builder, text, _ string) error { // instead of the statement, with its signatures
		b.text["statement"] = append(b.text["statement"], [2]string{b.statement(), text})
		return nil
	},
	"manifest": func(b *builder, old, replacement string) error {
		b.files[bundle.ManifestFile] = bytes.ReplaceAll(b.files[bundle.ManifestFile], []byte(old), []byte(replacement))
		return nil
	},
	"module": func(b *builder, name, arg string) error {
		wasm := wasmtest.Generate(name, arg)
		if wasm == nil {
			return fmt.Errorf("no generator %q", name)
		}
		b.module(wasm)
		return nil
	},
	"icon": func(b *builder, what, _ string) error {
		picture, err := base64.StdEncoding.DecodeString(onePixel)
		if err != nil {
			return err
		}
		m := wasmtest.Flow(func(*wasmtest.Module) wasmtest.Code { return wasmtest.Code{}.I32(0) })
		m.Manifest.Branding.Icon = iconOf(picture, what)
		b.files["assets/icon.png"] = picture
		b.files[bundle.ModuleFile] = m.Bytes()
		manifest, err := manifestText(m.Bytes())
		b.files[bundle.ManifestFile] = manifest
		return err
	},
	"truncate": func(b *builder, n, _ string) error { // bytes at the end
		cut, err := strconv.Atoi(n)
		b.finish = append(b.finish, func(d []byte) []byte { return d[:len(d)-cut] })
		return err
	},
	"suffix": func(b *builder, text, _ string) error {
		b.finish = append(b.finish, func(d []byte) []byte { return append(d, text...) })
		return nil
	},
	"prefix": func(b *builder, text, _ string) error {
		b.finish = append(b.finish, func(d []byte) []byte { return append([]byte(text), d...) })
		return nil
	},
	"bytes": func(b *builder, text, rest string) error { // the whole file
		b.finish = append(b.finish, func([]byte) []byte { return []byte(text + rest) })
		return nil
	},
	"size": func(b *builder, n, _ string) error { // the whole file, in zeros
		size, err := strconv.Atoi(n)
		b.finish = append(b.finish, func([]byte) []byte { return make([]byte, size) })
		return err
	},
	"many": func(b *builder, n, _ string) error { // an end that promises so many members
		count, err := strconv.Atoi(n)
		b.finish = append(b.finish, func(d []byte) []byte {
			end := len(d) - 22
			for _, at := range []int{8, 10} {
				d[end+at], d[end+at+1] = byte(count), byte(count>>8)
			}
			return d
		})
		return err
	},
}

// Help lists the keys of lines that change a bundle.
func Help() []string {
	var keys []string
	for k := range steps {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func headerStep(change func(*zip.FileHeader)) func(b *builder, name, rest string) error {
	return func(b *builder, name, _ string) error { b.header[name] = change; return nil }
}

func replaceStep(what string) func(b *builder, old, replacement string) error {
	return func(b *builder, old, replacement string) error {
		b.text[what] = append(b.text[what], [2]string{old, replacement})
		return nil
	}
}

// onePixel is a PNG of one pixel.
const onePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="

func iconOf(picture []byte, what string) *flow.Asset {
	icon := &flow.Asset{File: "assets/icon.png", SHA256: sum(picture), Type: "image/png", Width: 1, Height: 1, Bytes: len(picture)}
	switch what {
	case "larger":
		icon.Width, icon.Height = 2, 2
	case "jpeg":
		icon.Type = "image/jpeg"
	case "digest":
		icon.SHA256 = sum(nil)
	case "elsewhere":
		icon.File = "../icon.png"
	}
	return icon
}
