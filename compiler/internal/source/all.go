package source

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/weirflow/weir/flow"
)

// Parsed is what Parse made of one file.
type Parsed struct {
	Document *Document
	Problems flow.Diagnostics
}

// ParseAll parses several files at the same time: reading YAML is half of a
// compilation, and files have nothing to do with each other.
func ParseAll(files []File) []Parsed {
	out := make([]Parsed, len(files))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(files); i = int(next.Add(1)) - 1 {
				out[i].Document, out[i].Problems = Parse(files[i])
			}
		})
	}
	wg.Wait()
	return out
}
