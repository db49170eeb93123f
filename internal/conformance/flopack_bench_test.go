package conformance

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/compiler/importer/flopack"
)

// BenchmarkFlopackCorpus imports and compiles the exports of WEIR_CORPUS: all of
// them in each turn.
func BenchmarkFlopackCorpus(b *testing.B) {
	type pack struct {
		name  string
		data  []byte
		files []compiler.File
	}
	var packs []pack
	var bytes int64
	flows := 0
	for _, path := range corpus(b) {
		data, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		res, err := flopack.Import(filepath.Base(path), data, flopack.Options{Registry: registry()})
		if err != nil {
			b.Fatal(err)
		}
		packs = append(packs, pack{filepath.Base(path), data, res.Files})
		bytes += int64(len(data))
		flows += len(res.Report.Flows)
	}
	rate := func(b *testing.B) {
		b.SetBytes(bytes)
		b.ReportMetric(float64(flows)*float64(b.N)/b.Elapsed().Seconds(), "flows/s")
	}
	b.Run("import", func(b *testing.B) {
		for b.Loop() {
			for _, p := range packs {
				if _, err := flopack.Import(p.name, p.data, flopack.Options{Registry: registry()}); err != nil {
					b.Fatal(err)
				}
			}
		}
		rate(b)
	})
	b.Run("compile", func(b *testing.B) {
		for b.Loop() {
			for _, p := range packs {
				if _, err := compiler.Compile(p.files, compiler.Options{Registry: registry()}); err != nil {
					b.Fatal(err)
				}
			}
		}
		rate(b)
	})
}
