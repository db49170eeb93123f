package wazero

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"

	wz "github.com/tetratelabs/wazero"
)

// cache keeps compiled code on disk. What lies there is machine code that the
// process will run, so the directory must belong to the process alone: it is
// created with mode 0700 and refused when others may write to it or when it is
// a symbolic link. Next to each file stands its SHA-256; at opening, files that
// do not match theirs are removed, and are compiled again when needed.
type cache struct {
	wz  wz.CompilationCache
	dir string // where the code files lie

	mu sync.Mutex
}

const sumSuffix = ".sum"

// openCache opens the cache below root. Each build of the program has a folder
// of its own, because the runtime's own key does not tell development builds
// apart.
func openCache(root string) (*cache, error) {
	dir := filepath.Join(root, buildID())
	for _, d := range []string{root, dir} {
		if err := privateDir(d); err != nil {
			return nil, err
		}
	}
	inner, err := wz.NewCompilationCacheWithDir(dir)
	if err != nil {
		return nil, err
	}
	c := &cache{wz: inner}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		d := filepath.Join(dir, e.Name())
		if err := privateDir(d); err != nil {
			return nil, err
		}
		c.dir = d
	}
	if len(entries) != 1 {
		return nil, fmt.Errorf("%s holds %d entries instead of one", dir, len(entries))
	}
	return c, c.check()
}

// buildID names the program and the runtime inside it. A build without module
// information shares the folder of its kind, which the runtime's own header
// check then keeps apart by version.
func buildID() string {
	h := sha256.New()
	if info, ok := debug.ReadBuildInfo(); ok {
		fmt.Fprintln(h, info.GoVersion, info.Main.Path, info.Main.Version, info.Main.Sum)
		for _, s := range info.Settings {
			fmt.Fprintln(h, s.Key, s.Value)
		}
		for _, d := range info.Deps {
			fmt.Fprintln(h, d.Path, d.Version, d.Sum)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// privateDir makes path a directory that only this user can write to.
func privateDir(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	st, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !st.IsDir() {
		return fmt.Errorf("%s is not a directory", path)
	}
	return checkOwner(path, st)
}

// check removes every file that is not what its sum says.
func (c *cache) check() error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		path := filepath.Join(c.dir, e.Name())
		if strings.HasSuffix(e.Name(), sumSuffix) {
			if _, err := os.Lstat(strings.TrimSuffix(path, sumSuffix)); errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, remove(path))
			}
			continue
		}
		if want, err := os.ReadFile(path + sumSuffix); err == nil && e.Type().IsRegular() {
			if have, err := fileSum(path); err == nil && have == string(want) {
				continue
			}
		}
		errs = append(errs, remove(path), remove(path+sumSuffix))
	}
	return errors.Join(errs...)
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func fileSum(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// compile compiles wasm through the cache. When the runtime cannot use what it
// finds there, the whole cache is emptied and the module compiled once more. A
// cache that cannot be written is no reason to fail.
func (c *cache) compile(ctx context.Context, r wz.Runtime, wasm []byte) (wz.CompiledModule, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, err := r.CompileModule(ctx, wasm)
	if err != nil {
		entries, _ := os.ReadDir(c.dir)
		for _, e := range entries {
			_ = remove(filepath.Join(c.dir, e.Name()))
		}
		if m, err = r.CompileModule(ctx, wasm); err != nil {
			return nil, err
		}
	}
	c.seal()
	return m, nil
}

// seal writes the sums of files that have none yet.
func (c *cache) seal() {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return
	}
	have := map[string]bool{}
	for _, e := range entries {
		have[e.Name()] = true
	}
	for name := range have {
		if strings.HasSuffix(name, sumSuffix) || strings.HasSuffix(name, ".tmp") || have[name+sumSuffix] {
			continue
		}
		path := filepath.Join(c.dir, name)
		sum, err := fileSum(path)
		if err != nil {
			continue
		}
		// Written under another name first, so that a sum is whole or absent.
		if os.WriteFile(path+".tmp", []byte(sum), 0o600) == nil {
			_ = os.Rename(path+".tmp", path+sumSuffix)
		}
	}
}
