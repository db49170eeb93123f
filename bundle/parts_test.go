package bundle

import (
	"bytes"
	"crypto/ed25519"
	"testing"

	"github.com/weirflow/weir/guest/wasmtest"
)

// FuzzParts puts any envelope and manifest into an archive that is in canonical
// form: what a trusted key accepts is exactly what it signed.
func FuzzParts(f *testing.F) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	public, err := ParsePublicKey("key", EncodePublicKey(key))
	if err != nil {
		f.Fatal(err)
	}
	data, err := Seal(Contents{Module: wasmtest.Generate("valid", ""), Files: map[string][]byte{"README.md": []byte("read me")}})
	if err != nil {
		f.Fatal(err)
	}
	if data, err = Sign(data, key); err != nil {
		f.Fatal(err)
	}
	want, err := Open(data, TrustKeys(public))
	if err != nil {
		f.Fatal(err)
	}
	members, _, err := readArchive(data)
	if err != nil {
		f.Fatal(err)
	}
	content := map[string][]byte{}
	for _, m := range members {
		content[m.name] = m.data
	}
	f.Add(content[StatementFile], content[ManifestFile], []byte("read me"))
	f.Add(bytes.Replace(content[StatementFile], []byte(`"keyid"`), []byte(`"KeyID"`), 1), content[ManifestFile], []byte("read me"))
	f.Add([]byte(`{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[]}`+"\n"), []byte("{}"), []byte(nil))
	f.Fuzz(func(t *testing.T, envelope, manifest, readme []byte) {
		var b bytes.Buffer
		err := writeArchive(&b, []member{{StatementFile, envelope}, {"README.md", readme}, {ManifestFile, manifest}, {ModuleFile, want.Wasm}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := Open(b.Bytes(), TrustKeys(public))
		if err == nil && (!bytes.Equal(got.payload, want.payload) || !bytes.Equal(b.Bytes(), data)) {
			// A further signature that nobody trusts is all that may differ.
			if len(got.Signers) < 2 || !bytes.Equal(readme, content["README.md"]) || !bytes.Equal(manifest, content[ManifestFile]) {
				t.Errorf("accepted, and not what was signed:\n%s\n%s\n%s", envelope, manifest, readme)
			}
		}
		if _, err := Open(b.Bytes(), TrustAnyone()); err == nil && !sameManifest(manifest, want.Module.Manifest) {
			t.Errorf("a manifest that is not the module's:\n%s", manifest)
		}
	})
}
