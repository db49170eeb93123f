package conformance

import (
	"context"
	"sync"

	"github.com/weirflow/weir/flow"
)

// journal keeps entries in the order they were recorded.
type journal struct {
	mu      sync.Mutex
	entries []flow.Entry
	keys    map[string]int
}

// resumed returns a journal that holds the given entries, as a run finds it
// that is started again after a crash.
func resumed(entries []flow.Entry) *journal {
	j := &journal{keys: map[string]int{}}
	for _, e := range entries {
		j.keys[e.Key] = len(j.entries)
		j.entries = append(j.entries, e)
	}
	return j
}

func (j *journal) Recall(_ context.Context, key string) (flow.Entry, bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	i, ok := j.keys[key]
	if !ok {
		return flow.Entry{}, false, nil
	}
	return j.entries[i], true, nil
}

func (j *journal) Record(_ context.Context, e flow.Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, dup := j.keys[e.Key]; dup {
		return flow.Errorf(flow.CodeJournalMismatch, "%s was recorded twice", e.Key)
	}
	j.keys[e.Key] = len(j.entries)
	j.entries = append(j.entries, e)
	return nil
}
