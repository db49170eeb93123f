package engine_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/guest/wasmtest"
)

func TestLoadRefuses(t *testing.T) {
	f := newFixture(t, engine.Config{})
	calls := func(change func(m *wasmtest.Module)) []byte {
		m := single(func(m *wasmtest.Module, s int32) wasmtest.Code {
			return code.I32(s).I32(0).Call(m.Card(f.cards["upper"], ""))
		})
		change(m)
		return m.Bytes()
	}
	tests := []struct {
		name string
		wasm []byte
		code flow.Code
	}{
		{"nothing", nil, flow.CodeModuleInvalid},
		{"noise", []byte("\x00asm\x01\x00\x00\x00\xff\xff"), flow.CodeModuleInvalid},
		{"other ABI", calls(func(m *wasmtest.Module) { m.Manifest.ABI = guest.ABI + 1 }), flow.CodeModuleABI},
		{"unknown card", calls(func(m *wasmtest.Module) {
			m.Manifest.Cards = append(m.Manifest.Cards, flow.CardUse{Key: "test.none", Version: 1, Effect: "pure", Digest: strings.Repeat("0", 32)})
		}), flow.CodeModuleCard},
		{"other version", calls(func(m *wasmtest.Module) {
			m.Manifest.Cards = append(m.Manifest.Cards, flow.CardUse{Key: "test.add", Version: 9, Effect: "pure", Digest: f.cards["add"].Digest()})
		}), flow.CodeModuleCard},
		{"other definition", calls(func(m *wasmtest.Module) { m.Manifest.Cards[0].Digest = strings.Repeat("0", 32) }), flow.CodeModuleCard},
		{"inlined import of a card that cannot be", calls(func(m *wasmtest.Module) {
			c := guest.CardImport{Family: "test", Name: "upper", Version: 1, Inlined: true}
			m.Import(c.Module(), c.Field(), c.Signature(f.cards["upper"]))
		}), flow.CodeModuleProfile},
		{"author-made inputs that the card does not take", calls(func(m *wasmtest.Module) { m.Card(f.cards["upper"], "n") }), flow.CodeModuleProfile},
		{"a number as a field", calls(func(m *wasmtest.Module) { m.CardAs(f.cards["add"], guest.CardImport{Ports: "fn"}) }), flow.CodeModuleProfile},
		{"a field for a port that the card does not have", calls(func(m *wasmtest.Module) {
			m.CardAs(f.cards["upper"], guest.CardImport{Ports: "f"})
			m.Imports[len(m.Imports)-1].Field = "upper(ff)"
			m.Imports[len(m.Imports)-1].Sig.Params = []guest.ValType{guest.I32, guest.I32, guest.I32, guest.I32, guest.I32}
		}), flow.CodeModuleProfile},
		{"an output of a card with one", calls(func(m *wasmtest.Module) { m.CardAs(f.cards["upper"], guest.CardImport{Outs: "h1"}) }), flow.CodeModuleProfile},
		{"a number that is none", calls(func(m *wasmtest.Module) { m.CardAs(f.cards["group"], guest.CardImport{Outs: "n2"}) }), flow.CodeModuleProfile},
		{"an output that the card does not have", calls(func(m *wasmtest.Module) { m.CardAs(f.cards["group"], guest.CardImport{Outs: "h3"}) }), flow.CodeModuleProfile},
		{"other signature", calls(func(m *wasmtest.Module) {
			m.Card(f.cards["add"], "")
			m.Imports[len(m.Imports)-1].Sig = guest.Signature{}
		}), flow.CodeModuleProfile},
	}
	for _, tt := range tests {
		for range 2 { // a failure is not remembered
			if _, err := f.engine.Load(context.Background(), tt.wasm); flow.CodeOf(err) != tt.code {
				t.Errorf("%s: %v, want %s", tt.name, err, tt.code)
			}
		}
	}
}

func TestLoadTwiceIsOneModule(t *testing.T) {
	f := newFixture(t, engine.Config{Modules: 2})
	wasm := func(n float64) []byte {
		return single(func(m *wasmtest.Module, s int32) wasmtest.Code { return code.F64(n).Call(m.Core("num")) }).Bytes()
	}
	ctx := context.Background()
	held, err := f.engine.Load(ctx, wasm(0))
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 40 {
		group.Go(func() {
			m, err := f.engine.Load(ctx, wasm(float64(i%5)))
			if err != nil {
				t.Error(err)
				return
			}
			res, err := m.Run(ctx, engine.Run{Flow: "main"})
			if err != nil || flow.At(res.Outputs, "result").Number() != float64(i%5) {
				t.Errorf("module %d: %s, %v", i%5, res.Outputs, err)
			}
			if err := m.Close(ctx); err != nil {
				t.Error(err)
			}
			if _, err := m.Run(ctx, engine.Run{Flow: "main"}); flow.CodeOf(err) != flow.CodeRunCancelled {
				t.Errorf("a run of a closed module: %v", err)
			}
		})
	}
	group.Wait()
	// The others have pushed it out of the cache, but it is still held.
	if res, err := held.Run(ctx, engine.Run{Flow: "main"}); err != nil || !flow.Equal(flow.At(res.Outputs, "result"), flow.Number(0)) {
		t.Errorf("the held module: %s, %v", res.Outputs, err)
	}
	again, err := f.engine.Load(ctx, wasm(0))
	if err != nil || again.Digest() != held.Digest() || again.Manifest().Key != "probe" {
		t.Errorf("%v, %v", again, err)
	}
}

