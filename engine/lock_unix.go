//go:build unix && !solaris && !aix

package engine

import (
	"os"
	"syscall"
)

// lockFile takes the file for this process, or fails at once.
func lockFile(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
