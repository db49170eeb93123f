package flow

import "context"

// Host is who started a run, as far as the run's cards speak to it: a service
// that answers callers, a command line, a test. It is used by several
// goroutines. Every method is called once for each step that asks, however often
// the run is resumed from its journal; key names the step's call and is the same
// each time, so that a host can tell a call that it has seen.
type Host interface {
	// Start begins a run of a flow of the same module and does not wait for it
	// (Call Flow Async). An error means that the flow could not be started.
	Start(ctx context.Context, key, flowKey string, input Value) error
	// Reply answers whoever is waiting for the run (Close, Return Raw). Only the
	// first answer of a run has an effect.
	Reply(ctx context.Context, key string, r Reply) error
	// Pause hands values to whoever is waiting for the run, and gives what they, or
	// somebody later, send to resume it. Where nothing has been sent yet it returns
	// run.paused, which ends the run; the run is started again with its journal when
	// there is an answer.
	Pause(ctx context.Context, key string, r Reply) (Value, error)
	// Export gives the source of a flow of the module, or of all of them where
	// flowKey is "", as one text with a name for its file.
	Export(ctx context.Context, flowKey string) (name, text string, err error)
}

// Reply is an answer to whoever is waiting for a run.
type Reply struct {
	// Raw: Status, Headers and Body are the answer. Otherwise Values are, as JSON.
	Raw     bool
	Status  int
	Headers []Pair
	Body    string
	Values  Value
}

// HostEnv is an Env whose run has a host.
type HostEnv interface {
	Env
	// Host returns the run's host, or nil when it has none.
	Host() Host
}

// HostOf returns the host behind env; card.unbound when there is none.
func HostOf(env Env) (Host, error) {
	if e, ok := env.(HostEnv); ok {
		if h := e.Host(); h != nil {
			return h, nil
		}
	}
	return nil, Errorf(CodeCardUnbound, "nobody hosts this run: it cannot answer, pause, or start and export flows")
}
