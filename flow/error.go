package flow

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in connector source. The zero Pos is "nowhere".
type Pos struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"` // from 1
	Col  int    `json:"col,omitempty"`  // from 1, in characters
}

// IsValid reports whether p names a place.
func (p Pos) IsValid() bool { return p.Line > 0 }

// String prints p as file:line:column.
func (p Pos) String() string {
	if !p.IsValid() {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Error is the only error type that crosses a package boundary of Weir. Its
// code is stable; its message is for people and never holds a secret, a header
// or a body.
type Error struct {
	Code Code
	Pos  Pos    // where in the source, when known
	Step string // path of the step that failed, such as "charges[3]/fetch"; "" outside a run
	Flow string // key of the flow that the step stands in; "" outside a run
	Run  string // execution id of the run; "" outside one
	Msg  string // lower case, no full stop, the offending value last
	Fix  string // what to do about it; "" when there is nothing general to say
	Err  error  // cause

	// What a flow's own error handling sees (spec: connector-builder 44).
	Status  int    // HTTP-like status code; 0 stands for 500
	Kind    string // "HTTP Request Error", "Invalid Input", ...; "" derives it from Code
	Headers Value  // object, or null
	Body    Value  // body of an HTTP answer, or null
	Extra   Value  // object of author-made fields of Return Error, or null
	// Retries is how often the step had been tried again when it failed.
	Retries int
}

// Errorf returns an error with the given code and message.
func Errorf(code Code, format string, args ...any) *Error {
	e := &Error{Code: code, Msg: fmt.Sprintf(format, args...)}
	for _, a := range args {
		if err, ok := a.(error); ok {
			e.Err = err
		}
	}
	return e
}

// Error prints position, step, code and message, in that order.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Pos.IsValid() || e.Pos.File != "" {
		b.WriteString(e.Pos.String())
		b.WriteString(": ")
	}
	if e.Step != "" {
		b.WriteString("step ")
		b.WriteString(e.Step)
		b.WriteString(": ")
	}
	b.WriteString(string(e.Code))
	if e.Msg != "" {
		b.WriteString(": ")
		b.WriteString(e.Msg)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, &Error{Code: c}) compare codes.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && t.Msg == ""
}

// WithFix returns e after setting Fix.
func (e *Error) WithFix(format string, args ...any) *Error {
	e.Fix = fmt.Sprintf(format, args...)
	return e
}

// AsError returns err as *Error: err itself where it is one, else an error with
// code internal that wraps it. nil gives nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: CodeInternal, Msg: err.Error(), Err: err}
}

// CodeOf returns the code of err, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	return AsError(err).Code
}

// Object returns the error as a flow's handler sees it: message, code and
// statusCode (numbers), kind, error (the stable code), method (the step), flo (the
// key of its flow) and execution (the id of the run) where it failed in a run,
// retry_count, and headers, body and author-made fields where there are some.
func (e *Error) Object() Value {
	status := e.Status
	if status == 0 {
		status = 500
	}
	var b ObjectBuilder
	b.Set("message", Text(e.Msg))
	b.Set("code", Number(float64(status)))
	b.Set("statusCode", Number(float64(status)))
	kind := e.Kind
	if kind == "" {
		kind = e.Code.Kind()
	}
	b.Set("kind", Text(kind))
	b.Set("description", Text(kind))
	b.Set("error", Text(string(e.Code)))
	b.Set("method", Text(e.Step))
	if e.Flow != "" {
		b.Set("flo", Text(e.Flow))
		b.Set("execution", Text(e.Run))
	}
	b.Set("retry_count", Number(float64(e.Retries)))
	if !e.Headers.IsNull() {
		b.Set("headers", e.Headers)
	}
	if !e.Body.IsNull() {
		b.Set("body", e.Body)
	}
	for k, v := range e.Extra.Object().All() {
		if !b.Has(k) {
			b.Set(k, v)
		}
	}
	return b.Value()
}

// RaisedError makes the error that Return Error raises from its fields:
// statusCode (default 500), message and author-made ones.
func RaisedError(fields Value) *Error {
	e := &Error{Code: CodeFlowError, Status: 500}
	var extra ObjectBuilder
	for k, v := range fields.Object().All() {
		switch k {
		case "message":
			if t, err := Convert(v, TextType); err == nil {
				e.Msg = t.Text()
			}
		case "statusCode":
			if n, err := Convert(v, NumberType); err == nil && n.Number() > 0 {
				e.Status = int(n.Number())
			}
		default:
			extra.Set(k, v)
		}
	}
	if extra.Len() > 0 {
		e.Extra = extra.Value()
	}
	return e
}

// Severity grades a Diagnostic.
type Severity uint8

// The severities.
const (
	SeverityError   Severity = iota // the connector cannot be built
	SeverityWarning                 // it can, but it deserves a look
)

// String returns "error" or "warning".
func (s Severity) String() string {
	if s == SeverityWarning {
		return "warning"
	}
	return "error"
}

// Diagnostic is one problem of a connector's source.
type Diagnostic struct {
	*Error
	Severity Severity
	Line     string // the source line that Pos names, for display; may be ""
}

// Diagnostics are all problems found in a connector. As an error they print the
// first problem and count the rest.
type Diagnostics []Diagnostic

// Error implements error.
func (d Diagnostics) Error() string {
	switch len(d) {
	case 0:
		return "no problems"
	case 1:
		return d[0].Error.Error()
	}
	return fmt.Sprintf("%s (and %d more)", d[0].Error.Error(), len(d)-1)
}

// Unwrap returns the problems as errors, for errors.As and errors.Is.
func (d Diagnostics) Unwrap() []error {
	out := make([]error, len(d))
	for i := range d {
		out[i] = d[i].Error
	}
	return out
}

// HasErrors reports whether any problem is more than a warning.
func (d Diagnostics) HasErrors() bool {
	return slices.ContainsFunc(d, func(x Diagnostic) bool { return x.Severity == SeverityError })
}

// Sort orders problems by file, line and column.
func (d Diagnostics) Sort() {
	slices.SortStableFunc(d, func(a, b Diagnostic) int {
		if c := strings.Compare(a.Pos.File, b.Pos.File); c != 0 {
			return c
		}
		if a.Pos.Line != b.Pos.Line {
			return a.Pos.Line - b.Pos.Line
		}
		return a.Pos.Col - b.Pos.Col
	})
}
