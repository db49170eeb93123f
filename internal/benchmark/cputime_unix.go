//go:build unix

package benchmark

import (
	"syscall"
	"time"
)

// CPUTime returns the processor time that this process has used, in all its
// threads, the collector's among them.
func CPUTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // only for wrong arguments
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
