package bundle

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"io/fs"
	"slices"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// Contents is what goes into a bundle.
type Contents struct {
	// Module is the compiled connector: guest.Verify accepts it.
	Module []byte
	// Files are the other members by name, the icon that the manifest names among
	// them; see ValidName. The statement and the manifest are not: they are made.
	Files map[string][]byte
	// Number is that of the test version that the bundle is made from. Default: none.
	Number int
}

// Seal makes a bundle that nobody has signed yet. Equal contents give equal
// bytes.
//
// Errors: those of guest.Verify; bundle.member and bundle.limit for a file that
// cannot be in a bundle; bundle.manifest for an icon that is missing or another
// than the manifest says.
func Seal(c Contents) ([]byte, error) {
	mod, err := guest.Verify(c.Module)
	if err != nil {
		return nil, err
	}
	manifest, err := json.MarshalIndent(mod.Manifest, "", "  ")
	if err != nil {
		return nil, flow.Errorf(flow.CodeInternal, "the manifest cannot be printed: %v", err)
	}
	members := []member{{ModuleFile, c.Module}, {ManifestFile, append(manifest, '\n')}}
	for name, data := range c.Files {
		if name == StatementFile || name == ManifestFile || name == ModuleFile {
			return nil, flow.Errorf(flow.CodeBundleMember, "%s is made, not given", name)
		}
		members = append(members, member{name, data})
	}
	order(members)
	e := envelope{PayloadType: PayloadType, Signatures: []signature{}}
	payload, err := printed(statementOf(members, mod.Manifest, c.Number))
	if err != nil {
		return nil, flow.Errorf(flow.CodeInternal, "the statement cannot be printed: %v", err)
	}
	e.Payload = base64.StdEncoding.EncodeToString(payload)
	data, err := e.archive(members)
	if err != nil {
		return nil, err
	}
	// Nothing leaves that would not be let in.
	if _, err := Open(data, TrustAnyone()); err != nil {
		return nil, err
	}
	return data, nil
}

// archive writes the members behind their envelope.
func (e *envelope) archive(members []member) ([]byte, error) {
	text, err := printed(e)
	if err != nil {
		return nil, flow.Errorf(flow.CodeInternal, "the envelope cannot be printed: %v", err)
	}
	var b bytes.Buffer
	if err := writeArchive(&b, append([]member{{StatementFile, text}}, members...)); err != nil {
		return nil, flow.Errorf(flow.CodeInternal, "the bundle cannot be written: %v", err)
	}
	return b.Bytes(), nil
}

// Sign returns the bundle with a further signature, that of key. A signature
// that the key gave before is replaced. What is signed stays as it is.
// Errors: those of Open.
func Sign(data []byte, key ed25519.PrivateKey) ([]byte, error) {
	b, err := Open(data, TrustAnyone())
	if err != nil {
		return nil, err
	}
	b.envelope.sign(b.payload, key)
	if len(b.envelope.Signatures) > maxSignatures {
		return nil, flow.Errorf(flow.CodeBundleLimit, "the bundle has %d signatures already", maxSignatures)
	}
	return b.envelope.archive(b.members)
}

// Bundle is a bundle that Open has accepted. It shares the bytes that were
// opened, which must not be changed.
type Bundle struct {
	Digest    string // SHA-256 of the whole file, hexadecimal
	Bytes     int    // of the whole file
	Wasm      []byte // the module's bytes
	Module    *guest.Module
	Statement Statement
	Signers   []Signer // the trusted ones first

	envelope envelope
	payload  []byte
	members  []member // without the statement
	files    fs.FS
}

