// Package jsregex runs the regular expressions of ECMAScript (ECMA-262, 22.2
// with annex B.1.2, no flag but i) on texts, at a price that is known before
// the search begins.
//
// A pattern is parsed here. Plain literals are searched as such; patterns that
// mean the same to Go's linear-time engine run there; what needs backtracking
// (look-around, back-references, captures that are reset) runs in a
// backtracking engine on UTF-16 code units, under a time-out. All three give
// the answers of ECMAScript, which testdata/node.json holds.
//
// Start with Compile.
package jsregex
