package bridge

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/weirflow/weir/engine/internal/budget"
	"github.com/weirflow/weir/flow"
)

// effect runs a card that observes or changes the world, through the journal
// where the run has one.
func (c *cardImport) effect(in *Instance, step int32, call *flow.Call) (flow.Value, error) {
	in.run.watch()
	in.env.reset(step)
	call.Env, call.Slot = &in.env, in.step(step).Slot
	path := in.path(step)
	in.paid(path)
	if c.card.Effect == flow.Writes {
		call.Key = idempotencyKey(in.run.id, in.operation(step, path))
	}
	j := in.run.journal
	if j == nil {
		return c.act(in, call)
	}
	input := c.inputDigest(call)
	e, found, err := j.Recall(in.scope, path)
	if err != nil {
		return flow.Value{}, journalError(err)
	}
	if found && in.holdsFiles(e.Value) {
		return c.replay(in, step, &e, input)
	}
	before := in.fuel
	v, err := c.act(in, call)
	if err == nil && v.HasSecret() {
		if c.card.Effect == flow.Reads {
			return v, nil // it cannot be kept, and reading again does no harm
		}
		err = flow.Errorf(flow.CodeSecretFlow, "card %s returned a secret, which a journal cannot keep", c.card.Key)
	}
	e = flow.Entry{Key: path, Card: c.card.Key, Input: input, HTTPCalls: in.env.httpCalls, HTTPBytes: in.env.httpBytes, FileBytes: in.env.fileBytes, Fuel: in.fuel - before}
	if err != nil {
		e.Error = flow.AsError(err)
		if e.Error.Code.Trap() {
			return flow.Value{}, err // the run ends here; a resumed one tries again
		}
	} else {
		e.Value = v
	}
	in.worker.Pause()
	if jerr := j.Record(in.scope, e); jerr != nil {
		return flow.Value{}, journalError(jerr)
	}
	return v, err
}

// holdsFiles reports whether the run has the content of every file in v: a run
// that is resumed with another store reads again what the first one had read.
func (in *Instance) holdsFiles(v flow.Value) bool {
	switch v.Kind() {
	case flow.KindFile:
		if in.run.files == nil {
			return false
		}
		_, err := in.run.files.Stat(in.scope, v.File())
		return err == nil
	case flow.KindList:
		for _, x := range v.List().All() {
			if !in.holdsFiles(x) {
				return false
			}
		}
	case flow.KindObject:
		for _, x := range v.Object().All() {
			if !in.holdsFiles(x) {
				return false
			}
		}
	}
	return true
}

// act runs the card; a limit that it reached ends the run even if the card has
// swallowed the error.
func (c *cardImport) act(in *Instance, call *flow.Call) (flow.Value, error) {
	v, err := c.protect(in, call)
	if in.env.limit != nil && !in.run.interrupted(in.scope) {
		return flow.Value{}, in.env.limit
	}
	return v, err
}

// replay gives the recorded outcome and charges what it cost.
func (c *cardImport) replay(in *Instance, step int32, e *flow.Entry, input string) (flow.Value, error) {
	if e.Card != c.card.Key || e.Input != input {
		return flow.Value{}, flow.Errorf(flow.CodeJournalMismatch, "the journal has another call of %s at this step", e.Card)
	}
	in.spend(step, budget.HTTPCalls, int64(e.HTTPCalls))
	in.spend(step, budget.HTTPBytes, e.HTTPBytes)
	in.spend(step, budget.FileBytes, e.FileBytes)
	in.spend(step, budget.Fuel, e.Fuel)
	in.fuel += e.Fuel
	if e.Error != nil {
		return flow.Value{}, e.Error
	}
	return e.Value, nil
}

func journalError(err error) error {
	e := flow.AsError(err)
	if !e.Code.Trap() || e.Code == flow.CodeInternal {
		return flow.Errorf(flow.CodeJournalIO, "the journal failed: %v", err)
	}
	return e
}

// inputDigest identifies the inputs of a call. Secrets count by their label, so
// that a run can be resumed with renewed credentials.
func (c *cardImport) inputDigest(call *flow.Call) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s@%d\n", c.card.Key, c.card.Ver())
	if call.Slot != "" {
		fmt.Fprintf(h, "connection %q\n", call.Slot)
	}
	put := func(key string, v flow.Value) {
		b, _ := v.MarshalJSON() // never fails
		fmt.Fprintf(h, "%q %s %q %s\n", key, v.Kind(), flow.SecretLabel(v), b)
	}
	for i, v := range call.Args {
		put(c.card.In[i].Key, v)
	}
	for k, v := range call.Extra.All() {
		put(k, v)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// idempotencyKey names one call of one run for the outside world: the first 128
// bits of SHA-256 over run and path.
func idempotencyKey(run, path string) string {
	h := sha256.Sum256([]byte(run + "\n" + path))
	return hex.EncodeToString(h[:16])
}
