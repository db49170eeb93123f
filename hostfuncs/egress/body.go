package egress

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/weirflow/weir/flow"
)

// maxMembers is how many gzip members one body may have (RFC 1952, 2.2). Each
// costs a reset of the decoder and as little as 20 bytes; servers send one.
const maxMembers = 16

// encodedSlack is how much longer the encoded body may be than the decoded one:
// framing of data that does not compress. Beyond it a body is noise, such as
// an endless run of empty blocks.
const encodedSlack = 64 << 10

// bodyOf returns a request body that can be read once.
func bodyOf(s string) io.ReadCloser { return io.NopCloser(strings.NewReader(s)) }

// wire counts what a body brings in and keeps the transport's own error apart
// from those of decoders above it.
type wire struct {
	from  io.Reader
	limit int64
	count atomic.Int64
	err   error
	over  bool
}

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.from.Read(p)
	if w.count.Add(int64(n)) > w.limit {
		w.over = true
		return n, io.ErrShortBuffer
	}
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}

// watch cancels ctx with an http.timeout error as soon as one window of time
// brings fewer bytes of an answer than the minimum rate asks for. The returned
// function ends the watch.
func (c *Client) watch(h host, count *atomic.Int64, cancel context.CancelCauseFunc) (stop func()) {
	need := int64(float64(c.cfg.MinRate) * c.cfg.RateWindow.Seconds())
	return c.watchCount(count, need, func() {
		cancel(flow.Errorf(flow.CodeHTTPTimeout, "%q sends its answer more slowly than %d bytes per second", h.String(), c.cfg.MinRate))
	})
}

// watchSending cancels ctx with an http.timeout error as soon as the server
// takes nothing of a request body for one window of time.
func (c *Client) watchSending(h host, count *atomic.Int64, cancel context.CancelCauseFunc) (stop func()) {
	return c.watchCount(count, 1, func() {
		cancel(flow.Errorf(flow.CodeHTTPTimeout, "%q took nothing of the request within %s", h.String(), c.cfg.RateWindow))
	})
}

// watchCount calls slow once when count grows by less than need in one window.
func (c *Client) watchCount(count *atomic.Int64, need int64, slow func()) (stop func()) {
	done := make(chan struct{})
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		tick := time.NewTicker(c.cfg.RateWindow)
		defer tick.Stop()
		var before int64
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				now := count.Load()
				if now-before < need {
					slow()
					return
				}
				before = now
			}
		}
	}()
	return func() { close(done); <-gone }
}

// incoming is the decoded body of an answer. Its errors carry codes; the first
// one stays.
type incoming struct {
	ctx      context.Context
	host     host
	limit    int64
	encoding string
	wire     *wire
	source   *bufio.Reader // over wire
	decoded  io.Reader     // over source; nil before the first read
	announce int64         // Content-Length, or -1
	count    int64         // decoded bytes
	err      error
}

// receive returns the body of res, at most limit decoded bytes, and starts to
// watch its rate. stop ends the watch.
func (c *Client) receive(ctx context.Context, cancel context.CancelCauseFunc, h host, res *http.Response, limit int64) (in *incoming, stop func()) {
	w := &wire{from: res.Body, limit: limit + encodedSlack}
	in = &incoming{
		ctx: ctx, host: h, limit: limit, wire: w, source: bufio.NewReader(w), announce: res.ContentLength,
		encoding: strings.ToLower(strings.Join(res.Header.Values("Content-Encoding"), ",")),
	}
	return in, c.watch(h, &w.count, cancel)
}

// Read implements io.Reader.
func (in *incoming) Read(p []byte) (int, error) {
	if in.err != nil {
		return 0, in.err
	}
	if in.decoded == nil {
		if err := in.open(); err != nil {
			return 0, err
		}
	}
	n, err := in.decoded.Read(p)
	if in.count+int64(n) > in.limit {
		in.err = tooLarge(in.host, in.limit)
		return 0, in.err
	}
	in.count += int64(n)
	if err != nil && err != io.EOF {
		err = in.fail(err)
	}
	return n, err
}

