// Package check turns a syntax tree into a checked program: names resolved,
// types and automatic conversions settled, effects and secret flow known, and
// the range of what a run costs. Read info.go first: it is what later passes
// get.
package check

import (
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// Info is everything the checker found out about a connector without errors.
type Info struct {
	Flows   []*FlowInfo // callees before their callers
	ByKey   map[string]*FlowInfo
	Steps   map[*syntax.Step]*StepInfo
	Refs    map[*syntax.Ref]*Target
	Secrets map[string]int // place of each declared secret, in source order
	Config  map[string]int // place of each declared config value
	// Auth are the values of connections by key, and AuthKeys their keys in the
	// order in which they stand behind Secrets and Config in the manifest.
	Auth     map[string]AuthValue
	AuthKeys []string
	// Icon is the connector's picture, when it has one.
	Icon *flow.Asset
}

// AuthValue is a value that flows see as ${auth.KEY}. Place is its place in the
// manifest's secrets or config values.
type AuthValue struct {
	Secret bool
	Place  int
}

// FlowInfo is what the checker knows about one flow.
type FlowInfo struct {
	Flow   *syntax.Flow
	Index  int // place in Info.Flows
	Effect flow.Effect
	// AlwaysReturns: every way through the flow that does not fail gives every
	// output that it has, so its outputs are never null.
	AlwaysReturns bool
	// Shape is the card page.shape in polling flows that declare fields of their
	// records; nil for others.
	Shape *flow.Card
	// AlwaysFails: no way through the flow ends without an error.
	AlwaysFails bool
	// FallsThrough: the last step can be left without a Return. A flow that must
	// return stops there, another returns.
	FallsThrough bool
	CostMin      int64
	CostMax      int64 // -1: unbounded
	// SecretIn names, for each input that a caller gives a secret, that caller;
	// the others are "". Such an input is secret inside the flow.
	SecretIn []string
	// Connection tells which inputs are the Connection for all callers; nil where
	// nobody calls the flow.
	Connection []bool
	// SecretOut tells which outputs may be, or contain, a secret.
	SecretOut []bool
	// UsesAuth: the flow, or one that it calls, looks at the connection.
	UsesAuth bool
}

// StepInfo is what the checker knows about one step.
type StepInfo struct {
	Name string     // given, or generated from what the step does; unique in its flow
	What string     // card key or construct: "text.concat", "if", "map", ...
	Card *flow.Card // for card steps
	Call *FlowInfo  // for Call and Loop
	// Out lists what the step offers to later ones as ${name.key}.
	Out []Output
	// Parallel: the loop runs as a parallel loop (its flow has effects and its
	// concurrency is not the literal 1).
	Parallel bool
	// Before turns what a loop runs over into a list, After makes its result of
	// the list that the turns gave; nil where neither is needed.
	Before, After *flow.Card
	// Pages is what a step that asks for pages is made of; nil for others.
	Pages *PageStep
	// Stream asks for the records of a card of another connector, page by page; nil
	// for other steps.
	Stream *flow.Card
	// Retry is what a step that tries again is made of; nil for others.
	Retry *RetryStep
	// OnError is the flow that runs when the step has failed; nil for none.
	OnError *FlowInfo
	// Dead: the step stands behind one that always ends the flow.
	Dead bool
}

// PageStep is what asks for the pages of an HTTP card.
type PageStep struct {
	Request       *flow.Card // page.request, or page.body where that says which page is asked for
	Next, Collect *flow.Card // page.next and page.collect
	Made          []int      // the inputs of the HTTP card that Request makes, in its order
	URL           int        // that with the address
	Headers, Body []string   // where its outputs stand
	Spec          flow.Value // object
}

// Output is one output of a step.
type Output struct {
	Key      string
	Type     flow.Type
	Nullable bool // may be null whatever its type says
}

// TargetKind says what a reference names.
type TargetKind uint8

// The targets of references.
const (
	ToInput   TargetKind = iota // Place: index of the flow's input
	ToSecret                    // Place: index in the connector's secrets
	ToConfig                    // Place: index in the connector's config
	ToContext                   // Place: guest.Context code
	ToError                     // the error object of the innermost If Error handler
	ToItem                      // the loop's current item
	ToIndex                     // the loop's position
	ToMemo                      // the running value of Reduce
	ToAuth                      // the object of all values of the connection
	ToStep                      // Step and Place: an output of an earlier step (index into StepInfo.Out)
)

// Target is what a reference names. Path is what remains of the reference
// behind the named thing; Type is the type after following Path.
type Target struct {
	Kind     TargetKind
	Step     *syntax.Step
	Place    int
	Path     []string
	Type     flow.Type
	Nullable bool
}
