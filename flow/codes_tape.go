package flow

// Tape: why a run could not be recorded or replayed.
const (
	// CodeTapeMismatch: a run that is answered from a tape makes a request that the tape does not have.
	// Example:
	//	# run: {"id": 1}
	//	# http: status 204
	//	# tape: of {"id": 2}
	//	inputs: {id: number}
	//	steps:
	//	  - card: http.get
	//	    with: {Request: {URL: "https://example.com/${input.id}"}}
	CodeTapeMismatch Code = "tape.mismatch"

	// CodeTapeLimit: what the run got, or one body of it, is larger than a tape may be.
	// No source gives it: runs are recorded by whoever starts them.
	CodeTapeLimit Code = "tape.limit"

	// CodeTapeSecret: a secret would stay on the tape, because it is too short to be told from other text or stands in what cannot be rewritten.
	// No source gives it: runs are recorded by whoever starts them.
	CodeTapeSecret Code = "tape.secret"
)
