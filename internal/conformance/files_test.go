package conformance

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/weirflow/weir/blobs"
	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/egress"
)

// TestFileBytesLimit streams a file of a known size through a run whose limit is
// one byte less, the same and one byte more.
func TestFileBytesLimit(t *testing.T) {
	const size = 100_000
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Disposition", `attachment; filename="a.bin"`)
		_, _ = w.Write([]byte(strings.Repeat("x", size)))
	}))
	defer server.Close()
	host, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := egress.New(egress.Config{Allow: []string{host.Host}})
	defer client.Close()
	out := compile(t, files{
		"flows/main.yaml": "outputs: {ok: boolean}\nsteps:\n  - card: file.largeDownload\n    with: {Location: {URL: \"" + server.URL + "/a\"}}\n  - return: {ok: true}\n",
	}, compiler.Options{})
	b := newBench(t, out, engine.Config{HTTP: client})
	for _, tc := range []struct {
		limit int64
		want  flow.Code
	}{{size - 1, flow.CodeLimitFileBytes}, {size, ""}, {size + 1, ""}} {
		store := blobs.New(blobs.Config{})
		res, err := b.module.Run(context.Background(), engine.Run{
			Flow: "main", Files: store, AllowHosts: []string{host.Host}, Limits: engine.Limits{FileBytes: tc.limit},
		})
		if flow.CodeOf(err) != tc.want {
			t.Errorf("limit %d for a file of %d bytes: %v, want %q", tc.limit, size, err, tc.want)
		}
		if err == nil && (res.Usage.FileBytes != size || res.Usage.HTTPBytes > 10_000) {
			t.Errorf("usage %+v", res.Usage)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestLargeFileThroughFlow: a flow downloads a file and uploads it, 64 MiB or
// with WEIR_LONG 1 GiB, and all that is allocated meanwhile, by the run, its arena,
// the client, the store and the server, is a fraction of it.
func TestLargeFileThroughFlow(t *testing.T) {
	const allocated = 8 << 20
	size := int64(64 << 20)
	if long() {
		size = 1 << 30
	}
	block := make([]byte, 64<<10)
	var sent, arrived hash.Hash
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			arrived = sha256.New()
			_, _ = io.CopyBuffer(arrived, struct{ io.Reader }{r.Body}, make([]byte, len(block)))
			return
		}
		sent = sha256.New()
		w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
		for i := range size / int64(len(block)) {
			copy(block, strconv.FormatInt(i, 16))
			sent.Write(block)
			_, _ = w.Write(block)
		}
	}))
	defer server.Close()
	host, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := egress.New(egress.Config{Allow: []string{host.Host}, MaxStream: size})
	defer client.Close()
	b := newBench(t, compile(t, files{
		"flows/main.yaml": `outputs: {size: number}
steps:
  - name: got
    card: file.largeDownload
    with: {Location: {URL: "` + server.URL + `/a"}}
  - card: file.largeUpload
    with: {File: {File Content: "${got.File.\"File Content\"}"}, Destination: {URL: "` + server.URL + `/b", Method: PUT}}
  - return: {size: "${got.File.Size}"}
`,
	}, compiler.Options{}), engine.Config{HTTP: client, Limits: engine.Limits{FileBytes: 2 * size, Fuel: 2*size + 4e6}}) // a unit of fuel a byte, and two requests
	store := blobs.New(blobs.Config{Dir: t.TempDir()})
	defer store.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	res, err := b.module.Run(context.Background(), engine.Run{
		Flow: "main", Files: store, AllowHosts: []string{host.Host},
	})
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if got := flow.At(res.Outputs, "size").Number(); got != float64(size) || res.Usage.FileBytes != 2*size {
		t.Errorf("%v bytes, usage %+v", got, res.Usage)
	}
	if arrived == nil || hex.EncodeToString(arrived.Sum(nil)) != hex.EncodeToString(sent.Sum(nil)) {
		t.Error("what arrived is not what was sent")
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > allocated || res.Usage.PeakMemory > 64<<10 {
		t.Errorf("%d bytes were allocated and %d accounted for a file of %d", n, res.Usage.PeakMemory, size)
	}
}
