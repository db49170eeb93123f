package check

import (
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// stream checks a step that takes the records of a card of another connector,
// and replaces its outputs by their number.
func (b *body) stream(s *syntax.Step, si *StepInfo, do *syntax.Card) {
	st := do.Stream
	if st.Limit != nil {
		b.want(st.Limit, flow.NumberType, "the limit of stream", false)
	}
	switch x := si.Card.External; {
	case x == nil || !x.Streams:
		e := b.d.Error(flow.CodeStreamInvalid, st.Pos, "card %s gives no stream of records", si.Card.Key)
		if x != nil {
			e.WithFix("write streams: true in the declaration of the card, if it does")
		}
	case do.Pages != nil:
		b.d.Error(flow.CodeStreamInvalid, st.Pos, "a step has either paginate or stream")
	default:
		si.Stream = flow.ExternalStream(x)
	}
	si.Out = []Output{{Key: "count", Type: flow.NumberType}}
	b.perRecord(s, si, st.Flow, &st.With)
}
