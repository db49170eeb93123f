package bundle_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/weirflow/weir/bundle"
	"github.com/weirflow/weir/bundle/bundletest"
	"github.com/weirflow/weir/flow"
)

func corpus(t testing.TB) []bundletest.Case {
	t.Helper()
	cases, err := bundletest.Corpus("../testdata/bundles")
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) < 60 {
		t.Fatalf("only %d cases", len(cases))
	}
	return cases
}

// TestHostile opens every bundle of the corpus and compares the code.
func TestHostile(t *testing.T) {
	for _, c := range corpus(t) {
		t.Run(c.Name, func(t *testing.T) {
			before := bytes.Clone(c.Data)
			b, err := bundle.Open(c.Data, c.Trust)
			got := "ok"
			if err != nil {
				got = string(flow.CodeOf(err))
			}
			if got != c.Open {
				t.Fatalf("opening %d bytes: %v, want %s", len(c.Data), err, c.Open)
			}
			if c.Says != "" && !strings.Contains(err.Error(), c.Says) {
				t.Errorf("the message is %q, want %q in it", err, c.Says)
			}
			var e *flow.Error
			if err != nil && (!errors.As(err, &e) || e.Code == flow.CodeInternal) {
				t.Errorf("%v is not a coded error", err)
			}
			if !bytes.Equal(before, c.Data) {
				t.Error("Open has changed the bytes")
			}
			if err != nil {
				return
			}
			// What is accepted is what Seal makes, but for the signatures.
			sealed, err := bundle.Seal(b.Contents())
			if err != nil {
				t.Fatal(err)
			}
			again, err := bundle.Open(sealed, bundle.TrustAnyone())
			if err != nil || len(again.Members()) != len(b.Members()) {
				t.Fatalf("sealed again: %v", err)
			}
			for i, m := range b.Members() {
				if again.Members()[i] != m {
					t.Errorf("sealed again, %v is %v", m, again.Members()[i])
				}
			}
		})
	}
}
