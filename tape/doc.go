// Package tape keeps what one run of a flow got from the world, without its
// secrets, and runs the flow again on it.
//
// A Recorder stands around the client that makes a run's requests, and is the
// run's time and chance. What it heard becomes a Tape, which reads and writes as
// plain data: one document that people can read, review and edit. A Player
// answers a run from such a tape. It reaches nothing, and says in which way a
// request differs from the recorded one.
//
// Secrets are never written. A request shows a secret by its name, "Bearer
// [secret api_key]"; a player compares the same form, so that a replay needs no
// secret. Answers are cleared of every echo of a secret, and of what their own
// names call a credential. Read tape.go first.
package tape
