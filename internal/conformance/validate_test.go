package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/weirflow/weir/compiler"
)

// TestValidate runs wasm-validate of wabt over the module of every golden flow
// and example connector. WEIR_WASM_VALIDATE names the program; `make validate`
// installs it and sets the variable.
func TestValidate(t *testing.T) {
	program := os.Getenv("WEIR_WASM_VALIDATE")
	if program == "" {
		t.Log("NOT VALIDATED: WEIR_WASM_VALIDATE is not set; run make validate")
		return
	}
	dir := t.TempDir()
	n := 0
	write := func(out *compiler.Output) string {
		n++
		name := filepath.Join(dir, fmt.Sprintf("m%d.wasm", n))
		if err := os.WriteFile(name, out.Wasm, 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
	modules := map[string]string{}
	for _, path := range goldens(t) {
		g := loadGolden(t, path)
		if g.has("diag") {
			continue
		}
		for _, plain := range []bool{false, true} {
			modules[fmt.Sprintf("%s, not optimised %t", path, plain)] = write(compile(t, g.source, compiler.Options{NoOptimize: plain}))
		}
	}
	examples, _ := filepath.Glob("../../examples/*/connector.yaml")
	for _, path := range examples {
		src, err := compiler.ReadDir(os.DirFS(filepath.Dir(path)))
		if err != nil {
			t.Fatal(err)
		}
		out, err := compiler.Compile(src, compiler.Options{Registry: registry()})
		if err != nil {
			t.Fatal(err)
		}
		modules[path] = write(out)
	}
	for from, file := range modules {
		if b, err := exec.Command(program, file).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", from, err, b)
		}
	}
	t.Logf("%d modules are valid", len(modules))
}
