package main

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirflow/weir/bundle"
	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/versions"
)

// Extensions of what commands take beside directories.
const (
	moduleExt = ".wasm"
	bundleExt = ".weir"
)

// build is one build of a connector, wherever it came from.
type build struct {
	wasm     []byte
	manifest *flow.Manifest
	module   *guest.Module     // nil for what was compiled just now
	files    fs.FS             // what belongs to the connector beside its module; nil where nothing does
	bundle   *bundle.Bundle    // of a bundle or version
	version  *versions.Version // of a version
	warnings flow.Diagnostics  // of what was compiled just now
}

// trustFlags say whose bundles are taken.
type trustFlags struct {
	paths     []string
	untrusted bool
}

// takesBundles gives a command the flags that settle whose bundles it takes.
func (a *app) takesBundles(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringArrayVar(&a.trust.paths, "trust", nil, "public key, or directory of keys that end in "+publicExt+", whose bundles are taken")
	fl.BoolVar(&a.trust.untrusted, "untrusted", false, "take bundles that nobody who is trusted has signed")
}

// keys reads the public keys of --trust.
func (f *trustFlags) keys() ([]bundle.PublicKey, error) {
	var out []bundle.PublicKey
	for _, path := range f.paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fileError(err)
		}
		files := []string{path}
		if info.IsDir() {
			if files, err = filepath.Glob(filepath.Join(path, "*"+publicExt)); err != nil {
				return nil, fileError(err)
			}
			if len(files) == 0 {
				return nil, flow.Errorf(flow.CodeBundleKey, "the directory holds no file that ends in %s: %s", publicExt, flow.Excerpt(path))
			}
		}
		for _, file := range files {
			k, err := readPublicKey(file)
			if err != nil {
				return nil, err
			}
			if !slices.ContainsFunc(out, func(o bundle.PublicKey) bool { return o.ID() == k.ID() }) {
				out = append(out, k)
			}
		}
	}
	return out, nil
}

// readBundle opens a bundle that the flags let through.
func (a *app) readBundle(path string) (*bundle.Bundle, error) {
	data, err := readUpTo(path, bundle.MaxBytes)
	if err != nil {
		return nil, err
	}
	keys, err := a.trust.keys()
	if err != nil {
		return nil, err
	}
	b, err := bundle.Open(data, bundle.TrustKeys(keys...))
	if a.trust.untrusted && flow.CodeOf(err) == flow.CodeBundleUntrusted {
		b, err = bundle.Open(data, bundle.TrustAnyone())
	}
	if e := flow.AsError(err); e != nil && e.Code == flow.CodeBundleUntrusted && e.Fix == "" {
		return nil, e.WithFix("name the key of whoever signed it with --trust FILE%s, or take it without knowing who made it with --untrusted", publicExt)
	}
	return b, err
}

// readUpTo reads a file, and at most one byte more than limit: who looks at the
// content then refuses it.
func readUpTo(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fileError(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fileError(err)
	}
	return data, nil
}

// open returns the build that path names: a module, a bundle, a test version
// (DIR@NUMBER), or the connector in a directory, which is compiled.
func (a *app) open(ctx context.Context, path string, opt compiler.Options) (*build, error) {
	if b, err := a.opened(ctx, path); b != nil || err != nil {
		return b, err
	}
	dir, err := connectorDir(path)
	if err != nil {
		return nil, err
	}
	out, err := a.compile(dir, opt)
	if err != nil {
		return nil, err
	}
	return &build{wasm: out.Wasm, manifest: out.Manifest, files: os.DirFS(dir), warnings: out.Warnings}, nil
}

// opened returns the build that path names, or nil where it names source.
func (a *app) opened(ctx context.Context, path string) (*build, error) {
	dir, number, isVersion := versionPath(path)
	switch {
	case isVersion:
		v, content, err := versionStore(dir).Open(ctx, number)
		if err != nil {
			return nil, err
		}
		b, err := bundle.Open(content, bundle.TrustAnyone())
		if err != nil {
			return nil, err
		}
		return &build{wasm: b.Wasm, manifest: b.Module.Manifest, module: b.Module, files: b.Files(), bundle: b, version: &v}, nil
	case filepath.Ext(path) == bundleExt && !isDir(path):
		b, err := a.readBundle(path)
		if err != nil {
			return nil, err
		}
		return &build{wasm: b.Wasm, manifest: b.Module.Manifest, module: b.Module, files: b.Files(), bundle: b}, nil
	case filepath.Ext(path) == moduleExt && !isDir(path):
		wasm, err := readUpTo(path, guest.MaxModule)
		if err != nil {
			return nil, err
		}
		m, err := guest.Verify(wasm)
		if err != nil {
			return nil, err
		}
		return &build{wasm: wasm, manifest: m.Manifest, module: m}, nil
	}
	return nil, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// versionPath splits DIR@NUMBER, unless something has that very name.
func versionPath(path string) (dir string, number int, ok bool) {
	i := strings.LastIndexByte(path, '@')
	if i <= 0 {
		return "", 0, false
	}
	n, err := strconv.Atoi(path[i+1:])
	if err != nil || n < 1 || strconv.Itoa(n) != path[i+1:] {
		return "", 0, false
	}
	if _, err := os.Lstat(path); err == nil {
		return "", 0, false
	}
	return path[:i], n, true
}

// number returns the number of the test version that a build is, or was made
// from; 0 for none.
func (b *build) number() int {
	switch {
	case b.version != nil:
		return b.version.Number
	case b.bundle != nil:
		return b.bundle.Statement.Predicate.Number
	}
	return 0
}
