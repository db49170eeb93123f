package tape

import (
	"context"

	"github.com/weirflow/weir/flow"
)

// CardCall is one call of a card of another connector and what came of it.
type CardCall struct {
	// Pos is where it stands in a file, when it was read from one.
	Pos flow.Pos
	// Step is the path of the step that makes the call; "" in calls that people
	// wrote: then any step may make it.
	Step string
	Card string // such as okta.readUser
	// Connection is the slot of the module's connections; "" for none.
	Connection string
	Options    flow.Value // object; null for none, in Loose calls for any
	Inputs     flow.Value // object, groups nested; null for none, in Loose calls for any
	// Stream asks for one page of records; Page is what the page before named as
	// the next one, null for the first.
	Stream bool
	Page   flow.Value
	// Outputs is an object, groups nested.
	Outputs flow.Value
	Records []flow.Value // of a page
	Next    flow.Value   // what names the next page; null for none
	Error   *flow.Error  // instead of an answer: its code, message and status
	// Loose calls are those that people wrote: what they leave out may be anything.
	Loose bool
}

// External returns who provides cards of other connectors through next and notes
// the calls.
func (r *Recorder) External(next flow.External) flow.External { return recordedCards{r, next} }

type recordedCards struct {
	recorder *Recorder
	next     flow.External
}

// Call implements flow.External.
func (c recordedCards) Call(ctx context.Context, call *flow.ExternalCall) (*flow.ExternalAnswer, error) {
	a, err := c.next.Call(ctx, call)
	x := CardCall{
		Step: call.Step, Card: call.Card.Key(), Connection: call.Slot, Options: call.Options, Inputs: call.Inputs, Stream: call.Stream, Page: call.Page,
	}
	switch e := flow.AsError(err); {
	case err == nil && a == nil:
		return a, err
	case err == nil:
		x.Outputs, x.Records, x.Next = a.Outputs, a.Records, a.Next
	case e.Code == flow.CodeRunCancelled || ctx.Err() != nil:
		return a, err // the run ends here
	default:
		x.Error = e
	}
	r := c.recorder
	size := x.Inputs.Size() + x.Outputs.Size() + flow.ListOf(x.Records...).Size()
	if size > MaxTape {
		r.fail("the call of step %s has %d bytes of inputs and answer, and a tape keeps %d", call.Step, size, MaxTape)
		return a, err
	}
	r.mu.Lock()
	r.cards = append(r.cards, x)
	r.bytes += size
	over := r.bytes > MaxTape
	r.mu.Unlock()
	if over {
		r.fail("the requests and answers of the run have more than %d bytes", MaxTape)
	}
	return a, err
}

// card clears a call of secrets.
func (e eraser) card(x CardCall) CardCall {
	for _, v := range []*flow.Value{&x.Options, &x.Inputs, &x.Page, &x.Outputs, &x.Next} {
		*v = e.value(flow.Plain(*v))
	}
	records := make([]flow.Value, len(x.Records))
	for i, v := range x.Records {
		records[i] = e.value(flow.Plain(v))
	}
	if x.Records = records; len(records) == 0 {
		x.Records = nil
	}
	if x.Error != nil {
		x.Error = e.failure(x.Error)
	}
	return x
}

// External returns who answers for cards of other connectors from the tape. Its
// errors are the recorded ones, and tape.mismatch for a call that the tape does
// not have; flows see it as card.external, and Faults tells of it.
func (p *Player) External() flow.External { return playedCards{p} }

type playedCards struct{ player *Player }

// Call implements flow.External.
func (c playedCards) Call(_ context.Context, call *flow.ExternalCall) (*flow.ExternalAnswer, error) {
	x := c.player.takeCard(call)
	switch {
	case x == nil:
		return nil, flow.Errorf(flow.CodeTapeMismatch, "the call is not one that is expected")
	case x.Error != nil:
		e := *x.Error
		return nil, &e
	}
	return &flow.ExternalAnswer{Outputs: x.Outputs, Records: x.Records, Next: x.Next}, nil
}

// takeCard returns the recorded call for a call, which is used from then on, or
// nil after noting how the call differs.
func (p *Player) takeCard(call *flow.ExternalCall) *CardCall {
	p.mu.Lock()
	defer p.mu.Unlock()
	ofStep := call.Step != "" && p.steps[call.Step]
	var nearest *CardCall
	var fewest []string
	for i, x := range p.cards {
		if x.Step != "" && (ofStep || x.Loose) && x.Step != call.Step || ofStep && x.Step == "" && !x.Loose {
			continue
		}
		diffs := p.match.cardDifferences(x, call)
		if len(diffs) == 0 {
			p.cards = append(p.cards[:i:i], p.cards[i+1:]...)
			return x
		}
		sameCard := nearest != nil && nearest.Card == call.Card.Key()
		if is := x.Card == call.Card.Key(); nearest == nil || is && !sameCard || is == sameCard && len(diffs) < len(fewest) {
			nearest, fewest = x, diffs
		}
		if ofStep && !x.Loose {
			p.cards = append(p.cards[:i:i], p.cards[i+1:]...) // it is told of once
			break                                             // calls are made in order
		}
	}
	what := "unexpected call: " + call.Card.Key() + " " + Show(flow.Plain(call.Inputs))
	if nearest == nil {
		p.faults = append(p.faults, described(what, call.Step, flow.Pos{}, "", nil))
	} else {
		p.faults = append(p.faults, described(what, call.Step, nearest.Pos, nearest.Step, fewest))
	}
	return nil
}

// cardDifferences lists in what a call is not the recorded one.
func (m matcher) cardDifferences(x *CardCall, call *flow.ExternalCall) []string {
	var out []string
	if key := call.Card.Key(); key != x.Card {
		out = append(out, differ("card", flow.Printable(x.Card), key))
	}
	if call.Slot != x.Connection && !(x.Loose && x.Connection == "") {
		out = append(out, differ("connection", quote(x.Connection), quote(call.Slot)))
	}
	if call.Stream != x.Stream && !x.Loose {
		out = append(out, differ("stream", Show(flow.Bool(x.Stream)), Show(flow.Bool(call.Stream))))
	}
	for _, part := range []struct {
		name      string
		want, got flow.Value
	}{{"options", x.Options, call.Options}, {"inputs", x.Inputs, call.Inputs}, {"page", x.Page, call.Page}} {
		if part.want.IsNull() && x.Loose {
			continue
		}
		out = append(out, m.compare(part.name, empty(part.want), empty(flow.Plain(part.got)))...)
	}
	return out
}

// empty makes no options or inputs the same as none of them.
func empty(v flow.Value) flow.Value {
	if v.Kind() == flow.KindObject && v.Object().Len() == 0 {
		return flow.Null()
	}
	return v
}
