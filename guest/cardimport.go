package guest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
)

// CardImport names one way in which a module calls one card.
type CardImport struct {
	Family  string
	Name    string
	Version int
	// Ports has one representation for each input port where some of them travel
	// as a Field instead of a handle; "" where all travel as ReprOfPort says.
	Ports string
	Extra string // representations of author-made inputs, in order
	// Outs lists the outputs that the guest takes of a card with several, by
	// CardOut.String; "" for the card's result as one value.
	Outs string
	// Inlined marks the slow path of a card that is compiled to instructions:
	// its price is already in the module's own fuel checks.
	Inlined bool
	// External: Family is the key of another connector, and Manifest.Externals
	// defines the card.
	External bool
}

// CardOut is one output that an import of a card with several gives: a number
// of an output of that type, converted as get_num does, or a handle.
type CardOut struct {
	Repr  Repr
	Place int // in Card.Out
}

// String returns the letter and the place counted from 1: "n1".
func (o CardOut) String() string { return string(rune(o.Repr)) + strconv.Itoa(o.Place+1) }

// MaxCardOuts bounds the outputs that one import gives.
const MaxCardOuts = 16

// CardOuts reads CardImport.Outs.
func CardOuts(s string) ([]CardOut, bool) {
	var outs []CardOut
	for s != "" {
		end := 1
		for end < len(s) && s[end] >= '0' && s[end] <= '9' {
			end++
		}
		n, err := strconv.Atoi(s[1:end])
		o := CardOut{Repr(s[0]), n - 1}
		if err != nil || n < 1 || o.Repr != Handle && o.Repr != Number || o.String() != s[:end] || slices.Contains(outs, o) {
			return nil, false
		}
		outs, s = append(outs, o), s[end:]
	}
	return outs, len(outs) <= MaxCardOuts
}

// Module returns the import module: "card/text@1", "ext/okta@1".
func (c CardImport) Module() string {
	prefix := cardPrefix
	if c.External {
		prefix = externalPrefix
	}
	return prefix + c.Family + "@" + strconv.Itoa(c.Version)
}

// Field returns the import name: "concat", "concat:hh", "concat(fh):h", "add~",
// "divide>n1"; for a card of another connector "readUser", or "searchUsers.page"
// for a page of its records.
func (c CardImport) Field() string {
	s := c.Name
	if c.Inlined {
		s += "~"
	}
	if c.Ports != "" {
		s += "(" + c.Ports + ")"
	}
	if c.Extra != "" {
		s += ":" + c.Extra
	}
	if c.Outs != "" {
		s += ">" + c.Outs
	}
	return s
}

// Key returns the card key: "text.concat".
func (c CardImport) Key() string { return c.Family + "." + c.Name }

// ParseCardImport reads what Module and Field wrote.
func ParseCardImport(module, field string) (CardImport, bool) {
	rest, ok := strings.CutPrefix(module, cardPrefix)
	external := false
	if !ok {
		if rest, external = strings.CutPrefix(module, externalPrefix); !external {
			return CardImport{}, false
		}
	}
	family, version, ok := strings.Cut(rest, "@")
	v, err := strconv.Atoi(version)
	if !ok || err != nil || v < 1 || strconv.Itoa(v) != version || family == "" {
		return CardImport{}, false
	}
	c := CardImport{Family: family, Version: v, External: external}
	rest, c.Outs, _ = strings.Cut(field, ">")
	rest, c.Extra, _ = strings.Cut(rest, ":")
	if name, ports, has := strings.Cut(rest, "("); has {
		rest = name
		c.Ports, _ = strings.CutSuffix(ports, ")")
	}
	c.Name, c.Inlined = strings.CutSuffix(rest, "~")
	if _, ok := CardOuts(c.Outs); !ok || !validReprs(c.Extra, ArgReprs) || !validReprs(c.Ports, ArgReprs) {
		return CardImport{}, false
	}
	if c.Name == "" || c.Field() != field || c.Inlined && (c.Extra != "" || c.Ports != "" || c.Outs != "") {
		return CardImport{}, false
	}
	if external && (c.Inlined || c.Ports != "" || c.Extra != "" || c.Outs != "" || v != externalVersion) {
		return CardImport{}, false
	}
	return c, c.Ports == "" || strings.Contains(c.Ports, "f") // one thing has one name
}

