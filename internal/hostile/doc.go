// Package hostile attacks the compiler and the engine from outside: modules,
// values and sources made to crash, freeze, exhaust or read what is not theirs.
// An attack that could freeze its process runs in a child process with resource
// limits and a watchdog, beside a heartbeat, forced collections and an innocent
// flow in the same engine, which all have to stay well.
//
// By default every attack is made briefly; WEIR_HOSTILE=long raises the counts.
// The attacks run on Linux; the fuzz target runs everywhere. Those that work on one
// goroutine are left out under the race detector. The package has only tests.
package hostile
