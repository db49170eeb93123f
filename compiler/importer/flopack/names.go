package flopack

import (
	"strconv"
	"strings"

	"github.com/weirflow/weir/compiler/importer/internal/words"
	"github.com/weirflow/weir/compiler/internal/syntax"
)

// maxKey bounds keys that are made of names, in bytes: room for a number behind
// them, within what the language takes.
const maxKey = 60

// names keeps names apart, whatever their case: keys are names of files. The
// number is the next one to try behind a name.
type names map[string]int

// take returns base, or base with the first number that makes it new.
func (n names) take(base string) string {
	low := strings.ToLower(base)
	if n[low] == 0 {
		n[low] = 2
		return base
	}
	for {
		name := base + "_" + strconv.Itoa(n[low])
		n[low]++
		if l := strings.ToLower(name); n[l] == 0 {
			n[l] = 2
			return name
		}
	}
}

// identifier makes a key of a name: lower case words joined by underscores. What
// stands before the first letter, such as the number of a flow, goes. instead is
// the key of a name without letters.
func identifier(s, instead string) string {
	key := strings.ToLower(strings.Join(words.Split(s), "_"))
	if trimmed := strings.TrimLeft(key, "0123456789_"); trimmed != "" {
		key = trimmed
	} else if key != "" {
		key = instead + "_" + key
	}
	if len(key) > maxKey {
		key = key[:maxKey]
		if i := strings.LastIndexByte(key, '_'); i > maxKey/2 {
			key = key[:i]
		}
		key = strings.TrimRight(key, "_")
	}
	if !syntax.IsName(key) {
		return instead
	}
	return key
}

// fieldKey is the key of an input: its name, where that can be one.
func fieldKey(name, instead string) string {
	if len(name) <= maxKey && syntax.IsName(name) {
		return name
	}
	return identifier(name, instead)
}

// inWords writes a key in words, as the language does for names that are not
// given.
func inWords(key string) string {
	w := strings.Split(key, "_")
	for i, s := range w {
		if s != "" {
			w[i] = strings.ToUpper(s[:1]) + s[1:]
		}
	}
	return strings.Join(w, " ")
}

// cut shortens a text to a number of characters.
func cut(s string, limit int) string {
	n := 0
	for i := range s {
		if n == limit {
			return strings.TrimSpace(s[:i]) + "…"
		}
		n++
	}
	return s
}
