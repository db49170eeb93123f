//go:build linux

package hostile

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// maxOthers is the share of the processors that other processes may use during an
// attempt that counts in full.
const maxOthers = 0.1

// noise is how long the parent of an attack, which does nothing itself, waits for
// a processor, and what other processes use of them.
type noise struct {
	stop  chan struct{}
	group sync.WaitGroup
	worst time.Duration
	began time.Time
	busy  time.Duration // of all processors since the machine started
	own   time.Duration // of this process and its children
}

func watchNoise() *noise {
	n := &noise{stop: make(chan struct{}), began: time.Now(), busy: busyTime(), own: ownTime()}
	every(&n.group, n.stop, time.Millisecond, heartbeat(&n.worst))
	return n
}

// end returns the longest wait in milliseconds and the share of others.
func (n *noise) end() (worst, others float64) {
	close(n.stop)
	n.group.Wait()
	used := (busyTime() - n.busy) - (ownTime() - n.own)
	return millis(n.worst), max(0, float64(used)/float64(time.Since(n.began))/float64(runtime.NumCPU()))
}

// busyTime is how long all processors together have not been idle, or 0 where the
// system does not tell.
func busyTime() time.Duration {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(stat), "\n")
	var busy time.Duration
	for i, f := range strings.Fields(line) { // cpu user nice system idle iowait irq softirq steal guest…
		if i < 1 || i == 4 || i == 5 || i > 8 {
			continue
		}
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0
		}
		busy += time.Duration(n) * tick
	}
	return busy
}

// tick is the unit of /proc/stat (USER_HZ, which is 100 wherever Go runs).
const tick = 10 * time.Millisecond

func ownTime() time.Duration {
	var sum time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if syscall.Getrusage(who, &u) == nil {
			sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
		}
	}
	return sum
}
