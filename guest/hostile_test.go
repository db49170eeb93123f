package guest_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/guest/wasmtest"
)

const corpusDir = "../testdata/hostile"

func corpus(t testing.TB) []wasmtest.Case {
	t.Helper()
	cases, err := wasmtest.Corpus(corpusDir)
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) < 200 {
		t.Fatalf("only %d cases in %s", len(cases), corpusDir)
	}
	return cases
}

// TestHostile judges every module of the corpus and compares the code.
func TestHostile(t *testing.T) {
	for _, c := range corpus(t) {
		t.Run(c.Name, func(t *testing.T) {
			wasm := c.Wasm()
			if wasm == nil {
				t.Fatal("there is no such generator")
			}
			m, err := guest.Verify(wasm)
			got := "ok"
			if err != nil {
				got = string(flow.CodeOf(err))
			}
			if got != c.Verify {
				t.Fatalf("Verify of %d bytes: %v, want %s", len(wasm), err, c.Verify)
			}
			if c.Says != "" && !strings.Contains(err.Error(), c.Says) {
				t.Errorf("the message is %q, want %q in it", err, c.Says)
			}
			if (m == nil) != (err != nil) {
				t.Errorf("Verify returns %v and %v", m, err)
			}
			var e *flow.Error
			if err != nil && (!errors.As(err, &e) || e.Code == flow.CodeInternal) {
				t.Errorf("%v is not a coded error", err)
			}
		})
	}
}

// refusalFactor is how many times longer than hashing Verify may take to refuse a
// module: SHA-256 of 256 KiB takes 0.15 ms where the processor helps, so that this stands
// for about 20 ms. A module of less than refusalFloor bytes counts as that many.
const (
	refusalFactor = 150
	refusalFloor  = 64 << 10
)

// TestRefusalTime compares with a hash of the same bytes on the same machine, so
// that it does not depend on the machine.
func TestRefusalTime(t *testing.T) {
	for _, c := range corpus(t) {
		wasm := c.Wasm()
		if c.Verify == "ok" || len(wasm) == 0 {
			continue
		}
		hashed := wasm
		if len(hashed) < refusalFloor {
			hashed = make([]byte, refusalFloor)
		}
		// The fastest of several tries, and of many where they are slow: other
		// processes only ever add time.
		reference, refusal := time.Hour, time.Hour
		for try := 0; try < 5 || try < 100 && refusal > slowdown*refusalFactor*reference; try++ {
			start := time.Now()
			sha256.Sum256(hashed)
			reference = min(reference, time.Since(start))
			start = time.Now()
			guest.Verify(wasm)
			refusal = min(refusal, time.Since(start))
		}
		if refusal > slowdown*refusalFactor*reference {
			t.Errorf("%s: refusing %d bytes took %v, hashing them %v", c.Name, len(wasm), refusal, reference)
		}
	}
}
