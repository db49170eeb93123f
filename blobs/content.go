package blobs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/weirflow/weir/flow"
)

// block is how much is read at once: one system call of network or disk each.
const block = 64 << 10

// writer takes the content of one blob. It begins in memory and moves to a file
// when it grows beyond what may stay there.
type writer struct {
	store *Store
	id    string
	limit int64
	size  int64
	data  []byte // while file is nil
	file  *os.File
	path  string
	held  bool // data counts as memory of the store
}

// copy reads content to its end.
func (w *writer) copy(ctx context.Context, content io.Reader) error {
	buf := make([]byte, block)
	for {
		if ctx.Err() != nil {
			return cancelled(ctx)
		}
		n, err := content.Read(buf)
		if n > 0 {
			if werr := w.write(buf[:n]); werr != nil {
				return werr
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func cancelled(ctx context.Context) error {
	if fe, ok := errors.AsType[*flow.Error](context.Cause(ctx)); ok {
		return fe
	}
	return flow.Errorf(flow.CodeRunCancelled, "storing a file was given up: %v", ctx.Err())
}

func (w *writer) write(p []byte) error {
	n := int64(len(p))
	if w.size+n > w.limit {
		return flow.Errorf(flow.CodeLimitValue, "the file is larger than %d bytes", w.limit)
	}
	if err := w.store.take(n); err != nil {
		return err
	}
	w.size += n
	if w.file == nil {
		if w.size <= w.store.cfg.Small {
			w.data = append(w.data, p...)
			return nil
		}
		if err := w.spill(); err != nil {
			return err
		}
	}
	if _, err := w.file.Write(p); err != nil {
		return diskFault(err)
	}
	return nil
}

// spill moves what is in memory to a file.
func (w *writer) spill() error {
	root, err := w.store.directory()
	if err != nil {
		return err
	}
	w.file, err = root.OpenFile(w.id, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return diskFault(err)
	}
	w.path = w.id
	_, err = w.file.Write(w.data)
	w.data = nil
	if err != nil {
		return diskFault(err)
	}
	return nil
}

// finish decides where the blob stays and closes its file.
func (w *writer) finish() error {
	if w.file == nil {
		if w.held = w.store.takeMemory(w.size); w.held {
			return nil
		}
		if err := w.spill(); err != nil {
			return err
		}
	}
	err := w.file.Close()
	w.file = nil
	if err != nil {
		return diskFault(err)
	}
	return nil
}

// drop gives back what an unfinished blob held. The caller holds the store's
// lock.
func (w *writer) drop() {
	s := w.store
	s.count--
	s.used -= w.size
	if w.held {
		s.memory -= w.size
	}
	if w.file != nil {
		_ = w.file.Close() // its content is unwanted
	}
	if w.path != "" {
		_ = s.root.Remove(w.path) // Close removes what is left
	}
}

// directory returns the run's directory and makes it at first.
func (s *Store) directory() (*os.Root, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.root != nil {
		return s.root, nil
	}
	dir, err := os.MkdirTemp(s.cfg.Dir, "weir-files-") // mode 0700
	if err != nil {
		return nil, diskFault(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		_ = os.Remove(dir) // it is empty
		return nil, diskFault(err)
	}
	s.dir, s.root = dir, root
	return root, nil
}

// reader is one open reader of a blob.
type reader struct {
	store *Store
	blob  *blob
	data  *bytes.Reader // where the blob is in memory
	file  *os.File      // where it is not
}

// openBlob returns the content of b. The caller holds s.mu.
func (s *Store) openBlob(b *blob) (io.ReadCloser, error) {
	r := &reader{store: s, blob: b}
	if b.path == "" {
		r.data = bytes.NewReader(b.data)
	} else {
		f, err := s.root.Open(b.path)
		if err != nil {
			return nil, diskFault(err)
		}
		r.file = f
		s.readers[r] = struct{}{}
	}
	b.open++
	return r, nil
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	if r.file == nil {
		return r.data.Read(p)
	}
	n, err := r.file.Read(p)
	if err != nil && err != io.EOF {
		err = diskFault(err)
	}
	return n, err
}

// Close implements io.Closer. Further calls do nothing.
func (r *reader) Close() error {
	s := r.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.blob == nil {
		return nil
	}
	if r.file != nil {
		_ = r.file.Close() // it was only read; the store may have closed it before
		delete(s.readers, r)
	}
	if r.blob.open--; r.blob.open == 0 && r.blob.gone {
		s.free(r.blob)
	}
	r.blob = nil
	return nil
}

// diskFault names an error of the file system without the path, which is no
// business of a flow.
func diskFault(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return ended()
	}
	if errors.Is(err, syscall.ENOSPC) {
		return flow.Errorf(flow.CodeLimitMemory, "the disk that keeps files is full")
	}
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	return flow.Errorf(flow.CodeInternal, "the file store failed: %v", err)
}
