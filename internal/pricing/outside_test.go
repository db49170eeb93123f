package pricing

import (
	"context"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/weirflow/weir/blobs"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/egress"
)

// outside is an environment for the cards that need one: tables and files are in the
// stores that engines use, and requests to example.com go through the guarded
// client to a server of this process. Waiting takes no time; randomness, the
// clock and the host of the run are those of examples.
type outside struct {
	*cardtest.Env
	at     string // what stands for example.com
	client *egress.Client
	tables flow.Tables
	files  *files

	operation int // of cards that write
}

func newOutside(t *testing.T) *outside {
	t.Helper()
	address, roots := startServer(t)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	o := &outside{Env: cardtest.NewEnv(), at: "example.com:" + port}
	o.client = egress.New(egress.Config{Resolver: loopback{}, Allow: []string{o.at}, Roots: roots})
	t.Cleanup(o.client.Close)
	store := blobs.New(blobs.Config{Dir: t.TempDir()})
	t.Cleanup(func() { _ = store.Close() })
	o.files = &files{store, o.Env.Blobs()}
	o.tables = seeded(t, o.Env.Tables())
	return o
}

// loopback is a resolver that finds every name on this machine.
type loopback struct{}

// LookupNetIP implements egress.Resolver.
func (loopback) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
}

// Fetch implements flow.Env.
func (o *outside) Fetch(ctx context.Context, req *flow.Request) (*flow.Response, error) {
	moved := *req
	if rest, ok := strings.CutPrefix(req.URL, "https://example.com/"); ok {
		moved.URL = "https://" + o.at + "/" + rest
	}
	moved.Hosts = append(slices.Clone(req.Hosts), o.at)
	return o.client.Fetch(ctx, &moved)
}

// Tables implements flow.TableEnv.
func (o *outside) Tables() flow.Tables { return o.tables }

// Blobs implements flow.FileEnv.
func (o *outside) Blobs() flow.Blobs { return o.files }

// files is a store for what cards make; the files of examples are in the other.
type files struct {
	*blobs.Store
	examples flow.Blobs
}

// Open implements flow.Blobs.
func (f *files) Open(ctx context.Context, file *flow.File) (io.ReadCloser, error) {
	if r, err := f.examples.Open(ctx, file); err == nil {
		return r, nil
	}
	return f.Store.Open(ctx, file)
}

// Stat implements flow.Blobs.
func (f *files) Stat(ctx context.Context, file *flow.File) (flow.FileStat, error) {
	if s, err := f.examples.Stat(ctx, file); err == nil {
		return s, nil
	}
	return f.Store.Stat(ctx, file)
}

// serve returns run for a call in this environment. Each run is an operation of its
// own, and leaves no file behind.
func (o *outside) serve(c *flow.Call, run func(), result *flow.Value) func() {
	c.Env = o
	return func() {
		if c.Card.Effect == flow.Writes {
			c.Key = strconv.Itoa(o.operation)
			o.operation++
		}
		run()
		o.files.forget(*result)
	}
}

// forget releases the files in what a call gave, which would fill the store.
func (f *files) forget(v flow.Value) {
	if v.Kind() == flow.KindFile {
		_ = f.Release(v.File()) // or it is an example's
	}
	for _, member := range v.Object().All() {
		f.forget(member)
	}
}