// externalVersion is the version of the interface to cards of other connectors:
// what flow.ExternalCard and flow.ExternalStream make of a definition.
const externalVersion = 1

// ExternalImport returns how a module imports a card of another connector.
func ExternalImport(card *flow.Card) CardImport {
	return CardImport{Family: card.Family(), Name: card.Name(), Version: externalVersion, External: true}
}

// ExternalCard returns the card of another connector that the import names, made of
// its definition in the manifest, or nil when there is none.
func (c CardImport) ExternalCard(m *flow.Manifest) *flow.Card {
	name, stream := strings.CutSuffix(c.Name, flow.StreamSuffix)
	for i := range m.Externals {
		info := &m.Externals[i]
		switch {
		case info.Connector != c.Family || info.Card != name:
		case !stream:
			return flow.ExternalCard(info)
		case info.Streams:
			return flow.ExternalStream(info)
		}
	}
	return nil
}

// Signature returns the type of the import: step, one parameter per input port,
// and where there are author-made inputs a constant object with their names and
// one parameter for each.
func (c CardImport) Signature(card *flow.Card) Signature {
	s := Signature{Params: []ValType{I32}}
	if c.Ports != "" {
		s.Params = appendReprs(s.Params, c.Ports)
	} else {
		for i := range card.In {
			s.Params = append(s.Params, ReprOfPort(&card.In[i]).Wasm())
		}
	}
	if c.Extra != "" {
		s.Params = appendReprs(append(s.Params, I32), c.Extra)
	}
	switch outs, _ := CardOuts(c.Outs); {
	case len(outs) > 0:
		for _, o := range outs {
			s.Results = append(s.Results, o.Repr.Wasm())
		}
		s.Results = append(s.Results, I32)
	case ReprOfResult(card) == Number:
		s.Results = []ValType{F64, I32}
	default:
		s.Results = []ValType{I32}
	}
	return s
}

// Fits reports whether a card has the ports and outputs that the import names.
func (c CardImport) Fits(card *flow.Card) bool {
	if c.Extra != "" && card.Extra == nil || c.Inlined && card.Inline == flow.InlineNone {
		return false
	}
	if c.Ports != "" && len(c.Ports) != len(card.In) {
		return false
	}
	for i := range c.Ports {
		want := ReprOfPort(&card.In[i])
		if r := Repr(c.Ports[i]); r != want && (r != Field || want != Handle) {
			return false
		}
	}
	outs, _ := CardOuts(c.Outs)
	for _, o := range outs {
		if !TakesOut(card, o) {
			return false
		}
	}
	return true
}

// TakesOut reports whether imports of the card can give o: a card with several
// outputs gives those without a group, and numbers where they are numbers.
func TakesOut(card *flow.Card, o CardOut) bool {
	if card.Single() || card.FreeOut || o.Place >= len(card.Out) {
		return false
	}
	p := &card.Out[o.Place]
	return p.Group == "" && (o.Repr == Handle || ReprOf(p.Type) == Number)
}

// fits reports whether sig can be the type of this import: step, handles or
// unboxed values, the author-made inputs behind a constant, and the results. The
// card is not known here.
func (c CardImport) fits(sig Signature) bool {
	if len(sig.Params) == 0 || sig.Params[0] != I32 || slices.Contains(sig.Params, I64) {
		return false
	}
	ports := sig.Params[1:]
	if c.Extra != "" {
		tail := appendReprs([]ValType{I32}, c.Extra)
		rest := len(ports) - len(tail)
		if rest < 0 || !slices.Equal(ports[rest:], tail) {
			return false
		}
		ports = ports[:rest]
	}
	if c.Ports != "" && !slices.Equal(ports, appendReprs(nil, c.Ports)) {
		return false
	}
	if c.Outs != "" {
		return slices.Equal(sig.Results, c.Signature(&flow.Card{}).Results)
	}
	return slices.Equal(sig.Results, []ValType{I32}) || slices.Equal(sig.Results, []ValType{F64, I32})
}
