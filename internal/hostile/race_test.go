//go:build race

package hostile

// slowdown under the race detector, which also takes several times the memory
// and address space.
const slowdown = 15
