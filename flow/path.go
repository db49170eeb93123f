package flow

import (
	"strconv"
	"strings"
)

// At follows path through v: an object by key, a list by position. A part that
// leads nowhere gives Null, as a missing key does in the designer. A secret has
// no inside.
func At(v Value, path ...string) Value {
	for _, part := range path {
		switch v.kind {
		case KindObject:
			v, _ = v.Object().Get(part)
		case KindList:
			i, err := strconv.Atoi(part)
			if l := v.List(); err == nil && i >= 0 && i < l.Len() {
				v = l.items[i]
			} else {
				return Value{}
			}
		default:
			return Value{}
		}
	}
	return v
}

// MaxPathParts bounds the parts of a path along which objects are made: as deep as
// JSON is read by default.
const MaxPathParts = defaultJSONDepth

// SplitPath cuts a dotted path into its parts. Parts in double quotes are taken
// as they are, so that a key may hold dots. An empty path has no parts.
func SplitPath(s string) []string {
	if s == "" {
		return nil
	}
	parts := make([]string, 0, 1+strings.Count(s, "."))
	for i := 0; i <= len(s); {
		if i < len(s) && s[i] == '"' {
			if end := quotedEnd(s, i); end > 0 {
				parts = append(parts, s[i+1:end])
				i = end + 2 // the quote and the dot behind it
				continue
			}
		}
		j := i
		for j < len(s) && s[j] != '.' {
			j++
		}
		parts = append(parts, s[i:j])
		i = j + 1
	}
	return parts
}

// quotedEnd returns the place of the quote that closes the part opened at i,
// where a dot or the end must follow, or 0.
func quotedEnd(s string, i int) int {
	for j := i + 1; j < len(s); j++ {
		if s[j] == '"' && (j+1 == len(s) || s[j+1] == '.') {
			return j
		}
	}
	return 0
}
