package check

import (
	"slices"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// The cards behind the constructs that speak to who started the run.
const (
	cardStart     = "control.start"
	cardReturnRaw = "control.returnRaw"
	cardPause     = "control.pause"
	cardPauseRaw  = "control.pauseRaw"
)

// told notes the card behind a construct.
func (b *body) told(s *syntax.Step, si *StepInfo, key string) {
	si.Card = b.need(key, s.Pos, si.What)
	if !b.dead {
		b.effect = max(b.effect, flow.Writes)
	}
}

// start checks Call Flow Async. The flow begins a run of its own, so that it may
// start the one that starts it.
func (b *body) start(s *syntax.Step, si *StepInfo, do *syntax.Start) {
	b.told(s, si, cardStart)
	fi := b.info.ByKey[do.Flow.Text]
	switch {
	case fi == nil && b.inactive(do.Flow.Text) != nil:
		b.d.Error(flow.CodeFlowUnknown, do.Flow.Pos, "the flow %q is switched off", do.Flow.Text)
	case fi == nil && b.conn.Unread.Flow(do.Flow.Text):
	case fi == nil:
		var helpers []string
		for k, other := range b.info.ByKey {
			if other.Flow.Type.Text == flow.FlowHelper {
				helpers = append(helpers, k)
			}
		}
		slices.Sort(helpers)
		b.d.Error(flow.CodeFlowUnknown, do.Flow.Pos, "no flow has the key %s", flow.Excerpt(do.Flow.Text)).
			Fix = problem.Suggest(do.Flow.Text, helpers)
	case fi.Flow.Type.Text != flow.FlowHelper:
		b.d.Error(flow.CodeFlowType, do.Flow.Pos, "the flow %q is of type %s, and only helpers can be started", do.Flow.Text, fi.Flow.Type.Text)
	}
	given := map[string]bool{}
	for _, a := range do.With {
		i := -1
		if fi != nil {
			i = slices.IndexFunc(fi.Flow.Inputs, func(f *syntax.Field) bool { return f.Key.Text == a.Key.Text })
		}
		if i < 0 {
			b.expr(a.Value)
			if fi != nil {
				b.d.Error(flow.CodeCardInput, a.Key.Pos, "the flow %q has no input %s", do.Flow.Text, flow.Excerpt(a.Key.Text)).
					Fix = problem.Suggest(a.Key.Text, keys(fi.Flow.Inputs))
			}
			continue
		}
		given[a.Key.Text] = true
		b.want(a.Value, fi.Flow.Inputs[i].Type, "input "+a.Key.Text+" of a flow that is started", false)
	}
	if fi == nil {
		return
	}
	for _, in := range fi.Flow.Inputs {
		if in.Required && !given[in.Key.Text] {
			b.d.Error(flow.CodeCardMissing, do.Flow.Pos, "the flow %q needs the input %q", do.Flow.Text, in.Key.Text)
		}
	}
}

// rawTypes are the types of the parts of a hand-made HTTP answer.
func rawType(key string) flow.Type {
	switch key {
	case "statusCode":
		return flow.NumberType
	case "headers":
		return flow.ObjectType
	}
	return flow.TextType
}

// returnRaw checks Return Raw, which ends the flow.
func (b *body) returnRaw(s *syntax.Step, si *StepInfo, do *syntax.ReturnRaw) {
	b.told(s, si, cardReturnRaw)
	if b.block != nil {
		b.d.Error(flow.CodeFlowReturn, s.Pos, "return_raw ends the flow, and cannot stand in a block of its own").
			WithFix("return the parts of the answer from the block, and give them to return_raw behind it")
	}
	for _, f := range do.Fields {
		b.want(f.Value, rawType(f.Key.Text), "the "+f.Key.Text+" of the answer", false)
	}
	if !b.dead {
		b.incomplete = true
	}
}

// pause checks the steps that park the run.
func (b *body) pause(s *syntax.Step, si *StepInfo, do *syntax.Pause) {
	if do.Raw {
		b.told(s, si, cardPauseRaw)
		for _, f := range do.Values {
			b.want(f.Value, rawType(f.Key.Text), "the "+f.Key.Text+" of the answer", false)
		}
		si.Out = []Output{{Key: "headers", Type: flow.ObjectType}, {Key: "body", Type: flow.TextType}}
		return
	}
	b.told(s, si, cardPause)
	for _, v := range do.Values {
		b.want(v.Value, flow.AnyType, "the value "+v.Key.Text, false)
	}
	for _, o := range do.Outputs {
		si.Out = append(si.Out, Output{Key: o.Key.Text, Type: o.Type, Nullable: true})
	}
}
