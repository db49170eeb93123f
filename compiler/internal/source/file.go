package source

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/weirflow/weir/flow"
)

// Limits of what is read. They are far above what people write (a flow of 300
// steps is about 60 KiB) and keep the worst file within milliseconds.
const (
	MaxFile      = 256 << 10 // bytes of one file
	MaxConnector = 4 << 20   // bytes of all files of a connector
	MaxFiles     = 1000      // files of a connector
	MaxDepth     = 64        // nesting of mappings and lists
	MaxNodes     = 20_000    // values of one file
	MaxKeys      = 4000      // keys of one mapping written as a block
)

// Limits bound one file.
type Limits struct {
	Bytes int
	Depth int // nesting of mappings and lists
	Nodes int // values
	Keys  int // keys of one mapping written as a block
}

// SourceLimits are those of the files of a connector.
func SourceLimits() Limits { return Limits{MaxFile, MaxDepth, MaxNodes, MaxKeys} }

// File is one file of a connector.
type File struct {
	Name string // relative to the connector, with slashes: "flows/a.yaml"
	Data []byte
}

// MainFile is the name of the file that describes a connector, without its
// extension.
const MainFile = "connector"

// The folders of a connector whose files are read.
const (
	FlowsDir  = "flows"  // one flow a file
	CardsDir  = "cards"  // cards of other connectors, one connector a file
	AssetsDir = "assets" // pictures
)

// Limits of assets. An icon may have 3 MB; one byte more tells that it is larger.
const (
	MaxAsset  = 3_000_000
	MaxAssets = 16
)

// Extensions returns the extensions of files that are read.
func Extensions() []string { return []string{".yaml", ".yml", ".json"} }

// IsSource reports whether a file of this name is read, by its extension.
func IsSource(name string) bool { return slices.Contains(Extensions(), path.Ext(name)) }

// isAsset reports whether a file of assets/ is read, by its extension.
func isAsset(name string) bool {
	return slices.Contains([]string{".png", ".jpg", ".jpeg"}, strings.ToLower(path.Ext(name)))
}

// ReadDir reads the files of the connector in fsys: connector.yaml (or .yml or
// .json) first, then what is in flows/ by name, what is in cards/, and the
// pictures of assets/. Everything else is ignored.
// Links and special files are not followed. Errors: source.file, source.limit,
// source.duplicate.
func ReadDir(fsys fs.FS) ([]File, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fileError(".", err)
	}
	var names []string
	for _, e := range entries {
		if ext := path.Ext(e.Name()); strings.TrimSuffix(e.Name(), ext) == MainFile && IsSource(e.Name()) {
			if !e.Type().IsRegular() {
				return nil, notRegular(e.Name())
			}
			names = append(names, e.Name())
		}
	}
	switch {
	case len(names) == 0:
		return nil, flow.Errorf(flow.CodeSourceFile, "the directory holds no connector.yaml").
			WithFix("name the directory that holds connector.yaml")
	case len(names) > 1:
		e := flow.Errorf(flow.CodeSourceDuplicate, "the connector is described twice, in %s", strings.Join(names, " and "))
		e.Pos.File = names[1]
		return nil, e
	}
	for _, dir := range []struct {
		name  string
		wants func(name string) bool
	}{{FlowsDir, IsSource}, {CardsDir, IsSource}, {AssetsDir, isAsset}} {
		found, err := list(fsys, dir.name, dir.wants)
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	if len(names) > MaxFiles {
		return nil, flow.Errorf(flow.CodeSourceLimit, "a connector may have %d files, this one has %d", MaxFiles, len(names))
	}
	files := make([]File, 0, len(names))
	total := 0
	for _, name := range names {
		max := MaxFile
		if path.Dir(name) == AssetsDir {
			max = MaxAsset
		}
		data, err := readFile(fsys, name, max)
		if err != nil {
			return nil, err
		}
		if path.Dir(name) != AssetsDir {
			total += len(data)
		}
		if total > MaxConnector {
			return nil, flow.Errorf(flow.CodeSourceLimit, "the files of a connector may hold %d bytes together", MaxConnector)
		}
		files = append(files, File{name, data})
	}
	return files, nil
}

// list returns the wanted files of a folder, which need not be there.
func list(fsys fs.FS, dir string, wants func(name string) bool) ([]string, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fileError(dir, err)
	}
	var out []string
	for _, e := range entries {
		if !wants(e.Name()) || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		name := path.Join(dir, e.Name())
		if !e.Type().IsRegular() {
			return nil, notRegular(name)
		}
		out = append(out, name)
	}
	if dir == AssetsDir && len(out) > MaxAssets {
		return nil, flow.Errorf(flow.CodeSourceLimit, "a connector may have %d pictures, this one has %d", MaxAssets, len(out))
	}
	return out, nil
}

// readFile reads at most one byte more than a file may have; who looks at the
// content then refuses it with the file's name.
func readFile(fsys fs.FS, name string, max int) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(max)+1))
	if err != nil {
		return nil, fileError(name, err)
	}
	return data, nil
}

func fileError(name string, err error) error {
	e := flow.Errorf(flow.CodeSourceFile, "cannot be read: %v", err)
	e.Pos.File = name
	return e
}

func notRegular(name string) error {
	e := flow.Errorf(flow.CodeSourceFile, "is not a regular file")
	e.Pos.File = name
	return e
}
