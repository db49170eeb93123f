// Package house holds the rules of the repository that no single package can
// keep: which way imports point, which package alone may do what. It has tests
// and no code.
package house
