package tape

import (
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"sync"

	"github.com/weirflow/weir/flow"
)

// sentParts notes the body of a request that is made of parts, as it is sent.
type sentParts struct {
	mu    sync.Mutex
	parts []flow.BodyPart
	next  int // first part that has not begun
	kept  []byte
	sum   hash.Hash
	bytes int64
}

func newSent(parts []flow.BodyPart) *sentParts { return &sentParts{parts: parts, sum: sha256.New()} }

// watched returns the parts with their content watched.
func (s *sentParts) watched() []flow.BodyPart {
	out := make([]flow.BodyPart, len(s.parts))
	for i, p := range s.parts {
		if open := p.Open; open != nil {
			p.Open = func() (io.ReadCloser, error) {
				s.begin(i)
				body, err := open()
				if err != nil {
					return nil, err
				}
				return &watchedBody{body, s}, nil
			}
		}
		out[i] = p
	}
	return out
}

// begin notes the texts in front of a part. A part that begins again begins
// another attempt.
func (s *sentParts) begin(i int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i < s.next {
		s.next, s.kept, s.bytes = 0, nil, 0
		s.sum.Reset()
	}
	for ; s.next < i; s.next++ {
		s.add([]byte(flow.Masked(s.parts[s.next].Text)))
	}
	s.next = i + 1
}

func (s *sentParts) add(p []byte) {
	_, _ = s.sum.Write(p) // never fails
	s.bytes += int64(len(p))
	if s.bytes <= MaxBody {
		s.kept = append(s.kept, p...)
	} else {
		s.kept = nil
	}
}

// body returns what was sent: its bytes, the digest of bytes that are too many,
// or the length alone where the server answered before it had all of them.
func (s *sentParts) body() (data []byte, digest Body) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ; s.next < len(s.parts) && s.parts[s.next].Open == nil; s.next++ {
		s.add([]byte(flow.Masked(s.parts[s.next].Text)))
	}
	total := lengthOf(s.parts)
	switch {
	case s.next < len(s.parts) || s.bytes != total:
		return nil, Body{Bytes: total}
	case s.bytes > MaxBody:
		return nil, digestOf(s.sum.Sum(nil), s.bytes)
	}
	return s.kept, Body{}
}

// lengthOf is the length of a body of parts, with the names of its secrets.
func lengthOf(parts []flow.BodyPart) int64 {
	var n int64
	for _, p := range parts {
		if p.Open != nil {
			n += p.Bytes
		} else {
			n += int64(len(flow.Masked(p.Text)))
		}
	}
	return n
}

type watchedBody struct {
	io.ReadCloser
	sent *sentParts
}

// Read implements io.Reader.
func (w *watchedBody) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if n > 0 {
		w.sent.mu.Lock()
		w.sent.add(p[:n])
		w.sent.mu.Unlock()
	}
	return n, err
}

// received notes the body of an answer that goes to a request's sink.
type received struct {
	head  *flow.Response
	kept  []byte
	bytes int64
}

// watched returns the sink with what it takes watched.
func (r *received) watched(sink func(*flow.Response, io.Reader) error) func(*flow.Response, io.Reader) error {
	return func(head *flow.Response, body io.Reader) error {
		r.head = head
		return sink(head, io.TeeReader(body, r))
	}
}

// Write implements io.Writer.
func (r *received) Write(p []byte) (int, error) {
	if r.bytes += int64(len(p)); r.bytes <= MaxBody {
		r.kept = append(r.kept, p...)
	} else {
		r.kept = nil
	}
	return len(p), nil
}

// read sends a body of parts to nobody: it returns the bytes, or their digest
// where they are too many, as sentParts.body does.
func read(parts []flow.BodyPart) (Body, error) {
	s := newSent(parts)
	for _, p := range s.watched() {
		if p.Open == nil {
			continue
		}
		body, err := p.Open()
		if err != nil {
			return Body{}, err
		}
		_, err = io.Copy(io.Discard, body)
		if err = errors.Join(err, body.Close()); err != nil {
			return Body{}, err
		}
	}
	data, digest := s.body()
	if data != nil || digest.Bytes == 0 {
		return bodyOf(data), nil
	}
	return digest, nil
}
