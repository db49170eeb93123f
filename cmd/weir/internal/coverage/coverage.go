// Package coverage counts which steps of a connector its tests reach, and which
// branches they take. It reads the step table of a module that was compiled with
// marks (compiler.Options.Coverage) and the traces of runs of it: the marks of a
// branch are there whether or not the run went on.
package coverage

import (
	"cmp"
	"slices"
	"strings"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
)

// Count is how many of something were covered.
type Count struct {
	Covered int `json:"covered"`
	All     int `json:"all"`
}

// Percent is 100 where there is nothing to cover.
func (c Count) Percent() float64 {
	if c.All == 0 {
		return 100
	}
	return 100 * float64(c.Covered) / float64(c.All)
}

func (c *Count) add(o Count) { c.Covered, c.All = c.Covered+o.Covered, c.All+o.All }

// Report is what was covered.
type Report struct {
	Steps    Count  `json:"steps"`
	Branches Count  `json:"branches"`
	Flows    []Flow `json:"flows"` // by key
}

// Flow is what was covered of one flow.
type Flow struct {
	Flow     string   `json:"flow"`
	File     string   `json:"file,omitempty"`
	Steps    Count    `json:"steps"`
	Branches Count    `json:"branches"`
	Missed   []Missed `json:"missed,omitempty"` // by line
}

// Missed is a step that was never reached, or a branch that was never taken.
type Missed struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Step   string `json:"step"`
	What   string `json:"what"`             // card key or construct
	Branch string `json:"branch,omitempty"` // "" for the step itself
}

// step is what is known of one step.
type step struct {
	flow.StepInfo
	reached  bool
	branches []*branch

	present execution
}

// execution is what the trace shows of one execution of a step.
type execution struct {
	open     bool
	turns    int
	handled  bool // a try's if_error ran
	finished bool // the step, or a part of it, came to an end
	failed   bool
}

// branch is one way that a step can go.
type branch struct {
	name      string
	line, col int
	taken     bool
}

// Profile collects what runs cover.
type Profile struct {
	manifest *flow.Manifest
	steps    []*step // in the order of the table
	byName   map[name]*step
}

type name struct{ flow, step string }

// New returns an empty profile of a module with marks.
func New(m *flow.Manifest, table []flow.StepInfo) *Profile {
	p := &Profile{manifest: m, byName: map[name]*step{}}
	for _, info := range table {
		if info.Flow < 0 || info.Flow >= len(m.Flows) {
			continue
		}
		if info.What == flow.WhatRetry || info.What == flow.WhatOnError {
			continue // a part of the step of the same name
		}
		key := m.Flows[info.Flow].Key
		if info.What != flow.WhatMark {
			s := &step{StepInfo: info}
			p.steps, p.byName[name{key, info.Name}] = append(p.steps, s), s
			s.known()
			continue
		}
		of, outcome, _ := strings.Cut(info.Name, flow.MarkSeparator)
		if s := p.byName[name{key, of}]; s != nil {
			s.marked(outcome, info)
		}
	}
	return p
}

// known adds the branches of steps whose own trace tells them apart.
func (s *step) known() {
	switch s.What {
	case "continue_if":
		s.has("goes on", s.StepInfo)
		s.has("stops", s.StepInfo)
	case "return_error_if":
		s.has("goes on", s.StepInfo)
	case "try":
		s.has("no error", s.StepInfo)
	}
}

// marked adds the branches that a mark of the step tells of.
func (s *step) marked(outcome string, at flow.StepInfo) {
	switch outcome {
	case "begin":
	case "turn":
		for _, turns := range []string{noTurn, oneTurn, moreTurns} {
			s.has(turns, s.StepInfo)
		}
	case "page": // the first one is always asked for
		s.has(oneTurn, s.StepInfo)
		s.has(moreTurns, s.StepInfo)
	default:
		s.has(branchName(outcome), at)
	}
}

