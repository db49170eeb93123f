//go:build !unix || solaris || aix

package engine

import "os"

// lockFile does nothing where files have no advisory lock of this kind: the
// embedder must see to it that one process opens a journal.
func lockFile(*os.File) error { return nil }
