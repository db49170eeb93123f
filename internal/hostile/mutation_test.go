//go:build linux

package hostile

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/guest/wasmtest"
)

// mutate changes a few bytes of a module. Most changes are made to its code,
// where more of them leave a module that Verify accepts.
func mutate(rng *rand.Rand, wasm []byte) []byte {
	out := bytes.Clone(wasm)
	for range 1 + rng.IntN(3) {
		at := rng.IntN(len(out))
		if rng.IntN(4) > 0 {
			at = len(out) - 1 - rng.IntN(max(len(out)/2, 1)) // the code is the last section
		}
		switch rng.IntN(4) {
		case 0:
			out[at] ^= 1 << rng.IntN(8)
		case 1:
			out[at] = byte(rng.IntN(24)) // small indices, steps, handles
		case 2:
			out[at]++
		default:
			out[at] = out[rng.IntN(len(out))]
		}
	}
	return out
}

// TestHostileMutations changes real modules at random and runs what is accepted:
// compiled to machine code, which no fuzzing process does.
func TestHostileMutations(t *testing.T) {
	attack(t, engine.Config{Modules: 1}, func(c *child) {
		seed := rand.Uint64()
		rng := rand.New(rand.NewPCG(seed, 0))
		seeds := genuine(c)
		seeds = append(seeds, wasmtest.Generate("valid", ""), wasmtest.Generate("call-bomb", "1"))
		each, accepted, tried := count(60, 5000), 0, 0
		for _, wasm := range seeds {
			for range each {
				tried++
				if survive(c, c.engine, mutate(rng, wasm)) {
					accepted++
				}
				if c.Failed() {
					c.Fatalf("seed %d", seed)
				}
			}
		}
		if accepted < tried/100 {
			c.Errorf("only %d of %d mutations were accepted", accepted, tried)
		}
		c.seen.report.Note = fmt.Sprintf("%d of %d accepted", accepted, tried)
	})
}
