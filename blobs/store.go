package blobs

import (
	"context"
	"encoding/hex"
	"io"
	"os"
	"sync"
	"time"

	"github.com/weirflow/weir/flow"
)

// Store keeps the blobs of one run until Close. It may be used by several
// goroutines.
type Store struct {
	cfg Config

	mu      sync.Mutex
	blobs   map[string]*blob
	readers map[*reader]struct{} // open on files, to be closed with the store
	count   int                  // blobs, those being written included
	used    int64                // their bytes
	memory  int64                // bytes of those in memory
	root    *os.Root             // the run's directory; nil before it is needed
	dir     string
	closed  bool
	idle    *sync.Cond // signalled when writers reaches 0
	writers int
}

var _ flow.Blobs = (*Store)(nil)

// blob is one finished blob. Its fields but open and gone never change.
type blob struct {
	file    flow.File
	created time.Time
	data    []byte // when path is ""
	path    string // name in the run's directory
	open    int    // readers
	gone    bool   // released: freed with its last reader
}

// New returns an empty store. It touches nothing outside memory.
func New(cfg Config) *Store {
	s := &Store{cfg: cfg.withDefaults(), blobs: map[string]*blob{}, readers: map[*reader]struct{}{}}
	s.idle = sync.NewCond(&s.mu)
	return s
}

// Create implements flow.Blobs. Errors beyond its list: limit.memory when the
// run has too many blobs or the disk is full, internal when the disk fails.
func (s *Store) Create(ctx context.Context, meta flow.FileMeta, content io.Reader) (*flow.File, error) {
	id, err := s.begin()
	if err != nil {
		return nil, err
	}
	w := &writer{store: s, id: id, limit: s.cfg.MaxBlob}
	if meta.MaxBytes > 0 {
		w.limit = min(w.limit, meta.MaxBytes)
	}
	err = w.copy(ctx, content)
	if err == nil {
		err = w.finish()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writers--; s.writers == 0 {
		s.idle.Broadcast()
	}
	if err == nil && s.closed {
		err = ended()
	}
	if err != nil {
		w.drop()
		return nil, err
	}
	b := &blob{created: s.cfg.Clock(), data: w.data, path: w.path}
	b.file = flow.File{ID: id, Name: flow.CleanFileName(meta.Name), ContentType: meta.ContentType, Bytes: w.size}
	if b.file.ContentType == "" {
		b.file.ContentType = flow.DefaultContentType
	}
	s.blobs[id] = b
	f := b.file
	return &f, nil
}

// begin reserves the place of one more blob and gives its handle.
func (s *Store) begin() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return "", ended()
	}
	if s.count >= s.cfg.MaxBlobs {
		return "", flow.Errorf(flow.CodeLimitMemory, "the run holds more than %d files", s.cfg.MaxBlobs)
	}
	var n [16]byte
	if _, err := io.ReadFull(s.cfg.Random, n[:]); err != nil {
		return "", flow.Errorf(flow.CodeInternal, "the source of randomness failed: %v", err)
	}
	id := hex.EncodeToString(n[:])
	if _, dup := s.blobs[id]; dup {
		return "", flow.Errorf(flow.CodeInternal, "the source of randomness repeats itself")
	}
	s.count++
	s.writers++
	return id, nil
}

// take reserves n more bytes for a blob that is being written.
func (s *Store) take(n int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ended()
	}
	if s.used+n > s.cfg.MaxRun {
		return flow.Errorf(flow.CodeLimitMemory, "the files of the run are larger than %d bytes", s.cfg.MaxRun)
	}
	s.used += n
	return nil
}

// takeMemory reserves n bytes of memory, if there is room.
func (s *Store) takeMemory(n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.memory+n > s.cfg.MaxMemory {
		return false
	}
	s.memory += n
	return true
}

func ended() error {
	return flow.Errorf(flow.CodeFileUnknown, "the run that the files belong to has ended")
}

// lookup returns the blob of a handle. The caller holds s.mu.
func (s *Store) lookup(f *flow.File) (*blob, error) {
	if f != nil {
		if b, ok := s.blobs[f.ID]; ok {
			return b, nil
		}
	}
	return nil, flow.Errorf(flow.CodeFileUnknown, "this run does not hold the file")
}

// Open implements flow.Blobs.
func (s *Store) Open(_ context.Context, f *flow.File) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.lookup(f)
	if err != nil {
		return nil, err
	}
	return s.openBlob(b)
}

// Stat implements flow.Blobs.
func (s *Store) Stat(_ context.Context, f *flow.File) (flow.FileStat, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.lookup(f)
	if err != nil {
		return flow.FileStat{}, err
	}
	return flow.FileStat{File: b.file, Created: b.created}, nil
}

// Release implements flow.Blobs. The bytes count until the last open reader is
// closed.
func (s *Store) Release(f *flow.File) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.lookup(f)
	if err != nil {
		return err
	}
	delete(s.blobs, b.file.ID)
	b.gone = true
	if b.open == 0 {
		s.free(b)
	}
	return nil
}

// free gives back what a blob held. The caller holds s.mu.
func (s *Store) free(b *blob) {
	s.count--
	s.used -= b.file.Bytes
	if b.path == "" {
		s.memory -= int64(len(b.data))
		return
	}
	if s.root != nil {
		_ = s.root.Remove(b.path) // Close removes what is left
	}
}

// Used returns how many bytes and blobs count against the bounds at this moment.
func (s *Store) Used() (bytes int64, blobs int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used, s.count
}

// Close ends the store: handles become unknown, what still reads from a file
// gets file.unknown, and the directory is removed. It waits for writers, which
// fail at their next block. Further calls do nothing.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	for s.writers > 0 {
		s.idle.Wait()
	}
	clear(s.blobs)
	for r := range s.readers {
		_ = r.file.Close() // it was only read
	}
	clear(s.readers)
	if s.root == nil {
		return nil
	}
	_ = s.root.Close()
	s.root = nil
	if err := os.RemoveAll(s.dir); err != nil {
		return diskFault(err)
	}
	return nil
}
