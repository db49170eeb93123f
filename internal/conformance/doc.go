// Package conformance tests compiler, engine and cards together: every golden
// flow of testdata/flows, every card example, and generated programs, each on
// the reference evaluator and on compiled WebAssembly. It has tests and no code.
package conformance