// open looks at the first byte and sets the decoder. A body that is empty is
// none, whatever its encoding is said to be.
func (in *incoming) open() error {
	if _, err := in.source.Peek(1); err == io.EOF {
		in.decoded = in.source
		return nil
	}
	var err error
	switch in.encoding {
	case "", "identity":
		if in.announce > in.limit {
			in.err = tooLarge(in.host, in.limit)
			return in.err
		}
		in.decoded = in.source
	case "gzip", "x-gzip":
		in.decoded, err = newGzip(in.source)
	case "deflate":
		in.decoded, err = newDeflate(in.source)
	default:
		in.err = flow.Errorf(flow.CodeHTTPBody, "the answer of %q has a content encoding that was not asked for", in.host.String())
		return in.err
	}
	if err != nil {
		return in.fail(err)
	}
	return nil
}

// fail names an error of the decoder or of what is below it.
func (in *incoming) fail(err error) error {
	switch {
	case in.wire.over:
		in.err = tooLarge(in.host, in.limit)
	case in.wire.err != nil:
		in.err = bodyFault(in.ctx, in.host, in.wire.err)
	default:
		in.err = flow.Errorf(flow.CodeHTTPBody, "the answer of %q is not valid %s data", in.host.String(), strings.TrimPrefix(in.encoding, "x-"))
	}
	return in.err
}

// readBody reads and decodes the body of res, at most limit decoded bytes. It
// also returns how many bytes the network brought.
func (c *Client) readBody(ctx context.Context, cancel context.CancelCauseFunc, h host, res *http.Response, limit int64) ([]byte, int64, error) {
	in, stop := c.receive(ctx, cancel, h, res, limit)
	defer stop()
	body, err := readAll(in)
	return body, in.wire.count.Load(), err
}

func tooLarge(h host, limit int64) error {
	return flow.Errorf(flow.CodeLimitHTTPBytes, "the answer of %q is larger than %d bytes", h.String(), limit)
}

// bodyFault names an error of the transport while a body is read.
func bodyFault(ctx context.Context, h host, err error) error {
	if ctx.Err() != nil {
		return cancelled(ctx)
	}
	if isTimeout(err) {
		return flow.Errorf(flow.CodeHTTPTimeout, "%q stopped in the middle of its answer", h.String())
	}
	return protocol(h, "ends before its end or is framed wrongly")
}

// readAll reads r to its end. Memory follows the data that arrives, not the
// length that a server announces.
func readAll(r io.Reader) ([]byte, error) {
	var body []byte
	var block [8 << 10]byte
	for {
		n, err := r.Read(block[:])
		body = append(body, block[:n]...)
		if err == io.EOF {
			return body, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// gzipReader reads gzip data of at most maxMembers members.
type gzipReader struct {
	source  *bufio.Reader
	member  *gzip.Reader
	members int // seen so far
}

func newGzip(source *bufio.Reader) (io.Reader, error) {
	zr, err := gzip.NewReader(source)
	if err != nil {
		return nil, err
	}
	zr.Multistream(false)
	return &gzipReader{source, zr, 1}, nil
}

// Read implements io.Reader.
func (g *gzipReader) Read(p []byte) (int, error) {
	for {
		n, err := g.member.Read(p)
		if err == io.EOF {
			err = g.next()
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// next goes on to the member behind the one that has ended.
func (g *gzipReader) next() error {
	if _, err := g.source.Peek(1); err == io.EOF {
		return io.EOF
	}
	if g.members++; g.members > maxMembers {
		return gzip.ErrHeader
	}
	if err := g.member.Reset(g.source); err != nil {
		return err
	}
	g.member.Multistream(false)
	return nil
}

// deflateReader reads "deflate" data and nothing behind it.
type deflateReader struct {
	source *bufio.Reader
	from   io.Reader
}

// newDeflate reads "deflate", which is zlib data (RFC 9110, 8.4.1.2); some
// servers leave out the zlib frame, so its two bytes decide.
func newDeflate(source *bufio.Reader) (io.Reader, error) {
	if head, err := source.Peek(2); err == nil && head[0]&0x0F == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		zr, err := zlib.NewReader(source)
		return &deflateReader{source, zr}, err
	}
	return &deflateReader{source, flate.NewReader(source)}, nil
}

// Read implements io.Reader.
func (d *deflateReader) Read(p []byte) (int, error) {
	n, err := d.from.Read(p)
	if err == io.EOF {
		if _, behind := d.source.Peek(1); behind != io.EOF {
			err = zlib.ErrHeader
		}
	}
	return n, err
}
