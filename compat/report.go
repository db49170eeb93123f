package compat

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
)

// Level is how much of a change something is.
type Level uint8

// The levels, from the smallest.
const (
	None  Level = iota // nothing has changed
	Patch              // nobody has to notice
	Minor              // there is more than before, or more is allowed
	Major              // something that worked may stop working
)

// Levels returns the levels, from the smallest.
func Levels() []Level { return []Level{None, Patch, Minor, Major} }

// String returns "none", "patch", "minor" or "major".
func (l Level) String() string { return [...]string{"none", "patch", "minor", "major"}[l] }

// ParseLevel reads what String prints.
func ParseLevel(s string) (Level, bool) {
	i := slices.IndexFunc(Levels(), func(l Level) bool { return l.String() == s })
	return Level(max(i, 0)), i >= 0
}

// MarshalText implements encoding.TextMarshaler.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Level) UnmarshalText(b []byte) error {
	var ok bool
	if *l, ok = ParseLevel(string(b)); !ok {
		return fmt.Errorf("%q is no level of change", b)
	}
	return nil
}

// Finding is one difference that matters.
type Finding struct {
	Rule    string `json:"rule"` // ID of the rule
	Level   Level  `json:"level"`
	Where   string `json:"where"`   // what has changed: "card pay, input amount"
	Message string `json:"message"` // how
}

// Report is the verdict on a change.
type Report struct {
	Connector string    `json:"connector"` // key
	Old       string    `json:"old"`       // version that the old build says it is
	New       string    `json:"new"`
	Level     Level     `json:"level"` // the greatest of the findings
	Next      string    `json:"next"`  // the version that the new build should have
	Findings  []Finding `json:"findings"`
}

// Compare compares two builds of a connector, the old one first. Findings of
// greater level stand first. Error: compat.connector for two connectors.
func Compare(older, newer *flow.Manifest) (*Report, error) {
	if older.Key != newer.Key {
		return nil, flow.Errorf(flow.CodeCompatConnector, "these are two connectors, not two builds of one: %s and %s",
			flow.Excerpt(older.Key), flow.Excerpt(newer.Key))
	}
	c := &comparison{rules: map[string]Rule{}}
	for _, r := range Rules() {
		c.rules[r.ID] = r
	}
	c.connector(older, newer)
	r := &Report{Connector: newer.Key, Old: older.Version, New: newer.Version, Findings: c.findings}
	if r.Findings == nil {
		r.Findings = []Finding{}
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return int(b.Level) - int(a.Level) })
	if len(r.Findings) > 0 {
		r.Level = r.Findings[0].Level
	}
	r.Next = next(older.Version, r.Level)
	return r, nil
}

// Within returns an error with code compat.exceeded where the change is greater
// than most.
func (r *Report) Within(most Level) error {
	if r.Level <= most {
		return nil
	}
	return flow.Errorf(flow.CodeCompatExceeded, "the change is %s, and at most %s was allowed", r.Level, most)
}

// next returns the version that follows after a change (semver.org, 4 and 6 to
// 8): below 1.0.0 a major change raises the second number, any other the third.
func next(version string, l Level) string {
	parts := strings.Split(version, ".")
	var n [3]int
	for i := range n {
		if len(parts) != len(n) {
			return version
		}
		var err error
		if n[i], err = strconv.Atoi(parts[i]); err != nil {
			return version
		}
	}
	if n[0] == 0 && l >= Minor {
		l--
	}
	switch l {
	case Major:
		n = [3]int{n[0] + 1}
	case Minor:
		n = [3]int{n[0], n[1] + 1}
	case Patch:
		n[2]++
	}
	return fmt.Sprintf("%d.%d.%d", n[0], n[1], n[2])
}

// comparison collects findings.
type comparison struct {
	rules    map[string]Rule
	findings []Finding
}

// find notes that a rule applies.
func (c *comparison) find(rule, where, format string, args ...any) {
	r, ok := c.rules[rule]
	if !ok {
		panic("compat: there is no rule " + rule) // a fault of this package
	}
	c.findings = append(c.findings, Finding{Rule: rule, Level: r.Level, Where: where, Message: fmt.Sprintf(format, args...)})
}
