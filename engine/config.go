package engine

import (
	"crypto/rand"
	"io"
	"runtime"
	"sync"
	"time"

	"github.com/weirflow/weir/flow"
)

// Config configures New. The zero value runs flows that need no cards.
type Config struct {
	// Registry has the cards that modules may import. Default: none.
	Registry *flow.Registry
	// HTTP makes the requests of runs that bring no client of their own. Without
	// one they are egress.denied. Default: none.
	HTTP flow.Fetcher
	// Limits are the default and the ceiling of every run's limits. Default: the
	// default of each limit.
	Limits Limits
	// Clock is what cards read the time from. It does not govern Limits.Wall.
	// Default: time.Now.
	Clock func() time.Time
	// Random is where cards and run ids take randomness from. Reads are
	// serialised. Default: crypto/rand.
	Random io.Reader
	// CacheDir is a directory for compiled code that outlives the process. It
	// holds machine code that the process will run: it is created with mode 0700
	// and refused when other users may write to it. Default: none.
	CacheDir string
	// Interpreter interprets modules instead of compiling them to machine code:
	// loading is about eight times cheaper, computing many times dearer.
	// Default: false.
	Interpreter bool
	// Modules is how many loaded modules are kept for the next Load of the same
	// bytes. Default: 256.
	Modules int
	// IdleInstances is how many instances each module keeps between runs. One
	// takes about 16 KiB. Default: 64.
	IdleInstances int
	// TenantConcurrency bounds the runs and parallel iterations that one tenant
	// has at work at one moment. A run beyond it is limit.concurrency; iterations
	// beyond it wait. Default: 1000.
	TenantConcurrency int
	// Processors bounds the runs and parallel iterations that compute at one
	// moment; those that wait for requests, files, tables or journals do not count.
	// Further ones take turns of about 0.1 ms, tenant by tenant, and of one tenant
	// those that have just come before those that have computed for long. More than
	// there are cores make others wait longer and nothing faster. Default:
	// runtime.GOMAXPROCS.
	Processors int
}

// orDefault replaces zero by the default.
func orDefault(n, standard int) int {
	if n == 0 {
		return standard
	}
	return n
}

func (c Config) filled() (Config, error) {
	if c.Registry == nil {
		empty, err := flow.NewRegistry()
		if err != nil {
			return c, err
		}
		c.Registry = empty
	}
	if c.Random == nil {
		c.Random = rand.Reader
	} else {
		c.Random = &lockedReader{r: c.Random}
	}
	for _, n := range []*int{&c.Modules, &c.IdleInstances, &c.TenantConcurrency, &c.Processors} {
		if *n < 0 {
			return c, flow.Errorf(flow.CodeInputInvalid, "a size of the engine cannot be %d", *n)
		}
	}
	c.Modules = orDefault(c.Modules, 256)
	c.IdleInstances = orDefault(c.IdleInstances, 64)
	c.TenantConcurrency = orDefault(c.TenantConcurrency, 1000)
	c.Processors = orDefault(c.Processors, runtime.GOMAXPROCS(0))
	var err error
	c.Limits, err = c.Limits.ceiling()
	return c, err
}

// lockedReader lets parallel iterations share a source of randomness.
type lockedReader struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *lockedReader) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return io.ReadFull(l.r, p)
}