// How often a loop can turn.
const (
	noTurn    = "no turn"
	oneTurn   = "one turn"
	moreTurns = "several turns"
)

// branchName is what people call the outcome of a mark.
func branchName(outcome string) string {
	switch {
	case outcome == "error":
		return "if_error"
	case outcome[0] >= '0' && outcome[0] <= '9':
		return "branch " + outcome
	case outcome == "none":
		return "no branch"
	}
	return outcome
}

func (s *step) has(name string, at flow.StepInfo) {
	if !slices.ContainsFunc(s.branches, func(b *branch) bool { return b.name == name }) {
		s.branches = append(s.branches, &branch{name: name, line: at.Line, col: at.Col})
	}
}

func (s *step) take(name string) {
	for _, b := range s.branches {
		b.taken = b.taken || b.name == name
	}
}

// Add counts the trace of one run. Steps of a trace stand in the order of a run
// that does one thing after the other, whatever ran at the same time, and no flow
// calls itself: what follows the beginning of a step, up to the next one, is of
// that execution.
func (p *Profile) Add(trace []engine.TraceStep) {
	for i := range trace {
		t := &trace[i]
		of, outcome, mark := t.Step, "", t.What == flow.WhatMark
		if mark {
			of, outcome, _ = strings.Cut(t.Step, flow.MarkSeparator)
		}
		s := p.byName[name{t.Flow, of}]
		switch {
		case s == nil:
		case !mark:
			s.finished(t)
		case outcome == "begin":
			s.close()
			s.reached, s.present.open = true, true
		case outcome == "turn", outcome == "page":
			s.present.turns++
		default:
			s.present.handled = s.present.handled || outcome == "error"
			s.take(branchName(outcome))
		}
	}
	for _, s := range p.steps {
		s.close()
	}
}

// finished takes note of the end of a step, or of one of the cards that a loop is
// made of.
func (s *step) finished(t *engine.TraceStep) {
	if t.Error != nil {
		s.present.failed = true
		return
	}
	s.present.finished = true
	switch s.What {
	case "continue_if":
		held, _ := t.Outputs.Object().Get("result")
		s.take(map[bool]string{true: "goes on", false: "stops"}[held.Bool()])
	case "return_error_if":
		s.take("goes on")
	case "try":
		if !s.present.handled {
			s.take("no error")
		}
	}
}

// close ends the execution that is open.
func (s *step) close() {
	switch p := s.present; {
	case !p.open:
	case p.turns == 0 && p.finished && !p.failed:
		s.take(noTurn)
	case p.turns == 1:
		s.take(oneTurn)
	case p.turns > 1:
		s.take(moreTurns)
	}
	s.present = execution{}
}

// Report says what was covered up to now.
func (p *Profile) Report() Report {
	r := Report{Flows: make([]Flow, len(p.manifest.Flows))}
	for i := range r.Flows {
		r.Flows[i].Flow = p.manifest.Flows[i].Key
	}
	for _, s := range p.steps {
		f := &r.Flows[s.Flow]
		f.File = s.File
		f.Steps.All++
		if s.reached {
			f.Steps.Covered++
		} else {
			f.Missed = append(f.Missed, Missed{Line: s.Line, Column: s.Col, Step: s.Name, What: s.What})
		}
		for _, b := range s.branches {
			f.Branches.All++
			switch {
			case b.taken:
				f.Branches.Covered++
			case s.reached: // else the step says enough
				f.Missed = append(f.Missed, Missed{Line: b.line, Column: b.col, Step: s.Name, What: s.What, Branch: b.name})
			}
		}
	}
	slices.SortStableFunc(r.Flows, func(a, b Flow) int { return strings.Compare(a.Flow, b.Flow) })
	for i := range r.Flows {
		r.Steps.add(r.Flows[i].Steps)
		r.Branches.add(r.Flows[i].Branches)
		slices.SortStableFunc(r.Flows[i].Missed, func(a, b Missed) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
	}
	return r
}