func TestClosedEngine(t *testing.T) {
	ctx := context.Background()
	e, err := engine.New(ctx, engine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := e.Load(ctx, wasmtest.Flow(func(m *wasmtest.Module) wasmtest.Code { return code.I32(m.Const(flow.Members())) }).Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := e.Close(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.Run(ctx, engine.Run{Flow: "main"}); flow.CodeOf(err) != flow.CodeRunCancelled {
		t.Errorf("run: %v", err)
	}
	if _, err := e.Load(ctx, nil); flow.CodeOf(err) != flow.CodeRunCancelled {
		t.Errorf("load: %v", err)
	}
}

// TestBackendsAgree runs one flow compiled and interpreted.
func TestBackendsAgree(t *testing.T) {
	var usage []engine.Usage
	for _, interpreter := range []bool{false, true} {
		f := newFixture(t, engine.Config{Interpreter: interpreter})
		res, err := f.run(inParallel(guest.LoopMap, numbers(9), 3, func(m *wasmtest.Module, s int32) wasmtest.Code { return f.call(m, s, "hook") }), engine.Run{})
		if err != nil || !flow.Equal(flow.At(res.Outputs, "result"), numbers(9)) {
			t.Errorf("interpreter %t: %s, %v", interpreter, res.Outputs, err)
		}
		res.Usage.Wall = 0
		usage = append(usage, res.Usage)
	}
	if usage[0] != usage[1] {
		t.Errorf("usage compiled %+v, interpreted %+v", usage[0], usage[1])
	}
}

// TestCacheDir wants compiled code to be found again, damaged files to be
// compiled again, and open directories to be refused.
func TestCacheDir(t *testing.T) {
	root := filepath.Join(t.TempDir(), "cache")
	build := single(func(m *wasmtest.Module, s int32) wasmtest.Code { return code.F64(1).Call(m.Core("num")) })
	run := func(what string) {
		t.Helper()
		f := newFixture(t, engine.Config{CacheDir: root})
		if res, err := f.run(build, engine.Run{}); err != nil || flow.At(res.Outputs, "result").Number() != 1 {
			t.Errorf("%s: %s, %v", what, res.Outputs, err)
		}
	}
	files := func() (code, sums []string) {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil || d.IsDir():
			case strings.HasSuffix(path, ".sum"):
				sums = append(sums, path)
			default:
				code = append(code, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return code, sums
	}
	run("empty")
	code, sums := files()
	if len(code) != 1 || len(sums) != 1 {
		t.Fatalf("files %v, sums %v; want one of each", code, sums)
	}
	before, err := os.Stat(code[0])
	if err != nil {
		t.Fatal(err)
	}
	run("filled")
	if after, err := os.Stat(code[0]); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("the file was written again: %v", err)
	}
	good, err := os.ReadFile(code[0])
	if err != nil {
		t.Fatal(err)
	}
	for what, bad := range map[string][]byte{"truncated": good[:len(good)/2], "empty file": nil, "flipped": append([]byte{good[0] ^ 1}, good[1:]...)} {
		if err := os.WriteFile(code[0], bad, 0o600); err != nil {
			t.Fatal(err)
		}
		run(what)
		if now, err := os.ReadFile(code[0]); err != nil || string(now) != string(good) {
			t.Errorf("%s: the file was not made again: %v", what, err)
		}
	}
	if err := os.Remove(sums[0]); err != nil {
		t.Fatal(err)
	}
	run("without its sum")
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if err := errors.Join(os.Rename(code[0], elsewhere), os.Symlink(elsewhere, code[0])); err != nil {
		t.Fatal(err)
	}
	run("a link in the place of a file")
	if now, err := os.Lstat(code[0]); err != nil || !now.Mode().IsRegular() {
		t.Errorf("the link was followed: %v, %v", now, err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(root, link); err != nil {
		t.Fatal(err)
	}
	open := filepath.Join(t.TempDir(), "open")
	if err := os.Mkdir(open, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{link, open} {
		if _, err := engine.New(context.Background(), engine.Config{CacheDir: dir}); err == nil {
			t.Errorf("directory %s was accepted", dir)
		}
	}
}
