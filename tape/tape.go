package tape

import (
	"time"

	"github.com/weirflow/weir/flow"
)

// Version is the number of the form that Value writes.
const Version = 1

// Bounds of tapes. A tape is read by people, and in the one or two seconds that
// a test may take: YAML costs half a second for a megabyte.
const (
	MaxTape   = 4 << 20 // bytes of a tape that is read or written
	MaxValues = 200_000 // values of a tape that is read
	MaxBody   = 1 << 20 // bytes of the body of one request or answer
)

// Tape is what one run was given and got.
type Tape struct {
	// Given is what the run was started with.
	Given Given
	// Hidden names the credentials that were found in what was recorded, beside
	// the secrets that the run was given. Where a request has one of them, any
	// text fits.
	Hidden []string
	// Run is the ID of the run, Start its time, Seed what chance is made of.
	Run   string
	Start time.Time // UTC, whole milliseconds
	Seed  [32]byte
	// Clock has the times that calls read after Start, sorted by step.
	Clock []Reading
	// HTTP are the requests with their answers, sorted by step; those of one call
	// in the order in which it made them.
	HTTP []Exchange
	// Cards are the calls of cards of other connectors, in the same order.
	Cards []CardCall
	// Result is what the run came to.
	Result Result
}

// Given is what a run is started with. Nothing in it is secret.
type Given struct {
	Flow       string
	Input      flow.Value        // object; null for none
	Options    map[string]string // nil for none
	Selected   flow.Value        // object; null for the default
	Config     flow.Value        // object; null for none
	Connection *Connection       // nil for none
	Allow      []string          // hosts that the operator opened besides
}

// Connection is the connection that a run used, without its secrets.
type Connection struct {
	Auth   string
	Values flow.Value // object of the plain values
	Hosts  []string
}

// Result is what a run came to: an error, or that it stopped, or outputs.
type Result struct {
	Output  flow.Value // object; null where the run failed or stopped
	Stopped bool
	Error   *flow.Error // nil unless the run failed; its code, message and status
}

// Reading are the times that one call read from the clock.
type Reading struct {
	Step string
	At   []int64 // milliseconds after Tape.Start
}

// Exchange is one request and what came of it: an answer or an error.
type Exchange struct {
	// Pos is where it stands in a file, when it was read from one.
	Pos flow.Pos
	// Step is the path of the step that makes the request, with iteration indices.
	// "" in exchanges that people wrote: then any step may make it.
	Step     string
	Request  Request
	Response *Response // nil where there is an error
	// Error is what the client gave instead of an answer: its code, message and
	// status.
	Error *flow.Error
	// Loose exchanges are those that people wrote: the request may have further
	// headers, and any body where none is given. Default: false, the request is
	// the recorded one in everything.
	Loose bool
}

// Request is a request as it was sent. Secrets show by name.
type Request struct {
	Method  string
	URL     string  // absolute
	Query   []Field // behind the URL's own query
	Headers []Field // what the flow and the connection set; not what every client sends
	Body    Body
}

// Response is an answer, decoded.
type Response struct {
	Status  int
	Headers []Field // names in lower case, without credentials
	Body    Body
}

// Field is one header, or one pair of a query.
type Field struct{ Name, Value string }
