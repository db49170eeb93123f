package cardtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/weirflow/weir/flow"
)

// Files is a blob store in memory. It holds what is created in it, and every
// file of ExampleFile. The zero value is empty.
type Files struct {
	mu    sync.Mutex
	blobs map[string]storedFile
}

type storedFile struct {
	file    flow.File
	content string
}

// Blobs implements flow.FileEnv.
func (e *Env) Blobs() flow.Blobs { return &e.files }

// exampleID begins the handle of an example file; its content follows, so that
// every Files knows it.
const exampleID = "example:"

// exampleCreated is when every file of a test was created.
var exampleCreated = time.Date(2016, 9, 7, 16, 55, 25, 670e6, time.UTC)

// ExampleFile returns the handle of a file with the given content, which every
// Files can open. Without a content type it gets flow.DefaultContentType.
func ExampleFile(name, contentType, content string) *flow.File {
	if contentType == "" {
		contentType = flow.DefaultContentType
	}
	return &flow.File{ID: exampleID + content, Name: flow.CleanFileName(name), ContentType: contentType, Bytes: int64(len(content))}
}

// WithFiles returns the inputs of a card with files in place of objects like
// {"name": "a.txt", "type": "text/plain", "content": "abc"} on its file ports,
// which is how examples and vectors write a file; without content the file is
// one that no store holds. It also reports whether there was one.
func WithFiles(card *flow.Card, in flow.Value) (flow.Value, bool) {
	found := false
	for _, p := range card.In {
		if !p.Type.Is(flow.BaseFile) {
			continue
		}
		path := []string{p.Key}
		if p.Group != "" {
			path = []string{p.Group, p.Key}
		}
		if v := flow.At(in, path...); v.Kind() == flow.KindObject {
			in = replaced(in, path, flow.FileOf(fileOf(v)))
			found = true
		}
	}
	return in, found
}

func fileOf(v flow.Value) *flow.File {
	f := ExampleFile(flow.At(v, "name").Text(), flow.At(v, "type").Text(), flow.At(v, "content").Text())
	if _, ok := v.Object().Get("content"); !ok {
		f.ID = "unknown"
	}
	return f
}

// replaced returns v with another value at the end of path.
func replaced(v flow.Value, path []string, by flow.Value) flow.Value {
	if len(path) == 0 {
		return by
	}
	var b flow.ObjectBuilder
	for k, member := range v.Object().All() {
		if k == path[0] {
			member = replaced(member, path[1:], by)
		}
		b.Set(k, member)
	}
	return b.Value()
}

// Create implements flow.Blobs.
func (s *Files) Create(_ context.Context, meta flow.FileMeta, content io.Reader) (*flow.File, error) {
	b, err := io.ReadAll(content)
	if err != nil {
		return nil, err
	}
	if meta.MaxBytes > 0 && int64(len(b)) > meta.MaxBytes {
		return nil, flow.Errorf(flow.CodeLimitValue, "the file is larger than %d bytes", meta.MaxBytes)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := ExampleFile(meta.Name, meta.ContentType, string(b))
	f.ID = "stored:" + strconv.Itoa(len(s.blobs))
	if s.blobs == nil {
		s.blobs = map[string]storedFile{}
	}
	s.blobs[f.ID] = storedFile{*f, string(b)}
	return f, nil
}

func (s *Files) lookup(f *flow.File) (storedFile, error) {
	if f != nil {
		if content, ok := strings.CutPrefix(f.ID, exampleID); ok {
			return storedFile{*f, content}, nil
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if b, ok := s.blobs[f.ID]; ok && b.file.ID != "" {
			return b, nil
		}
	}
	return storedFile{}, flow.Errorf(flow.CodeFileUnknown, "this run does not hold the file")
}

// Open implements flow.Blobs.
func (s *Files) Open(_ context.Context, f *flow.File) (io.ReadCloser, error) {
	b, err := s.lookup(f)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(strings.NewReader(b.content)), nil
}

// Stat implements flow.Blobs.
func (s *Files) Stat(_ context.Context, f *flow.File) (flow.FileStat, error) {
	b, err := s.lookup(f)
	if err != nil {
		return flow.FileStat{}, err
	}
	return flow.FileStat{File: b.file, Created: exampleCreated}, nil
}

// Release implements flow.Blobs.
func (s *Files) Release(f *flow.File) error {
	if _, err := s.lookup(f); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.blobs[f.ID]; ok {
		s.blobs[f.ID] = storedFile{} // its number is not given out again
	}
	return nil
}

// attachment is the answer of https://example.com/attachment/NAME: a text that
// names the file.
func attachment(name string) *flow.Response {
	body := []byte("content of " + name)
	return &flow.Response{
		Status: 200,
		Headers: []flow.Pair{
			{Name: "content-disposition", Value: flow.Text(fmt.Sprintf(`attachment; filename="%s"`, name))},
			{Name: "content-type", Value: flow.Text("text/plain")},
		},
		Body:  body,
		Bytes: int64(len(body)),
	}
}

// sent returns the body of a request, streamed or not.
func sent(req *flow.Request, open func(flow.Value) string) (string, error) {
	if len(req.BodyParts) == 0 {
		return open(req.Body), nil
	}
	var b strings.Builder
	for _, part := range req.BodyParts {
		if part.Open == nil {
			b.WriteString(open(part.Text))
			continue
		}
		r, err := part.Open()
		if err != nil {
			return "", err
		}
		n, err := io.Copy(&b, r)
		if err = errors.Join(err, r.Close()); err != nil {
			return "", err
		}
		if n != part.Bytes {
			return "", flow.Errorf(flow.CodeFileUnknown, "a part has %d bytes, announced %d", n, part.Bytes)
		}
	}
	return b.String(), nil
}

// deliver hands the body of a good answer to the request's sink, if it has one.
func deliver(req *flow.Request, res *flow.Response) (*flow.Response, error) {
	if req.Sink == nil || res.Status < 200 || res.Status > 299 {
		return res, nil
	}
	body := res.Body
	res.Body, res.Streamed = nil, int64(len(body))
	res.Bytes -= int64(len(body))
	return res, req.Sink(res, bytes.NewReader(body))
}
