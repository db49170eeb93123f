package blobs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/weirflow/weir/blobs"
	"github.com/weirflow/weir/flow"
)

// open returns a store in a directory of the test; it ends with the test.
func open(t *testing.T, cfg blobs.Config) (*blobs.Store, string) {
	t.Helper()
	cfg.Dir = t.TempDir()
	s := blobs.New(cfg)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s, cfg.Dir
}

// onDisk lists the run's directory: nil when there is none.
func onDisk(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func content(n int) string { return strings.Repeat("0123456789abcdef", n/16+1)[:n] }

func create(t *testing.T, s *blobs.Store, n int) *flow.File {
	t.Helper()
	f, err := s.Create(t.Context(), flow.FileMeta{Name: "a.bin"}, strings.NewReader(content(n)))
	if err != nil {
		t.Fatalf("blob of %d bytes: %v", n, err)
	}
	return f
}

func read(t *testing.T, s *blobs.Store, f *flow.File) string {
	t.Helper()
	r, err := s.Open(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if cerr := r.Close(); err != nil || cerr != nil {
		t.Fatalf("reading: %v, closing: %v", err, cerr)
	}
	return string(b)
}

func wantCode(t *testing.T, what string, err error, want flow.Code) {
	t.Helper()
	if flow.CodeOf(err) != want {
		t.Errorf("%s: error %v, want code %q", what, err, want)
	}
}

func wantUsed(t *testing.T, what string, s *blobs.Store, bytes int64, n int) {
	t.Helper()
	if b, c := s.Used(); b != bytes || c != n {
		t.Errorf("%s: %d bytes in %d blobs, want %d in %d", what, b, c, bytes, n)
	}
}

func TestRoundTrip(t *testing.T) {
	now := time.Date(2016, 9, 7, 16, 55, 25, 0, time.UTC)
	for _, small := range []int64{-1, 0, 1000} {
		for _, n := range []int{0, 1, 999, 1000, 1001, 64 << 10, 64<<10 + 1, 300_000} {
			s, dir := open(t, blobs.Config{Small: small, Clock: func() time.Time { return now }})
			f, err := s.Create(t.Context(), flow.FileMeta{Name: "../x/a.txt", ContentType: "text/plain"}, iotest.HalfReader(strings.NewReader(content(n))))
			if err != nil {
				t.Fatal(err)
			}
			if f.Name != "a.txt" || f.ContentType != "text/plain" || f.Bytes != int64(n) || len(f.ID) != 32 {
				t.Errorf("small %d, %d bytes: handle %+v", small, n, f)
			}
			st, err := s.Stat(t.Context(), f)
			if err != nil || st.File != *f || !st.Created.Equal(now) {
				t.Errorf("small %d, %d bytes: Stat %+v, %v", small, n, st, err)
			}
			for range 2 {
				if got := read(t, s, f); got != content(n) {
					t.Errorf("small %d: %d bytes came back as %d", small, n, len(got))
				}
			}
			limit := int(small)
			if small == 0 {
				limit = 64 << 10
			}
			if files := onDisk(t, dir); (len(files) > 0) != (n > max(limit, 0)) {
				t.Errorf("small %d, %d bytes: on disk %q", small, n, files)
			}
			wantUsed(t, "after Create", s, int64(n), 1)
		}
	}
}

// TestQuota is each bound at n-1, n and n+1.
func TestQuota(t *testing.T) {
	const n = 100_000
	for _, size := range []int{n - 1, n, n + 1} {
		var blobCode, runCode flow.Code
		if size > n {
			blobCode, runCode = flow.CodeLimitValue, flow.CodeLimitMemory
		}
		for _, c := range []struct {
			what  string
			cfg   blobs.Config
			meta  flow.FileMeta
			first int // bytes of a blob before
			want  flow.Code
		}{
			{"MaxBlob", blobs.Config{MaxBlob: n}, flow.FileMeta{}, 0, blobCode},
			{"MaxBlob on disk", blobs.Config{MaxBlob: n, Small: -1}, flow.FileMeta{}, 0, blobCode},
			{"MaxBlob in memory", blobs.Config{}.InMemory(n), flow.FileMeta{}, 0, blobCode},
			{"MaxBytes", blobs.Config{}, flow.FileMeta{MaxBytes: n}, 0, blobCode},
			{"MaxBytes above MaxBlob", blobs.Config{MaxBlob: n}, flow.FileMeta{MaxBytes: 2 * n}, 0, blobCode},
			{"MaxRun", blobs.Config{MaxRun: n + 500}, flow.FileMeta{}, 500, runCode},
			{"MaxRun in memory", blobs.Config{MaxBlob: 2 * n}.InMemory(n + 500), flow.FileMeta{}, 500, runCode},
		} {
			what := fmt.Sprintf("%s, %d bytes", c.what, size)
			s, dir := open(t, c.cfg)
			if c.first > 0 {
				create(t, s, c.first)
			}
			f, err := s.Create(t.Context(), c.meta, strings.NewReader(content(size)))
			wantCode(t, what, err, c.want)
			kept := int64(c.first)
			blobs := min(c.first, 1)
			if c.want == "" {
				kept, blobs = kept+int64(size), blobs+1
				if read(t, s, f) != content(size) {
					t.Errorf("%s: other content", what)
				}
			} else if files := onDisk(t, dir); len(files) > 0 {
				t.Errorf("%s: the refused blob is on disk: %q", what, files)
			}
			wantUsed(t, what, s, kept, blobs)
		}
	}
}

func TestTooMany(t *testing.T) {
	s, _ := open(t, blobs.Config{MaxBlobs: 2})
	first := create(t, s, 1)
	create(t, s, 1)
	_, err := s.Create(t.Context(), flow.FileMeta{}, strings.NewReader("x"))
	wantCode(t, "third blob", err, flow.CodeLimitMemory)
	if err := s.Release(first); err != nil {
		t.Fatal(err)
	}
	create(t, s, 1)
}

// TestMemoryBound sends small blobs to disk when the memory for them is full.
func TestMemoryBound(t *testing.T) {
	s, dir := open(t, blobs.Config{MaxMemory: 2500, Small: 1000})
	files := make([]*flow.File, 3)
	for i := range files {
		files[i] = create(t, s, 1000)
	}
	if got := onDisk(t, dir); len(got) != 1 {
		t.Errorf("on disk %q, want one blob", got)
	}
	for _, f := range files {
		if got := read(t, s, f); got != content(1000) {
			t.Errorf("%d bytes came back", len(got))
		}
	}
	if err := s.Release(files[0]); err != nil {
		t.Fatal(err)
	}
	create(t, s, 1000)
	if got := onDisk(t, dir); len(got) != 1 {
		t.Errorf("on disk %q: a release did not free memory", got)
	}
}

// TestUnknownHandles: nothing but a handle of this run, before its release and
// the run's end, opens anything.
func TestUnknownHandles(t *testing.T) {
	s, _ := open(t, blobs.Config{})
	other, _ := open(t, blobs.Config{})
	released, live := create(t, s, 10), create(t, s, 100_000)
	if err := s.Release(released); err != nil {
		t.Fatal(err)
	}
	check := func(what string, s *blobs.Store, f *flow.File) {
		t.Helper()
		_, err := s.Open(t.Context(), f)
		wantCode(t, what+", Open", err, flow.CodeFileUnknown)
		_, err = s.Stat(t.Context(), f)
		wantCode(t, what+", Stat", err, flow.CodeFileUnknown)
		wantCode(t, what+", Release", s.Release(f), flow.CodeFileUnknown)
	}
	check("no handle", s, nil)
	check("released", s, released)
	check("of another run", other, live)
	for _, id := range []string{"", "../" + live.ID, live.ID[:31], live.ID + "0", strings.ToUpper(live.ID) + " ", "/etc/passwd", strings.Repeat("0", 32)} {
		check(fmt.Sprintf("id %q", id), s, &flow.File{ID: id})
	}
	r, err := s.Open(t.Context(), live)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	check("run has ended", s, live)
	_, err = r.Read(make([]byte, 1))
	wantCode(t, "reader left open", err, flow.CodeFileUnknown)
	if err := r.Close(); err != nil {
		t.Errorf("closing it: %v", err)
	}
	_, err = s.Create(t.Context(), flow.FileMeta{}, strings.NewReader("x"))
	wantCode(t, "Create after the end", err, flow.CodeFileUnknown)
}

func TestHandlesDiffer(t *testing.T) {
	s, _ := open(t, blobs.Config{})
	seen := map[string]bool{}
	for range 200 {
		f := create(t, s, 1)
		if seen[f.ID] {
			t.Fatalf("handle %q twice", f.ID)
		}
		seen[f.ID] = true
	}
	fixed, _ := open(t, blobs.Config{Random: bytes.NewReader(make([]byte, 32))})
	create(t, fixed, 1)
	_, err := fixed.Create(t.Context(), flow.FileMeta{}, strings.NewReader("x"))
	wantCode(t, "repeated randomness", err, flow.CodeInternal)
	_, err = fixed.Create(t.Context(), flow.FileMeta{}, strings.NewReader("x"))
	wantCode(t, "no randomness", err, flow.CodeInternal)
	wantUsed(t, "after both", fixed, 1, 1)
}

// TestReleaseWhileOpen: a reader goes on, and the bytes count until it ends.
func TestReleaseWhileOpen(t *testing.T) {
	for _, n := range []int{1000, 100_000} {
		s, dir := open(t, blobs.Config{})
		f := create(t, s, n)
		r, err := s.Open(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Release(f); err != nil {
			t.Fatal(err)
		}
		wantUsed(t, "released while open", s, int64(n), 1)
		if b, err := io.ReadAll(r); err != nil || string(b) != content(n) {
			t.Errorf("read %d bytes of %d: %v", len(b), n, err)
		}
		for range 2 {
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
		wantUsed(t, "closed", s, 0, 0)
		if files := onDisk(t, dir); len(files) > 0 {
			t.Errorf("on disk %q", files)
		}
	}
}

// TestBrokenContent leaves nothing behind, whatever the error.
func TestBrokenContent(t *testing.T) {
	broken := flow.Errorf(flow.CodeHTTPProtocol, "cut off")
	ended, cancel := context.WithCancelCause(t.Context())
	cancel(flow.Errorf(flow.CodeLimitWall, "the run took too long"))
	plain, stop := context.WithCancel(t.Context())
	stop()
	for _, n := range []int{0, 10, 200_000} {
		for _, c := range []struct {
			what string
			ctx  context.Context
			err  error
			want flow.Code
		}{
			{"coded error", t.Context(), broken, flow.CodeHTTPProtocol},
			{"wrapped error", t.Context(), fmt.Errorf("reading: %w", broken), flow.CodeHTTPProtocol},
			{"other error", t.Context(), errors.New("no"), flow.CodeInternal},
			{"wall limit", ended, nil, flow.CodeLimitWall},
			{"cancelled", plain, nil, flow.CodeRunCancelled},
		} {
			what := fmt.Sprintf("%s after %d bytes", c.what, n)
			s, dir := open(t, blobs.Config{})
			from := io.Reader(strings.NewReader(content(n)))
			if c.err != nil {
				from = io.MultiReader(from, iotest.ErrReader(c.err))
			}
			_, err := s.Create(c.ctx, flow.FileMeta{}, from)
			wantCode(t, what, err, c.want)
			wantUsed(t, what, s, 0, 0)
			if files := onDisk(t, dir); len(files) > 0 {
				t.Errorf("%s: on disk %q", what, files)
			}
		}
	}
}

// TestDirectory: nobody else can look, names say nothing, and nothing stays.
func TestDirectory(t *testing.T) {
	s, dir := open(t, blobs.Config{Small: -1})
	if list, _ := os.ReadDir(dir); len(list) > 0 {
		t.Errorf("a store without blobs made %v", list)
	}
	f, err := s.Create(t.Context(), flow.FileMeta{Name: "payroll.csv"}, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 1 {
		t.Fatalf("directory holds %v (%v)", list, err)
	}
	info, err := list[0].Info()
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v (%v), want 0700", info.Mode(), err)
	}
	for _, path := range onDisk(t, dir) {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || strings.Contains(path, "payroll") {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if f.Name != "payroll.csv" {
		t.Errorf("name %q", f.Name)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if list, _ := os.ReadDir(dir); len(list) > 0 {
		t.Errorf("after Close: %v", list)
	}
}

// TestNoDirectory: the error of a disk that cannot be used names no path.
func TestNoDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "missing")
	s := blobs.New(blobs.Config{Dir: dir, Small: -1})
	_, err := s.Create(t.Context(), flow.FileMeta{}, strings.NewReader("x"))
	wantCode(t, "missing directory", err, flow.CodeInternal)
	if err != nil && strings.Contains(err.Error(), "missing") {
		t.Errorf("%v names the path", err)
	}
	wantUsed(t, "after the fault", s, 0, 0)
}

func TestParallel(t *testing.T) {
	s, dir := open(t, blobs.Config{Small: 100, MaxRun: 16 * 10 * 300})
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 10 {
				n := (i*10+j)%300 + 1
				f, err := s.Create(t.Context(), flow.FileMeta{}, strings.NewReader(content(n)))
				if err != nil {
					t.Errorf("%d bytes: %v", n, err)
					return
				}
				r, err := s.Open(t.Context(), f)
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.Release(f); err != nil {
					t.Error(err)
				}
				if b, err := io.ReadAll(r); err != nil || string(b) != content(n) {
					t.Errorf("%d of %d bytes: %v", len(b), n, err)
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	wantUsed(t, "at the end", s, 0, 0)
	if files := onDisk(t, dir); len(files) > 0 {
		t.Errorf("on disk %q", files)
	}
}

// TestCloseDuringCreate ends a writer and leaves nothing.
func TestCloseDuringCreate(t *testing.T) {
	s, dir := open(t, blobs.Config{Small: -1})
	pr, pw := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := s.Create(context.Background(), flow.FileMeta{}, pr)
		_ = pr.Close()
		done <- err
	}()
	if _, err := pw.Write([]byte(content(1000))); err != nil {
		t.Fatal(err)
	}
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	for {
		f, err := s.Create(t.Context(), flow.FileMeta{}, strings.NewReader(""))
		if err != nil {
			wantCode(t, "Create once Close has begun", err, flow.CodeFileUnknown)
			break
		}
		_ = s.Release(f) // unknown when Close has begun meanwhile
	}
	_, _ = pw.Write([]byte("more")) // fails where the writer has noticed before
	_ = pw.Close()
	wantCode(t, "Create", <-done, flow.CodeFileUnknown)
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if list, _ := os.ReadDir(dir); len(list) > 0 {
		t.Errorf("after Close: %v", list)
	}
}
