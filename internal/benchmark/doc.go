// Package benchmark measures what docs/BENCHMARKS.md states: compiled flows
// against the reference evaluator and against the same cards over JSON, the
// start of a run, compilation and loading. `make bench` runs its benchmarks and
// prints the ratios; Ratios is how they, and those of other packages, compare.
package benchmark
