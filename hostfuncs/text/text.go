// Package text has the cards that work on texts. Positions and lengths count
// UTF-16 code units, and patterns are regular expressions of ECMAScript; a
// character is never cut in half.
package text

import (
	"strings"

	"github.com/weirflow/weir/flow"
)

const (
	since    = "0.1"
	category = "Text"
)

// Cards returns the text cards in catalogue order.
func Cards() []*flow.Card {
	return []*flow.Card{
		at(), base64Encode(), base64Decode(), compose(), concat(), find(), email(), lastIndexOf(), match(), length(), random(),
		replace(), replaceAny(), split(), substr(), toLowerCase(), toUpperCase(), trim(), uuid(),
	}
}

func required(key, label, doc string) flow.Port {
	return flow.Port{Key: key, Label: label, Doc: doc, Type: flow.TextType, Required: true}
}

func optional(key, label, doc, value string, t flow.Type) flow.Port {
	return flow.Port{Key: key, Label: label, Doc: doc, Type: t, Default: value}
}

func outputs(key, label, doc string, t flow.Type) []flow.Port {
	return []flow.Port{{Key: key, Label: label, Doc: doc, Type: t}}
}

// small is the size up to which a piece may share the memory of its source.
const small = 1 << 10

// piece returns source[lo:hi] as a text that does not keep a much larger source
// in memory.
func piece(source string, lo, hi int) flow.Value {
	s := source[lo:hi]
	if len(source) > small && len(s) < len(source)/4 {
		s = strings.Clone(s)
	}
	return flow.Text(s)
}
