// Package versions keeps the test versions of a connector: numbered copies,
// counted from 1, that never change once they are made. What a copy is, is for
// who makes it to say (a bundle, see package bundle); a store sees bytes.
//
// Store is the seam: commands keep versions in a directory with Dir, a service in
// its database. Package versionstest holds every store to the same rules.
package versions
