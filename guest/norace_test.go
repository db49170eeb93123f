//go:build !race

package guest_test

const slowdown = 1
