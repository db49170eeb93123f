package flow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// Effect says what a card does to, or learns from, the world.
type Effect uint8

// The effects.
const (
	Pure   Effect = iota // same inputs, same outputs: may be folded and run again
	Reads                // observes the world: its result is journalled
	Writes               // changes the world: journalled, and carries an idempotency key
)

// String returns "pure", "reads" or "writes".
func (e Effect) String() string { return [...]string{"pure", "reads", "writes"}[e] }

// Cost is the price of one call in fuel: Base, plus PerByte for each byte of
// all inputs and of the result, plus PerItem for each item of list inputs and
// each member of object inputs. One unit of fuel stands for about a nanosecond
// of one core.
type Cost struct {
	Base    int64
	PerByte float64
	PerItem float64
}

// SecretUse says what an input port does with a secret.
type SecretUse uint8

// The uses of secrets.
const (
	SecretRefuse SecretUse = iota // a secret here is secret.flow
	SecretPass                    // the result is, or contains, a secret too
	SecretSpend                   // the card hands it to the egress client and to nothing else
)

// Choice is one value that an input may take.
type Choice struct {
	Value string
	Label string
}

// Port is one input or output of a card.
type Port struct {
	Key      string // machine key, as in the catalogue
	Group    string // ports of a group are nested under its name; "" for none
	Label    string
	Doc      string
	Type     Type
	Required bool      // the author must give a value
	Default  string    // JSON of the value used when none is given; "" means Type.Zero
	Nullable bool      // nothing given, or null, reaches the card as null instead of a default
	Choices  []Choice  // allowed values; empty means any
	Widget   string    // how a form shows it: "", "multiline", "code", "hidden"
	Secret   SecretUse // inputs only
	// Always says of an output of a card with several that Run never leaves it
	// null when the caller wants it: it then travels as its type does. A single
	// output needs no such promise, see Card.Result.
	Always bool
}

// Extra describes inputs that authors may add to a card.
type Extra struct {
	Group  string // where they stand; "" for beside the fixed inputs
	Label  string
	Doc    string
	Type   Type
	Secret SecretUse
	Min    int // how many are needed at least
}

// Example is one worked call, as JSON, that documentation shows and tests run.
type Example struct {
	In   string // JSON object: inputs by key, groups nested
	Out  string // JSON object: outputs by key, groups nested; "" when Err is set
	Err  Code   // expected error
	Note string
}

// Note records a choice where the vendor's documents are silent or contradict
// themselves; docs/COMPATIBILITY.md is made of them.
type Note struct {
	Topic  string // what is open
	Vendor string // what the vendor's documents say
	Choice string // what Weir does
	Why    string
}

// Inline names the WebAssembly instruction sequence that computes a card on
// unboxed operands. It is a faster way to the same result: where it would give
// a number that is not finite, the compiled code calls the card itself.
type Inline string

// The inline sequences. Operands are the card's ports in order.
const (
	InlineNone   Inline = ""
	InlineAdd    Inline = "f64.add"
	InlineSub    Inline = "f64.sub"
	InlineMul    Inline = "f64.mul"
	InlineDiv    Inline = "f64.div"
	InlineFloor  Inline = "f64.floor"
	InlineCeil   Inline = "f64.ceil"
	InlineAbs    Inline = "f64.abs"
	InlineSqrt   Inline = "f64.sqrt"
	InlineMin    Inline = "f64.min"
	InlineMax    Inline = "f64.max"
	InlineNot    Inline = "i32.eqz"
	InlineXor    Inline = "i32.xor"
	InlineAnd    Inline = "i32.and"
	InlineOr     Inline = "i32.or"
	InlineNegate Inline = "f64.neg"
)

