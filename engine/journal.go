package engine

import (
	"context"
	"sync"

	"github.com/weirflow/weir/flow"
)

// NewMemoryJournal returns a journal that lasts as long as the process.
func NewMemoryJournal() flow.Journal { return &memoryJournal{entries: map[string]flow.Entry{}} }

type memoryJournal struct {
	mu      sync.Mutex
	entries map[string]flow.Entry
}

// Recall implements flow.Journal.
func (j *memoryJournal) Recall(_ context.Context, key string) (flow.Entry, bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e, ok := j.entries[key]
	return e, ok, nil
}

// Record implements flow.Journal.
func (j *memoryJournal) Record(_ context.Context, e flow.Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, dup := j.entries[e.Key]; dup {
		return flow.Errorf(flow.CodeJournalMismatch, "the journal already has an entry for step %s", e.Key)
	}
	j.entries[e.Key] = e
	return nil
}
