package bundle

import (
	"archive/zip"
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"slices"
	"strings"

	"github.com/weirflow/weir/flow"
)

// Bounds of a bundle. A module has 1 MiB, an icon 3 MB, a flow's documentation
// some 10 KiB; the rest is for recorded tests.
const (
	MaxBytes   = 32 << 20 // the whole file
	MaxMember  = 4 << 20  // one member
	MaxMembers = 2000
	MaxName    = 120 // bytes of a member's name
	maxDepth   = 8   // folders and name
)

// Names of members.
const (
	StatementFile = "statement.dsse.json"
	ManifestFile  = "manifest.json"
	ModuleFile    = "module.wasm"
)

// Folders of members, with the slash that ends them.
const (
	AssetsDir = "assets/"
	DocsDir   = "docs/"
	TestsDir  = "tests/"
)

// TopFiles lists the files that may stand beside the folders of a bundle.
func TopFiles() []string { return []string{"CHANGELOG.md", "LICENSE", "README.md"} }

// firstDay is 1 January 1980, the first day that an archive can hold: the date
// of every member.
const firstDay = 1<<5 | 1

// member is one file of an archive.
type member struct {
	name string
	data []byte
}

// ValidName says why a file of this name cannot be in a bundle, as an error with
// code bundle.member, or returns nil. Names are relative, in letters, digits and
// "._-", with slashes between folders; no part begins with a dot, so that they
// mean the same on every file system and nothing outside a folder.
func ValidName(name string) error {
	bad := func(why string) error {
		return flow.Errorf(flow.CodeBundleMember, "a member of a bundle %s: %s", why, flow.Excerpt(name)).
			WithFix("name files with letters, digits, dots, hyphens and underscores")
	}
	if name == "" || len(name) > MaxName {
		return bad("has no name or one that is too long")
	}
	parts := strings.Split(name, "/")
	if len(parts) > maxDepth {
		return bad("lies in too many folders")
	}
	for _, part := range parts {
		if part == "" || part[0] == '.' || part[len(part)-1] == '.' || strings.ContainsFunc(part, outside) {
			return bad("has a name that no member can have")
		}
	}
	top := name == StatementFile || name == ManifestFile || name == ModuleFile || slices.Contains(TopFiles(), name)
	if top || strings.HasPrefix(name, AssetsDir) || strings.HasPrefix(name, DocsDir) || strings.HasPrefix(name, TestsDir) {
		return nil
	}
	return bad("stands where none has a place")
}

func outside(c rune) bool {
	letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	return !letter && c != '.' && c != '_' && c != '-'
}

// order sorts members as they stand in a bundle.
func order(members []member) {
	slices.SortFunc(members, func(a, b member) int {
		if (a.name == StatementFile) != (b.name == StatementFile) {
			if a.name == StatementFile {
				return -1
			}
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
}

// writeArchive writes members in the order in which they come.
func writeArchive(w io.Writer, members []member) error {
	z := zip.NewWriter(w)
	for _, m := range members {
		h := zip.FileHeader{
			//lint:ignore SA1019 Modified says nothing to CreateRaw
			Name: m.name, Method: zip.Store, ReaderVersion: 10, CreatorVersion: 20, CRC32: crc32.ChecksumIEEE(m.data), ModifiedDate: firstDay,
			CompressedSize64: uint64(len(m.data)), UncompressedSize64: uint64(len(m.data)),
		}
		to, err := z.CreateRaw(&h)
		if err != nil {
			return err
		}
		if _, err := to.Write(m.data); err != nil {
			return err
		}
	}
	return z.Close()
}

// readArchive reads the members of a bundle. They share the bytes of data.
// Errors: bundle.invalid, bundle.limit, bundle.member.
func readArchive(data []byte) ([]member, *zip.Reader, error) {
	if len(data) > MaxBytes {
		return nil, nil, flow.Errorf(flow.CodeBundleLimit, "the bundle has more than %d bytes", MaxBytes)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, nil, flow.Errorf(flow.CodeBundleInvalid, "the file is not a bundle: %v", err)
	}
	if len(z.File) > MaxMembers {
		return nil, nil, flow.Errorf(flow.CodeBundleLimit, "the bundle has %d members, more than %d", len(z.File), MaxMembers)
	}
	members := make([]member, 0, len(z.File))
	names := names{}
	for _, f := range z.File {
		m, err := readMember(data, f)
		if err != nil {
			return nil, nil, err
		}
		if err := names.add(m.name); err != nil {
			return nil, nil, err
		}
		members = append(members, m)
	}
	canonical := slices.Clone(members)
	order(canonical)
	// What is written again must be what was read, to the last byte.
	rest := &expect{rest: data}
	if err := writeArchive(rest, canonical); err != nil || len(rest.rest) > 0 {
		return nil, nil, flow.Errorf(flow.CodeBundleInvalid, "the bundle is not in canonical form: it differs at byte %d", len(data)-len(rest.rest))
	}
	return members, z, nil
}

// names has the files and folders of an archive, as a file system has them that
// does not tell upper from lower case.
type names map[string]byte

// add notes a file and the folders it lies in. Error: bundle.member for a name
// that is taken.
func (n names) add(name string) error {
	key := strings.ToLower(name)
	taken := n[key] != 0
	for i, c := range key {
		if c == '/' {
			taken = taken || n[key[:i]] == 'f'
			n[key[:i]] = 'd'
		}
	}
	n[key] = 'f'
	if taken {
		return flow.Errorf(flow.CodeBundleMember, "a member of the bundle has a name that is taken: %s", flow.Excerpt(name))
	}
	return nil
}

func readMember(data []byte, f *zip.File) (member, error) {
	if !f.Mode().IsRegular() {
		return member{}, flow.Errorf(flow.CodeBundleMember, "a member of the bundle is not a regular file: %s", flow.Excerpt(f.Name))
	}
	if err := ValidName(f.Name); err != nil {
		return member{}, err
	}
	if f.UncompressedSize64 > MaxMember {
		return member{}, flow.Errorf(flow.CodeBundleLimit, "a member of the bundle has %d bytes, more than %d: %s",
			f.UncompressedSize64, MaxMember, flow.Excerpt(f.Name))
	}
	if f.Method != zip.Store || f.CompressedSize64 != f.UncompressedSize64 {
		return member{}, flow.Errorf(flow.CodeBundleInvalid, "a member of the bundle is compressed: %s", flow.Excerpt(f.Name))
	}
	at, err := f.DataOffset()
	size := int64(f.UncompressedSize64)
	if err != nil || at < 0 || at > int64(len(data))-size {
		return member{}, flow.Errorf(flow.CodeBundleInvalid, "a member of the bundle lies outside of it: %s", flow.Excerpt(f.Name))
	}
	return member{f.Name, data[at : at+size : at+size]}, nil
}

// expect is a writer that fails where what is written differs from rest.
type expect struct{ rest []byte }

var errDiffers = errors.New("differs")

func (e *expect) Write(p []byte) (int, error) {
	n := 0
	for n < len(p) && n < len(e.rest) && p[n] == e.rest[n] {
		n++
	}
	e.rest = e.rest[n:]
	if n < len(p) {
		return n, errDiffers
	}
	return n, nil
}
