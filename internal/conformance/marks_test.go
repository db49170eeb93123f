package conformance

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
)

// TestMarksChangeNothing: a module with marks for coverage does what the module
// without them does, and its trace is the same but for the marks.
func TestMarksChangeNothing(t *testing.T) {
	marks := 0
	for _, path := range goldens(t) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			g := loadGolden(t, path)
			if g.has("diag") {
				return
			}
			run := func(opt compiler.Options) (outcome, string, int) {
				b := newBench(t, compile(t, g.source, opt), engine.Config{Limits: engine.Limits{Trace: 64 << 20}})
				r := g.given()
				r.Trace = true
				got, res := b.run(r)
				got.Fuel, got.Calls = 0, 0
				var steps []engine.TraceStep
				for _, s := range res.Trace {
					if s.What != flow.WhatMark {
						s.Fuel = 0
						steps = append(steps, s)
					}
				}
				return got, traceText(steps), len(res.Trace) - len(steps)
			}
			plain, plainTrace, none := run(compiler.Options{NoOptimize: true})
			marked, markedTrace, n := run(compiler.Options{NoOptimize: true, Coverage: true})
			if plain != marked || plainTrace != markedTrace {
				t.Errorf("with marks\n%v\n%s\nwithout\n%v\n%s", marked, markedTrace, plain, plainTrace)
			}
			if none != 0 {
				t.Errorf("a module without marks shows %d", none)
			}
			marks += n
		})
	}
	if marks < 100 {
		t.Errorf("only %d marks were seen", marks)
	}
}
