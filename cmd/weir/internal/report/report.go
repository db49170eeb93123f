// Package report writes what came of tests: for people, in the Test Anything
// Protocol, and as JUnit XML.
package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/weirflow/weir/cmd/weir/internal/coverage"
	"github.com/weirflow/weir/flow"
)

// Test is what one test came to.
type Test struct {
	File     string        `json:"file"`
	Line     int           `json:"line"`
	Name     string        `json:"name"`
	Passed   bool          `json:"passed"`
	Failures []string      `json:"failures,omitempty"` // may have several lines
	Duration time.Duration `json:"duration"`           // nanoseconds
}

// Title names a test as --run matches it.
func Title(file, name string) string { return file + ": " + name }

func (t *Test) title() string { return flow.Printable(Title(t.File, t.Name)) }

func (t *Test) place() string { return flow.Pos{File: t.File, Line: t.Line, Col: 1}.String() }

// Run is what all tests came to.
type Run struct {
	Tests    []Test           `json:"tests"`
	Passed   int              `json:"passed"`
	Failed   int              `json:"failed"`
	Coverage *coverage.Report `json:"coverage,omitempty"` // nil where it was not asked for
	// Brief leaves the lines of flows out where the coverage is printed.
	Brief bool `json:"-"`
	// Below says in which way the coverage is less than it must be.
	Below []string `json:"below,omitempty"`
}

// Add adds a test.
func (r *Run) Add(t Test) {
	r.Tests = append(r.Tests, t)
	if t.Passed {
		r.Passed++
	} else {
		r.Failed++
	}
}

// OK reports whether all is as it must be.
func (r *Run) OK() bool { return r.Failed == 0 && len(r.Below) == 0 }

// Text writes the run for people: a line for each test, what failed below it, the
// coverage, and a summary.
func (r *Run) Text(w io.Writer) {
	for i := range r.Tests {
		t := &r.Tests[i]
		if t.Passed {
			fmt.Fprintln(w, "ok   ", t.title())
			continue
		}
		fmt.Fprintln(w, "FAIL ", t.title())
		for _, f := range t.Failures {
			for j, line := range strings.Split(f, "\n") {
				indent := "      "
				if j > 0 {
					indent = "        "
				}
				fmt.Fprintln(w, indent+flow.Printable(line))
			}
		}
	}
	if r.Coverage != nil {
		r.coverage(w, "")
	}
	fmt.Fprintf(w, "%d passed, %d failed\n", r.Passed, r.Failed)
}

// coverage writes a line for each flow, with what it misses below, and in which
// way the whole is too little.
func (r *Run) coverage(w io.Writer, before string) {
	if !r.Brief {
		r.flows(w, before)
	}
	for _, b := range r.Below {
		fmt.Fprintln(w, before+b)
	}
}

func (r *Run) flows(w io.Writer, before string) {
	wide := len("all flows")
	for _, f := range r.Coverage.Flows {
		wide = max(wide, len([]rune(flow.Printable(f.Flow))))
	}
	line := func(name string, steps, branches coverage.Count) {
		fmt.Fprintf(w, "%s%-*s  steps %s  branches %s\n", before, wide, name, amount(steps), amount(branches))
	}
	fmt.Fprintln(w, before+"coverage")
	for i := range r.Coverage.Flows {
		f := &r.Coverage.Flows[i]
		line(flow.Printable(f.Flow), f.Steps, f.Branches)
		for _, m := range f.Missed {
			what := "is never reached"
			if m.Branch != "" {
				what = "never takes: " + m.Branch
			}
			at := flow.Pos{File: f.File, Line: m.Line, Col: m.Column}
			fmt.Fprintf(w, "%s    %s  %s (%s) %s\n", before, flow.Printable(at.String()), flow.Printable(m.Step), flow.Printable(m.What), what)
		}
	}
	line("all flows", r.Coverage.Steps, r.Coverage.Branches)
}

func amount(c coverage.Count) string {
	return fmt.Sprintf("%5.1f%% (%d/%d)", c.Percent(), c.Covered, c.All)
}

// Require notes where the coverage is below a number of percent.
func (r *Run) Require(percent float64) {
	for _, c := range []struct {
		what  string
		count coverage.Count
	}{{"steps", r.Coverage.Steps}, {"branches", r.Coverage.Branches}} {
		if c.count.Percent() < percent {
			r.Below = append(r.Below, fmt.Sprintf("the coverage of %s is %.1f%%, below %g%%", c.what, c.count.Percent(), percent))
		}
	}
}

// TAP writes the run as the Test Anything Protocol, version 14, has it: a failed
// test is followed by a YAML block, and the coverage stands in comments.
func (r *Run) TAP(w io.Writer) {
	fmt.Fprintf(w, "TAP version 14\n1..%d\n", len(r.Tests))
	// A number sign would begin a directive.
	escape := strings.NewReplacer(`\`, `\\`, `#`, `\#`)
	for i := range r.Tests {
		t := &r.Tests[i]
		state := "ok"
		if !t.Passed {
			state = "not ok"
		}
		fmt.Fprintf(w, "%s %d - %s\n", state, i+1, escape.Replace(t.title()))
		if t.Passed {
			continue
		}
		fmt.Fprintf(w, "  ---\n  at: %s\n  failures:\n", quoted(t.place()))
		for _, f := range t.Failures {
			fmt.Fprintf(w, "    - %s\n", quoted(f))
		}
		fmt.Fprintln(w, "  ...")
	}
	if r.Coverage != nil {
		r.coverage(w, "# ")
	}
}

// quoted writes s in double quotes with escapes that YAML and JSON share.
func quoted(s string) string { return string(flow.AppendQuoted(nil, s)) }
