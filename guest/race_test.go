//go:build race

package guest_test

// slowdown of Verify under the race detector, which leaves the assembly of
// SHA-256 alone.
const slowdown = 20
