package tape

import (
	"cmp"
	"strings"
)

// comparePaths orders the paths of steps: part by part, names by their bytes and
// the turns of loops by their number, so that "pages[9]" stands before
// "pages[10]".
func comparePaths(a, b string) int {
	for a != "" && b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, "/")
		y, b, _ = strings.Cut(b, "/")
		nameX, turnX := cutTurn(x)
		nameY, turnY := cutTurn(y)
		if c := cmp.Or(strings.Compare(nameX, nameY), cmp.Compare(len(turnX), len(turnY)), strings.Compare(turnX, turnY)); c != 0 {
			return c
		}
	}
	return strings.Compare(a, b)
}

// cutTurn splits "pages[10]" into "pages" and "10". Turns have no leading zeros,
// so that a longer number is a larger one.
func cutTurn(part string) (name, turn string) {
	if i := strings.IndexByte(part, '['); i >= 0 && strings.HasSuffix(part, "]") {
		return part[:i], part[i+1 : len(part)-1]
	}
	return part, ""
}
