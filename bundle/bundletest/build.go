package bundletest

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"

	"github.com/weirflow/weir/bundle"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/guest/wasmtest"
)

// Key returns the key that signs the bundles of tests. It is the same in every
// run, so that the bundles are.
func Key(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("weir test key " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// Public returns the public key of Key(name), called name.
func Public(name string) bundle.PublicKey {
	key, err := bundle.ParsePublicKey(name, bundle.EncodePublicKey(Key(name)))
	if err != nil {
		panic(err) // keys of tests are sound
	}
	return key
}

// Contents returns the content of a small bundle.
func Contents() bundle.Contents {
	return bundle.Contents{
		Module: wasmtest.Generate("valid", ""),
		Files: map[string][]byte{
			"README.md":         []byte("# A connector\n"),
			"docs/index.md":     []byte("# Cards\n"),
			"tests/greets.yaml": []byte("flow: main\noutput: {}\n"),
		},
	}
}

// builder makes an archive step by step, so that each step can go wrong. It
// shares no code with package bundle.
type builder struct {
	files    map[string][]byte // as they are stated
	archive  map[string][]byte // as they are written, where that differs
	extra    []string          // written and not stated, or written twice
	lost     []string          // stated and not written
	header   map[string]func(*zip.FileHeader)
	number   int
	signers  []string
	text     map[string][][2]string // replacements in statement, envelope
	reversed bool
	comment  string
	finish   []func([]byte) []byte
}

func newBuilder() *builder {
	b := &builder{files: map[string][]byte{}, archive: map[string][]byte{}, header: map[string]func(*zip.FileHeader){},
		signers: []string{"trusted"}, text: map[string][][2]string{}}
	c := Contents()
	for name, data := range c.Files {
		b.files[name] = data
	}
	b.module(c.Module)
	return b
}

// module sets the module and the manifest that it has.
func (b *builder) module(wasm []byte) {
	b.files[bundle.ModuleFile] = wasm
	if text, err := manifestText(wasm); err == nil {
		b.files[bundle.ManifestFile] = text
	} // else the manifest of the module before stays
}

func (b *builder) replaced(what, s string) string {
	for _, r := range b.text[what] {
		s = strings.ReplaceAll(s, r[0], r[1])
	}
	return s
}

func sortedKeys(m map[string][]byte) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// statement prints the in-toto statement about the files.
func (b *builder) statement() string {
	var s strings.Builder
	s.WriteString(`{"_type":"https://in-toto.io/Statement/v1","subject":[`)
	for i, name := range sortedKeys(b.files) {
		if i > 0 {
			s.WriteByte(',')
		}
		sum := sha256.Sum256(b.files[name])
		fmt.Fprintf(&s, `{"name":%s,"digest":{"sha256":%q}}`, quoted(name), hex.EncodeToString(sum[:]))
	}
	var m struct{ Key, Version string }
	if err := json.Unmarshal(b.files[bundle.ManifestFile], &m); err != nil {
		m.Key = "none"
	}
	fmt.Fprintf(&s, `],"predicateType":"https://github.com/weirflow/weir/bundle/v1","predicate":{"connector":%s,"version":%s`,
		quoted(m.Key), quoted(m.Version))
	if b.number != 0 {
		fmt.Fprintf(&s, `,"number":%d`, b.number)
	}
	s.WriteString("}}\n")
	return b.replaced("statement", s.String())
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // every text can be printed
	}
	return string(b)
}

// envelope prints the DSSE envelope of a statement, with the signatures.
func (b *builder) envelope(statement string) string {
	const kind = "application/vnd.in-toto+json"
	signed := "DSSEv1 " + strconv.Itoa(len(kind)) + " " + kind + " " + strconv.Itoa(len(statement)) + " " + statement
	type sig struct{ id, sig string }
	var sigs []sig
	for _, name := range b.signers {
		name, broken := strings.CutSuffix(name, "!")
		s := ed25519.Sign(Key(name), []byte(signed))
		if broken {
			s[0] ^= 1
		}
		sigs = append(sigs, sig{Public(name).ID(), base64.StdEncoding.EncodeToString(s)})
	}
	slices.SortStableFunc(sigs, func(a, b sig) int { return strings.Compare(a.id, b.id) })
	var list []string
	for _, s := range sigs {
		list = append(list, fmt.Sprintf(`{"keyid":%q,"sig":%q}`, s.id, s.sig))
	}
	return b.replaced("envelope", fmt.Sprintf(`{"payloadType":%q,"payload":%q,"signatures":[%s]}`+"\n",
		kind, base64.StdEncoding.EncodeToString([]byte(statement)), strings.Join(list, ",")))
}

// bytes writes the archive.
func (b *builder) bytes() ([]byte, error) {
	files := map[string][]byte{}
	for name, data := range b.files {
		files[name] = data
	}
	for name, data := range b.archive {
		files[name] = data
	}
	for _, name := range b.lost {
		delete(files, name)
	}
	names := sortedKeys(files)
	if b.reversed {
		slices.Reverse(names)
	}
	if !slices.Contains(b.lost, bundle.StatementFile) {
		files[bundle.StatementFile] = []byte(b.envelope(b.statement()))
		names = append([]string{bundle.StatementFile}, names...)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range append(names, b.extra...) {
		data := files[name]
		//lint:ignore SA1019 as in bundles
		h := &zip.FileHeader{Name: name, ReaderVersion: 10, CreatorVersion: 20, ModifiedDate: 0x21, CRC32: crc32.ChecksumIEEE(data),
			CompressedSize64: uint64(len(data)), UncompressedSize64: uint64(len(data))}
		if change := b.header[name]; change != nil {
			change(h)
		}
		write := z.CreateRaw
		if h.Method == zip.Deflate {
			h.CompressedSize64, h.UncompressedSize64 = 0, 0
			write = z.CreateHeader
		}
		w, err := write(h)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(data); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(z.SetComment(b.comment), z.Close()); err != nil {
		return nil, err
	}
	data := out.Bytes()
	for _, change := range b.finish {
		data = change(data)
	}
	return data, nil
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// manifestText prints the manifest of a module as a bundle holds it.
func manifestText(wasm []byte) ([]byte, error) {
	m, err := guest.Verify(wasm)
	if err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(m.Manifest, "", "  ")
	return append(text, '\n'), err
}
