// Package problem collects the problems that the compiler's front end finds in
// a connector's source, and proposes what may have been meant. Read list.go
// first.
package problem

import (
	"fmt"
	"slices"

	"github.com/weirflow/weir/flow"
)

// List collects problems. The zero List is ready for use.
type List struct {
	all flow.Diagnostics
}

// Error adds an error and returns it, so that a Fix can be set.
func (l *List) Error(code flow.Code, pos flow.Pos, format string, args ...any) *flow.Error {
	return l.add(flow.SeverityError, code, pos, format, args)
}

// Warning adds a warning and returns it, so that a Fix can be set.
func (l *List) Warning(code flow.Code, pos flow.Pos, format string, args ...any) *flow.Error {
	return l.add(flow.SeverityWarning, code, pos, format, args)
}

func (l *List) add(s flow.Severity, code flow.Code, pos flow.Pos, format string, args []any) *flow.Error {
	e := &flow.Error{Code: code, Pos: pos, Msg: fmt.Sprintf(format, args...)}
	l.all = append(l.all, flow.Diagnostic{Error: e, Severity: s})
	return e
}

// Many reports whether so many problems were found that looking for suggestions
// no longer pays: a hostile file can hold thousands.
func (l *List) Many() bool { return len(l.all) > 100 }

// Append adds the problems of another list.
func (l *List) Append(d flow.Diagnostics) { l.all = append(l.all, d...) }

// HasErrors reports whether an error, and not only warnings, was added.
func (l *List) HasErrors() bool { return l.all.HasErrors() }

// Sorted returns the problems by file, line and column, each once.
func (l *List) Sorted() flow.Diagnostics {
	out := slices.Clone(l.all)
	out.Sort()
	return slices.CompactFunc(out, func(a, b flow.Diagnostic) bool {
		return a.Pos == b.Pos && a.Code == b.Code && a.Msg == b.Msg
	})
}
