package flow

import "context"

// Entry is the recorded outcome of one call that read or changed the world.
type Entry struct {
	Key   string `json:"key"`   // step path with iteration indices, e.g. "pages[2]/fetch"
	Card  string `json:"card"`  // card key
	Input string `json:"input"` // digest of the inputs: a replay that differs is journal.mismatch
	// Exactly one of Value and Error is meaningful; Error is nil on success.
	Value     Value  `json:"-"`
	Error     *Error `json:"-"`
	HTTPCalls int    `json:"calls,omitempty"`
	HTTPBytes int64  `json:"bytes,omitempty"`
	FileBytes int64  `json:"fileBytes,omitempty"`
	Fuel      int64  `json:"fuel,omitempty"` // spent by the card beyond its price (Call.Spend)
}

// Journal keeps the outcomes of one run's effectful calls, so that the run can
// be resumed or replayed. Implementations are used by several goroutines.
type Journal interface {
	// Recall returns the recorded outcome of the call with this key.
	Recall(ctx context.Context, key string) (Entry, bool, error)
	// Record stores an outcome; it is durable when Record returns. The flow sees
	// the outcome only afterwards.
	Record(ctx context.Context, e Entry) error
}
