package flopack

import (
	"strings"

	"github.com/weirflow/weir/compiler"
)

// name takes the name of a card's step: what its author called it, or what it is
// for. It is "" for a step that nobody refers to and that has no name of its own.
// usual is the title that the card has unless its author changes it, base what
// the step is called then.
func (w *writer) name(c *card, usual, base string) string {
	own := c.title != "" && !strings.EqualFold(c.title, usual)
	if own {
		base = identifier(c.title, base)
	}
	if !own && !w.refers(c) {
		w.hint = base
		return ""
	}
	w.hint = w.im.reserved(w.names, base)
	return w.hint
}

// refers reports whether a step refers to an output of a card: one that is wired,
// or the Return that stands for the one that the flow does not have.
func (w *writer) refers(c *card) bool {
	return c.needed() || c == w.face.last && !w.face.returns && len(w.face.outputs) > 0
}

// reserved takes a name that references do not begin with otherwise.
func (im *importer) reserved(taken names, base string) string {
	for _, r := range compiler.Reserved() {
		if base == r {
			base += "_value"
			break
		}
	}
	return taken.take(base)
}

// purpose names a card after the first input that its value goes to: a text that
// becomes the Subject of a message is called subject.
func (c *card) purpose(instead string) string {
	for _, p := range c.outputs {
		for _, t := range c.scope.targets[p] {
			if t.card.expands() || t.card.is("control", "join") || vague()[strings.ToLower(t.port.key)] || t.port.wormhole != "" ||
				t.port.group == groupContext || t.port.key == "" || random(t.port.key) {
				continue
			}
			if id := identifier(plainKey(t.port.key), ""); id != "" {
				return id
			}
		}
	}
	return instead
}

// plainKey is a key without what connectors that are made by hand put behind it:
// "first_name_FYVYKS".
func plainKey(key string) string {
	i := strings.LastIndexByte(key, '_')
	if i <= 0 || len(key)-i != 7 || strings.Trim(key[i+1:], "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		return key
	}
	return key[:i]
}

// vague lists keys of inputs that say nothing about what is in them.
func vague() map[string]bool {
	out := map[string]bool{}
	for _, k := range strings.Fields("a b string string1 string2 list list1 list2 lists object object1 data value value1 value2 start end left-operand " +
		"right-operand index valueiftrue valueiffalse _text_ item memo key path text src dest substr delimiter comparison flo count date " +
		"sink source target inputs options url input output") {
		out[k] = true
	}
	return out
}

// random reports whether a key is one that the designer made up: they have 8 to
// 12 characters, and mix what words do not mix.
func random(key string) bool {
	if len(key) < 8 || len(key) > 12 || strings.Contains(key, " ") {
		return false
	}
	turns, digits := 0, false
	for i := range len(key) {
		c := key[i]
		digits = digits || c >= '0' && c <= '9' || c == '-'
		if i > 0 && isUpper(c) != isUpper(key[i-1]) {
			turns++
		}
	}
	return turns >= 4 || digits && turns >= 2
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
