package conformance

import (
	"context"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
)

// frozen is a world in which time stands and chance has one outcome, for the
// engine and, as an environment, for the evaluator.
type frozen struct {
	*cardtest.Env
	tables *cardtest.Tables
}

func newFrozen(m *flow.Manifest, external flow.External) frozen {
	s := frozen{cardtest.NewEnv(), cardtest.NewTables(m.Tables...)}
	s.Outside = external
	return s
}

// steady is the randomness of a frozen world.
type steady struct{}

func (steady) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(i*37 + 11)
	}
	return len(p), nil
}

func (s frozen) Now() time.Time                             { return s.Clock }
func (s frozen) Random() io.Reader                          { return steady{} }
func (s frozen) Sleep(context.Context, time.Duration) error { return nil }
func (s frozen) Tables() flow.Tables                        { return s.tables }
func (s frozen) Fetch(ctx context.Context, r *flow.Request) (*flow.Response, error) {
	return madeFetcher{}.Fetch(ctx, r)
}

// frozenWorld is the same as the engine asks for it.
type frozenWorld struct{ frozen }

func (w frozenWorld) Now(string) time.Time                               { return w.Clock }
func (w frozenWorld) Random(string) io.Reader                            { return steady{} }
func (w frozenWorld) Sleep(context.Context, string, time.Duration) error { return nil }

// onlyEngine are the errors of checks that the evaluator does not make: it has no
// hosts, no slots and no limits.
var onlyEngine = []flow.Code{flow.CodeEgressDenied, flow.CodeConnectionSlot, flow.CodeLimitHTTPCalls}

// sameMade runs a flow on made-up values, on the engine and on the evaluator, and
// reports whether it could compare what they say. The evaluator has the meaning
// of each card from the card and that of control flow from the IR, so that what
// it says is what the semantics determine.
func sameMade(t *testing.T, b *bench, info *flow.FlowInfo, external flow.External) bool {
	t.Helper()
	m := b.out.Manifest
	input, slots := madeInput(info), madeSlots(m)
	s := newFrozen(m, external)
	res, err := b.module.Run(t.Context(), engine.Run{ID: "run", Flow: info.Key, Input: input, Helper: true, Host: s.Host(), External: external,
		Tables: s.tables, Files: s.Blobs(), World: frozenWorld{s}, Slots: slots})
	if err != nil && slices.Contains(onlyEngine, flow.CodeOf(err)) {
		return false
	}
	s = newFrozen(m, external)
	ref := b.out.Reference()
	ref.Env, ref.Context = s, contextOf(info.Key, s.Env)
	bound, bindErr := flow.BindFields(info.In, input)
	if bindErr != nil {
		t.Errorf("%s: %v", info.Key, bindErr)
		return false
	}
	want, refErr := ref.Run(t.Context(), info.Key, bound)
	// Fuel and calls are left out: a check of the engine may have failed in a try.
	engineSays := outcome{Outputs: res.Outputs.String(), Stopped: res.Stopped, Message: res.Message.String(), Error: errorText(err)}
	evaluatorSays := outcome{Outputs: want.Outputs.String(), Stopped: want.Stopped, Message: want.Message.String(), Error: errorText(refErr)}
	if engineSays != evaluatorSays {
		t.Errorf("%s: WebAssembly and evaluator differ\nwasm      %v\nevaluator %v", info.Key, engineSays, evaluatorSays)
	}
	return true
}
