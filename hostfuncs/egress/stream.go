package egress

import (
	"context"
	"io"
	"math"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/weirflow/weir/flow"
)

// piece is one stretch of a streamed request body, its secrets opened: text, or
// a stream of bytes bytes.
type piece struct {
	text  string
	open  func() (io.ReadCloser, error)
	bytes int64
}

// openPieces returns the body parts of a request with their secrets opened
// toward t.
func openPieces(t target, req *flow.Request) ([]piece, error) {
	if len(req.BodyParts) == 0 {
		return nil, nil
	}
	if !req.Body.IsNull() {
		return nil, flow.Errorf(flow.CodeInputInvalid, "a request has one body, not two")
	}
	pieces := make([]piece, 0, len(req.BodyParts))
	for _, part := range req.BodyParts {
		if part.Open != nil {
			if part.Bytes < 0 {
				return nil, flow.Errorf(flow.CodeInputInvalid, "the length of a body part is negative")
			}
			pieces = append(pieces, piece{open: part.Open, bytes: part.Bytes})
			continue
		}
		text, err := open(t, "body", part.Text)
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, piece{text: text, bytes: int64(len(text))})
	}
	return pieces, nil
}

// streams returns how much of the body comes out of streams.
func (out *outgoing) streams() int64 {
	var n int64
	for _, p := range out.pieces {
		if p.open == nil {
			continue
		}
		if n += p.bytes; n < 0 {
			return math.MaxInt64
		}
	}
	return n
}

// sendBlock is the most that one read of a streamed body gives: small enough
// that a slow but steady server asks for one in every RateWindow.
const sendBlock = 16 << 10

// sending is a streamed request body on its way. The transport reads it from
// one goroutine and closes it, perhaps from another.
type sending struct {
	total  int64
	count  atomic.Int64  // bytes given to the transport
	closed chan struct{} // closed by Close

	mu     sync.Mutex
	pieces []piece
	now    io.ReadCloser // the open stream of pieces[0]
	at     int64         // how much of pieces[0] is sent
	begin  func(count *atomic.Int64) (stop func())
	stop   func() // nil before the first read
	err    error  // why the body could not be read
	over   bool
}

// newSending returns a body of pieces. begin is called with the first read; the
// function it returns is called at the end.
func newSending(pieces []piece, begin func(count *atomic.Int64) (stop func())) *sending {
	s := &sending{pieces: pieces, begin: begin, closed: make(chan struct{})}
	for _, p := range pieces {
		s.total += p.bytes
	}
	return s
}

// Read implements io.Reader.
func (s *sending) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return 0, http.ErrBodyReadAfterClose
	}
	if s.err != nil {
		return 0, s.err
	}
	if s.stop == nil {
		s.stop = sync.OnceFunc(s.begin(&s.count))
	}
	for len(s.pieces) > 0 && s.at == s.pieces[0].bytes {
		s.next()
	}
	if len(s.pieces) == 0 {
		s.stop()
		return 0, io.EOF
	}
	n, err := s.read(p[:min(int64(len(p)), sendBlock, s.pieces[0].bytes-s.at)])
	s.at += int64(n)
	s.count.Add(int64(n))
	s.err = err
	return n, err
}

// read reads from pieces[0], which has at least len(p) bytes left.
func (s *sending) read(p []byte) (int, error) {
	first := s.pieces[0]
	if first.open == nil {
		return copy(p, first.text[s.at:]), nil
	}
	if s.now == nil {
		from, err := first.open()
		if err != nil {
			return 0, err
		}
		s.now = from
	}
	n, err := s.now.Read(p)
	if err == io.EOF {
		err = nil
		if s.at+int64(n) < first.bytes {
			err = flow.Errorf(flow.CodeFileUnknown, "the content of a file ends before its length of %d bytes", first.bytes)
		}
	}
	return n, err
}

func (s *sending) next() {
	if s.now != nil {
		_ = s.now.Close() // it was only read
		s.now = nil
	}
	s.pieces, s.at = s.pieces[1:], 0
}

// Close implements io.Closer.
func (s *sending) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return nil
	}
	s.over = true
	if s.stop != nil {
		s.stop()
	}
	if s.now != nil {
		_ = s.now.Close() // it was only read
		s.now = nil
	}
	close(s.closed)
	return nil
}

// fault returns why the body could not be read, if so.
func (s *sending) fault() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return flow.AsError(s.err)
	}
	return nil
}

// sinkBody hands the decoded body of res to sink and returns its length. What
// happened to the stream itself counts for more than what the sink says.
func (c *Client) sinkBody(ctx context.Context, cancel context.CancelCauseFunc, h host, res *http.Response, head *flow.Response,
	sink func(*flow.Response, io.Reader) error) (int64, error) {
	in, stop := c.receive(ctx, cancel, h, res, c.cfg.MaxStream)
	defer stop()
	err := sink(head, in)
	if in.err != nil {
		return in.count, in.err
	}
	if err != nil {
		return in.count, flow.AsError(err)
	}
	return in.count, nil
}