// Open reads a bundle and proves, before anything in it is used, that it is
// whole: in canonical form and within its bounds, signed by somebody whom trust
// names, each member the one that was signed, the module one that guest.Verify
// accepts, and manifest and icon those of the module.
//
// Errors: bundle.invalid, bundle.limit and bundle.member for what is no bundle;
// bundle.signature and bundle.untrusted for who signed it; bundle.digest where
// members and statement differ; those of guest.Verify; bundle.manifest where the
// parts contradict each other.
func Open(data []byte, trust Trust) (*Bundle, error) {
	members, files, err := readArchive(data)
	if err != nil {
		return nil, err
	}
	if len(members) == 0 || members[0].name != StatementFile {
		return nil, flow.Errorf(flow.CodeBundleInvalid, "the bundle has no %s", StatementFile)
	}
	b := &Bundle{Digest: sha(data), Bytes: len(data), members: members[1:], files: files}
	if b.envelope, b.payload, err = parseEnvelope(members[0].data); err != nil {
		return nil, err
	}
	if b.Signers, err = trust.check(&b.envelope, b.payload); err != nil {
		return nil, err
	}
	if b.Statement, err = parseStatement(b.payload); err != nil {
		return nil, err
	}
	if err := b.Statement.compare(b.members); err != nil {
		return nil, err
	}
	if err := b.agree(); err != nil {
		return nil, err
	}
	return b, nil
}

// agree checks that the parts say the same.
func (b *Bundle) agree() error {
	var ok bool
	if b.Wasm, ok = b.File(ModuleFile); !ok {
		return flow.Errorf(flow.CodeBundleManifest, "the bundle has no %s", ModuleFile)
	}
	var err error
	if b.Module, err = guest.Verify(b.Wasm); err != nil {
		return err
	}
	m := b.Module.Manifest
	text, _ := b.File(ManifestFile)
	if !sameManifest(text, m) {
		return flow.Errorf(flow.CodeBundleManifest, "%s is not the manifest of %s", ManifestFile, ModuleFile)
	}
	p := b.Statement.Predicate
	if p.Connector != m.Key || p.Version != m.Version || p.Number < 0 {
		return flow.Errorf(flow.CodeBundleManifest, "the statement is about %s %s, the module is %s %s",
			flow.Excerpt(p.Connector), flow.Excerpt(p.Version), flow.Excerpt(m.Key), flow.Excerpt(m.Version))
	}
	return b.icon(m.Branding.Icon)
}

// sameManifest compares what a text says with a manifest, whatever its layout.
func sameManifest(text []byte, m *flow.Manifest) bool {
	limits := flow.JSONLimits{Depth: guest.MaxConstDepth + 8, Bytes: 64 << 20}
	printed, err := json.Marshal(m)
	if err != nil {
		return false
	}
	want, err := flow.ParseJSON(printed, limits)
	if err != nil {
		return false
	}
	got, err := flow.ParseJSON(text, limits)
	return err == nil && flow.Equal(got, want)
}

// icon holds the picture to what the manifest says of it.
func (b *Bundle) icon(want *flow.Asset) error {
	if want == nil {
		return nil
	}
	data, ok := b.File(want.File)
	if !ok {
		return flow.Errorf(flow.CodeBundleManifest, "the bundle lacks the icon %s", flow.Excerpt(want.File))
	}
	got := flow.Asset{File: want.File, SHA256: sha(data), Bytes: len(data)}
	if cfg, format, err := image.DecodeConfig(bytes.NewReader(data)); err == nil {
		got.Type, got.Width, got.Height = "image/"+format, cfg.Width, cfg.Height
	}
	if got != *want {
		return flow.Errorf(flow.CodeBundleManifest, "the icon %s is another than the manifest says", flow.Excerpt(want.File))
	}
	return nil
}

// File returns the content of a member, and whether there is one of this name.
func (b *Bundle) File(name string) ([]byte, bool) {
	i := slices.IndexFunc(b.members, func(m member) bool { return m.name == name })
	if i < 0 {
		return nil, false
	}
	return b.members[i].data, true
}

// Files returns the members as a file system.
func (b *Bundle) Files() fs.FS { return b.files }

// Member is one file of a bundle.
type Member struct {
	Name   string `json:"name"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Members lists what is in the bundle beside its statement, by name.
func (b *Bundle) Members() []Member {
	out := make([]Member, len(b.members))
	for i, m := range b.members {
		out[i] = Member{m.name, len(m.data), b.Statement.Subject[i].Digest.SHA256}
	}
	return out
}

// Contents returns what the bundle was made from: sealing it again gives the
// same bundle without its signatures.
func (b *Bundle) Contents() Contents {
	c := Contents{Module: b.Wasm, Files: map[string][]byte{}, Number: b.Statement.Predicate.Number}
	for _, m := range b.members {
		if m.name != ModuleFile && m.name != ManifestFile {
			c.Files[m.name] = m.data
		}
	}
	return c
}
