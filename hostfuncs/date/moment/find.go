package moment

import "regexp"

// finder returns where the text of a token begins and ends in s: the leftmost
// place that fits. It returns -1 when there is none.
type finder func(s string) (start, end int)

// anyDigits stands for "no limit" of number and signed.
const anyDigits = 1 << 30

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// digitsAt returns how many digits s has from i on, at most limit.
func digitsAt(s string, i, limit int) int {
	n := 0
	for n < limit && i+n < len(s) && isDigit(s[i+n]) {
		n++
	}
	return n
}

// number finds from lo to hi digits.
func number(lo, hi int) finder {
	return func(s string) (int, int) {
		for i := 0; i < len(s); {
			if n := digitsAt(s, i, hi); n >= lo {
				return i, i + n
			} else {
				i += n + 1
			}
		}
		return -1, -1
	}
}

// signed finds from lo to hi digits, with a sign if there is one before them.
func signed(lo, hi int) finder {
	digits := number(lo, hi)
	return func(s string) (int, int) {
		start, end := digits(s)
		if start > 0 && (s[start-1] == '+' || s[start-1] == '-') {
			start--
		}
		return start, end
	}
}

// findTimestamp finds a signed number with up to three decimal places.
func findTimestamp(s string) (int, int) {
	start, end := signed(1, anyDigits)(s)
	if start >= 0 && end < len(s) && s[end] == '.' {
		if n := digitsAt(s, end+1, 3); n > 0 {
			end += 1 + n
		}
	}
	return start, end
}

// findOrdinal finds one or two digits, with an English suffix if there is one.
func findOrdinal(s string) (int, int) {
	start, end := number(1, 2)(s)
	if start >= 0 && end+2 <= len(s) {
		switch s[end : end+2] {
		case "st", "nd", "rd", "th":
			end += 2
		}
	}
	return start, end
}

var (
	// A word of any script but Arabic (whose words no English name begins with),
	// with digits before it: those make the word no name, so that they are not
	// skipped silently.
	wordPattern     = regexp.MustCompile(`(?i)[0-9]*['a-z\x{A0}-\x{5FF}\x{700}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FF07}\x{FF10}-\x{FFEF}]+`)
	eraPattern      = regexp.MustCompile(`(?i)^(?:before christ|anno domini|ad|bc)`)
	meridiemPattern = regexp.MustCompile(`(?i)[ap]\.?m?\.?`)
	offsetPattern   = regexp.MustCompile(`(?i)Z|[+-]\d\d(?::?\d\d)?`)
)

func matching(pattern *regexp.Regexp) finder {
	return func(s string) (int, int) {
		if at := pattern.FindStringIndex(s); at != nil {
			return at[0], at[1]
		}
		return -1, -1
	}
}

var (
	findWord     = matching(wordPattern)
	findEra      = matching(eraPattern)
	findMeridiem = matching(meridiemPattern)
	findOffset   = matching(offsetPattern)
)
