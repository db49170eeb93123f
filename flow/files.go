package flow

import (
	"context"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// Blobs keeps the content of the files of one run. Content goes in and out as a
// stream and is never held as a value. Implementations are used by several
// goroutines.
type Blobs interface {
	// Create reads content to its end and keeps it. What it has read before an
	// error is dropped. Errors: limit.value when the blob, and limit.memory when
	// all blobs of the run, would be larger than allowed; whatever error content
	// gives; run.cancelled.
	Create(ctx context.Context, meta FileMeta, content io.Reader) (*File, error)
	// Open returns the content from its start. A handle that this run does not
	// hold, or that was released, is file.unknown.
	Open(ctx context.Context, f *File) (io.ReadCloser, error)
	// Stat describes a file from the store's own records. Errors are those of Open.
	Stat(ctx context.Context, f *File) (FileStat, error)
	// Release drops the content; the handle is file.unknown from then on. Readers
	// that are open stay usable.
	Release(f *File) error
}

// FileMeta is what a new blob is called and how large it may become.
type FileMeta struct {
	Name        string // any text; the file gets CleanFileName of it
	ContentType string // media type; "" means DefaultContentType
	MaxBytes    int64  // 0 means the store's own bound, which always holds
}

// FileStat describes a stored file.
type FileStat struct {
	File    File
	Created time.Time
}

// DefaultContentType is the media type of content of which nothing is known
// (RFC 2046, 4.5.1).
const DefaultContentType = "application/octet-stream"

// FileEnv is an Env whose run can hold files.
type FileEnv interface {
	Env
	// Blobs returns the run's store, or nil when it has none.
	Blobs() Blobs
}

// BlobsOf returns the blob store behind env; card.unbound when there is none.
func BlobsOf(env Env) (Blobs, error) {
	if e, ok := env.(FileEnv); ok {
		if b := e.Blobs(); b != nil {
			return b, nil
		}
	}
	return nil, Errorf(CodeCardUnbound, "this run has no store for files")
}

// BodyPart is one stretch of a request body: text, which may be a secret, or a
// stream.
type BodyPart struct {
	Text Value // when Open is nil
	// Open returns the content, which has Bytes bytes. It is called when the
	// stretch before it is sent, and again where a redirect repeats the request.
	Open  func() (io.ReadCloser, error)
	Bytes int64
}

// Metered returns a copy of r that calls spend with the size of every block
// that goes through its streams, before the block is passed on. An error of
// spend ends the stream. Calls of spend never overlap, but come from several
// goroutines.
func (r *Request) Metered(spend func(n int64) error) *Request {
	out := *r
	var mu sync.Mutex
	one := func(n int64) error {
		mu.Lock()
		defer mu.Unlock()
		return spend(n)
	}
	out.BodyParts = make([]BodyPart, len(r.BodyParts))
	for i, p := range r.BodyParts {
		if open := p.Open; open != nil {
			p.Open = func() (io.ReadCloser, error) {
				body, err := open()
				if err != nil {
					return nil, err
				}
				return &meteredBody{metered{from: body, spend: one}, body}, nil
			}
		}
		out.BodyParts[i] = p
	}
	if sink := r.Sink; sink != nil {
		out.Sink = func(head *Response, body io.Reader) error {
			m := &metered{from: body, spend: one}
			err := sink(head, m)
			if m.err != nil {
				return m.err // whatever the sink made of it
			}
			return err
		}
	}
	return &out
}

type metered struct {
	from  io.Reader
	spend func(n int64) error
	err   error
}

func (m *metered) Read(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	n, err := m.from.Read(p)
	if n > 0 {
		if m.err = m.spend(int64(n)); m.err != nil {
			return 0, m.err
		}
	}
	return n, err
}

type meteredBody struct {
	metered
	io.Closer
}

// maxFileName is the longest file name in bytes: what common file systems hold.
const maxFileName = 255

// longFileName bounds what is looked at of a name. Names come from flows and from
// headers of services, where nothing else does.
const longFileName = 4 << 10

// CleanFileName returns what of s can be the name of a file: the part behind the
// last slash or backslash, without control and invisible formatting characters,
// with "_" for characters that file systems refuse, without blanks around it and
// dots behind it, and at most 255 bytes long with its extension kept. It is ""
// when nothing is left, as of ".." (RFC 6266, 4.3). Of a name longer than 8 KiB
// only the first 4 KiB and the last count.
func CleanFileName(s string) string {
	s = s[strings.LastIndexAny(s, `/\`)+1:]
	if len(s) > 2*longFileName { // what is left of it is cut anyway
		s = strings.ToValidUTF8(s[:longFileName], "") + strings.ToValidUTF8(s[len(s)-longFileName:], "")
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			return -1
		case strings.ContainsRune(`<>:"|?*`, r), r == utf8.RuneError:
			return '_'
		}
		return r
	}, s)
	trim := func(s string) string {
		return strings.TrimRightFunc(s, func(r rune) bool { return r == '.' || unicode.IsSpace(r) })
	}
	s = trim(strings.TrimSpace(s))
	if len(s) <= maxFileName {
		return s
	}
	ext := FileExtension(s)
	if len(ext) > 32 { // not a kind of file, but a long name with a dot in it
		ext = ""
	}
	stem := s[:maxFileName-len(ext)]
	for len(stem) > 0 && !utf8.RuneStart(s[len(stem)]) {
		stem = stem[:len(stem)-1]
	}
	return trim(stem + ext)
}

// FileExtension returns the part of a file name from its last dot on, dot
// included, and "" when there is none or it is the first character.
func FileExtension(name string) string {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return name[i:]
	}
	return ""
}