// Card is the one definition of a step: the checker, the compiler, the bridge,
// the price list, the journal, the documentation and the tests all read it.
type Card struct {
	Key      string   // category.name, e.g. "text.concat"
	Version  int      // raised when ports or meaning change; 0 means 1
	Aliases  []string // the vendor's machine keys, e.g. "kernel:string:concat"
	Title    string
	Category string // as the catalogue names it: "Text", "True/False", ...
	Doc      string // what it does, in sentences; the first one is the summary
	Since    string // release that brought it
	In       []Port
	Extra    *Extra
	Out      []Port // one port: Run returns its value. Several: Run returns an object by key.
	// FreeOut: the outputs are those that author-made inputs name; Run returns an
	// object with one member for each.
	FreeOut bool
	// ObjectOut: Run returns an object even of one output, so that the output can
	// be null.
	ObjectOut bool
	// External is what the card was made of, for a card of another connector; nil
	// for those of a registry.
	External *ExternalInfo
	Effect   Effect
	Cost     Cost
	Inline   Inline
	Suspends bool // the card may wait long: durable runs may be parked here
	Errors   []Code
	Notes    []Note
	Examples []Example
	// NoFold keeps a pure card out of constant folding (its result is large or
	// depends on data tables that change between releases).
	NoFold bool
	// Run computes the card. It may keep ctx beyond its end only when it has used
	// it before: asked for its end or a value, or derived another one from it.
	Run func(ctx context.Context, c *Call) (Value, error)
}

// Name returns the part of the key behind the category.
func (c *Card) Name() string {
	_, name, _ := strings.Cut(c.Key, ".")
	return name
}

// Family returns the part of the key before the dot.
func (c *Card) Family() string {
	family, _, _ := strings.Cut(c.Key, ".")
	return family
}

// Ver returns Version, with 0 read as 1.
func (c *Card) Ver() int { return max(c.Version, 1) }

// Input returns the place of the input port (group, key), or -1.
func (c *Card) Input(group, key string) int {
	for i, p := range c.In {
		if p.Group == group && p.Key == key {
			return i
		}
	}
	return -1
}

// Output returns the place of the output port (group, key), or -1.
func (c *Card) Output(group, key string) int {
	for i, p := range c.Out {
		if p.Group == group && p.Key == key {
			return i
		}
	}
	return -1
}

// ResultType returns the type of what Run returns: the single output's type,
// or an object with one member per output (grouped outputs nested).
func (c *Card) ResultType() Type {
	if c.Single() {
		return c.Out[0].Type
	}
	var fields []Field
	at := map[string]int{}
	for _, p := range c.Out {
		if p.Group == "" {
			fields = append(fields, Field{p.Key, p.Type})
			continue
		}
		i, ok := at[p.Group]
		if !ok {
			i = len(fields)
			at[p.Group] = i
			fields = append(fields, Field{p.Group, Type{Base: BaseObject}})
		}
		g := fields[i].Type
		g.Fields = append(g.Fields, Field{p.Key, p.Type})
		fields[i].Type = g
	}
	return ObjectTypeOf(fields...)
}

// Result gives v the form in which the card's outputs are seen: the null of a
// single output of text, an object or a list is that type's zero, so that only
// any, date, file and flow outputs can be null.
func (c *Card) Result(v Value) Value {
	if v.IsNull() && c.Single() {
		return c.Out[0].Type.Zero()
	}
	return v
}

// Nullable reports whether a single output may be null.
func (c *Card) Nullable() bool { return !c.Single() || c.Out[0].Type.Zero().IsNull() }

// Single reports whether the card has exactly one ungrouped output, so that Run
// returns the bare value.
func (c *Card) Single() bool { return len(c.Out) == 1 && c.Out[0].Group == "" && !c.ObjectOut }

// Digest identifies everything about the card that a compiled module relies on:
// key, version, ports, effect, cost and inline sequence.
func (c *Card) Digest() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s@%d %s %v %q\n", c.Key, c.Ver(), c.Effect, c.Cost, c.Inline)
	for _, p := range c.In {
		fmt.Fprintf(h, "in %q %q %s %t %q %t %d\n", p.Group, p.Key, p.Type, p.Required, p.Default, p.Nullable, p.Secret)
	}
	if e := c.Extra; e != nil {
		fmt.Fprintf(h, "extra %q %s %d %d\n", e.Group, e.Type, e.Secret, e.Min)
	}
	for _, p := range c.Out {
		fmt.Fprintf(h, "out %q %q %s", p.Group, p.Key, p.Type)
		if p.Always {
			io.WriteString(h, " always")
		}
		io.WriteString(h, "\n")
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
