package problem

import "strings"

// Nearest returns the candidate that a reader most likely meant by name, or "".
// Candidates that differ only in case come first; then those within a third of
// the name's length in edits (insert, delete, replace, swap), the closest one,
// and among equals the first.
func Nearest(name string, candidates []string) string {
	for _, c := range candidates {
		if c != name && strings.EqualFold(c, name) {
			return c
		}
	}
	if len(name) > maxNearest {
		return ""
	}
	want := []rune(name)
	best, limit := "", max(1, len(want)/3)
	for _, c := range candidates {
		have := []rune(c)
		if len(c) > maxNearest || c == name || max(len(have)-len(want), len(want)-len(have)) > limit {
			continue
		}
		if d := edits(want, have); d <= limit && d < len(have) {
			best, limit = c, d-1
		}
	}
	return best
}

// maxNearest bounds the quadratic comparison: no name of the language is longer.
const maxNearest = 100

// edits is the optimal string alignment distance (Damerau-Levenshtein without
// overlapping swaps).
func edits(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// Suggest returns "did you mean X" for the nearest candidate; where there is
// none but the choice is small, it lists all; else it returns "".
func Suggest(name string, candidates []string) string {
	if n := Nearest(name, candidates); n != "" {
		return "did you mean " + n + "?"
	}
	if len(candidates) == 0 || len(candidates) > 12 {
		return ""
	}
	return "known here: " + strings.Join(candidates, ", ")
}
