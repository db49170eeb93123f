// Package blobs is the store for the files of one run. Small blobs stay in
// memory, larger ones go to a directory of the run's own, which disappears with
// it. A handle is a random number that only its store knows: it says nothing
// about where the content lies and opens nothing in another run.
//
// store.go keeps the books (who holds how much), content.go moves the bytes.
package blobs

import (
	"crypto/rand"
	"io"
	"time"
)

// Config says how a Store behaves. The zero value is fit for production.
type Config struct {
	// Dir is the directory in which the run's own directory is made, with mode
	// 0700 and a random name, as soon as the first large blob is. Default: that of
	// os.TempDir
	Dir string
	// MaxBlob bounds one blob in bytes; beyond it limit.value. Default: 1 GiB
	MaxBlob int64
	// MaxRun bounds all blobs of the run that are alive at one moment, in bytes;
	// beyond it limit.memory. Default: 2 GiB
	MaxRun int64
	// MaxBlobs bounds their number; beyond it limit.memory. Default: 1000
	MaxBlobs int
	// Small is the size in bytes up to which a blob stays in memory. Negative
	// means that only empty ones do. Default: 64 KiB
	Small int64
	// MaxMemory bounds all blobs in memory, in bytes; a small blob that finds no
	// room goes to the directory. Default: 4 MiB
	MaxMemory int64
	// Clock is what creation times are read from. Default: time.Now
	Clock func() time.Time
	// Random is where handles come from. Default: crypto/rand
	Random io.Reader
}

// InMemory returns c for a store that never touches the disk and refuses what
// does not fit into n bytes of memory.
func (c Config) InMemory(n int64) Config {
	c.Small, c.MaxMemory, c.MaxRun = n, n, n
	if c.MaxBlob <= 0 || c.MaxBlob > n {
		c.MaxBlob = n
	}
	return c
}

func (c Config) withDefaults() Config {
	for _, n := range []struct {
		to    *int64
		value int64
	}{{&c.MaxBlob, 1 << 30}, {&c.MaxRun, 2 << 30}, {&c.MaxMemory, 4 << 20}} {
		if *n.to <= 0 {
			*n.to = n.value
		}
	}
	if c.Small == 0 {
		c.Small = 64 << 10
	}
	if c.MaxBlobs <= 0 {
		c.MaxBlobs = 1000
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	return c
}
