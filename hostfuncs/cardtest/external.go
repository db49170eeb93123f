package cardtest

import (
	"context"
	"hash/fnv"
	"strconv"
	"sync"
	"time"

	"github.com/weirflow/weir/flow"
)

// Stub provides the cards of other connectors: it answers every call with values
// made of the declared output types, the same ones each time. Texts name the
// output that they are, numbers are small, lists have two items, and objects their
// known members or an id and a name. Files and flows are null. The zero value is
// ready, and may be used by several goroutines.
type Stub struct {
	// Answer is asked first, with the number of calls that had the same key before
	// this one (attempts of one step have the same). No answer and no error leave
	// the answer to the stub. Default: nobody is asked.
	Answer func(c *flow.ExternalCall, attempt int) (*flow.ExternalAnswer, error)
	// Pages and PageSize are what a stream has. Default: 3 pages of 2 records.
	Pages, PageSize int

	mu       sync.Mutex
	attempts map[string]int
	calls    []flow.ExternalCall
}

var _ flow.External = (*Stub)(nil)

// Calls returns the calls so far, in order.
func (s *Stub) Calls() []flow.ExternalCall {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]flow.ExternalCall(nil), s.calls...)
}

// Call implements flow.External.
func (s *Stub) Call(ctx context.Context, c *flow.ExternalCall) (*flow.ExternalAnswer, error) {
	s.mu.Lock()
	if s.attempts == nil {
		s.attempts = map[string]int{}
	}
	attempt := s.attempts[c.Key]
	s.attempts[c.Key]++
	s.calls = append(s.calls, *c)
	s.mu.Unlock()
	if s.Answer != nil {
		if a, err := s.Answer(c, attempt); a != nil || err != nil {
			return a, err
		}
	}
	if c.Stream {
		return s.page(c), ctx.Err()
	}
	return &flow.ExternalAnswer{Outputs: outputsOf(c.Card), Bytes: 100}, ctx.Err()
}

// page makes the page that a call asks for. Pages are named by their number.
func (s *Stub) page(c *flow.ExternalCall) *flow.ExternalAnswer {
	pages, size := s.Pages, s.PageSize
	if pages == 0 {
		pages = 3
	}
	if size == 0 {
		size = 2
	}
	n := int(c.Page.Number())
	a := &flow.ExternalAnswer{Bytes: int64(100 * size)}
	for i := range size {
		a.Records = append(a.Records, record(c.Card, n*size+i+1))
	}
	if n+1 < pages {
		a.Next = flow.Number(float64(n + 1))
	}
	return a
}

// record is the n-th record of a stream: an item of the first list of objects
// among the outputs, or what an output of type object would be.
func record(card *flow.ExternalInfo, n int) flow.Value {
	for i := range card.Out {
		if f := &card.Out[i]; f.Type.List && f.Type.Base == flow.BaseObject {
			return generated(f, card.Key(), n)
		}
	}
	return generated(&flow.FieldInfo{Key: "record", Type: flow.ObjectType}, card.Key(), n)
}

func outputsOf(card *flow.ExternalInfo) flow.Value {
	var top flow.ObjectBuilder
	groups := map[string]*flow.ObjectBuilder{}
	var order []string
	for i := range card.Out {
		f := &card.Out[i]
		v := generated(f, card.Key(), 1)
		if f.Type.List {
			v = flow.ListOf(v, generated(f, card.Key(), 2))
		}
		if f.Group == "" {
			top.Set(f.Key, v)
			continue
		}
		if groups[f.Group] == nil {
			groups[f.Group] = &flow.ObjectBuilder{}
			order = append(order, f.Group)
		}
		groups[f.Group].Set(f.Key, v)
	}
	for _, g := range order {
		top.Set(g, groups[g].Value())
	}
	return top.Value()
}

// generated makes the n-th value for an output, without its list.
func generated(f *flow.FieldInfo, card string, n int) flow.Value {
	h := fnv.New32a()
	_, _ = h.Write([]byte(card + "\n" + f.Group + "\n" + f.Key)) // never fails
	seed := int64(h.Sum32())
	switch f.Type.Base {
	case flow.BaseNumber:
		return flow.Number(float64(seed%97 + int64(n)))
	case flow.BaseBool:
		return flow.Bool((seed+int64(n))%2 == 0)
	case flow.BaseDate:
		return flow.DateOf(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(seed%365)+n))
	case flow.BaseFile, flow.BaseFlow:
		return flow.Null()
	case flow.BaseObject:
		var b flow.ObjectBuilder
		for i := range f.Fields {
			sub := &f.Fields[i]
			v := generated(sub, card+"."+f.Key, n)
			if sub.Type.List {
				v = flow.ListOf(v)
			}
			b.Set(sub.Key, v)
		}
		if len(f.Fields) == 0 {
			b.Set("id", flow.Text(f.Key+"-"+strconv.Itoa(n)))
			b.Set("name", flow.Text(f.Key+" "+strconv.Itoa(n)))
		}
		return b.Value()
	}
	return flow.Text(f.Key + " " + strconv.Itoa(n))
}
