package flow

import (
	"context"
	"fmt"
	"math"
)

// Call is what a card's Run gets: converted inputs, the environment and the
// means to ask for memory before taking it. It is valid only during Run.
type Call struct {
	Card  *Card
	Args  []Value // one per Card.In, converted to the port's type, defaults applied
	Extra *Object // author-made inputs in their displayed order; never nil
	Env   Env     // nil for pure cards
	Key   string  // idempotency key of a Writes call; "" otherwise
	Slot  string  // of the module's connections, where the step names one
	extra Object  // see SetExtra

	// Wanted has a bit for each output, by place, that the caller looks at; 0 for
	// all of them.
	Wanted uint64
	// MaxValue is the size of the largest value the run may build. 0 means
	// DefaultMaxValue.
	MaxValue int64
	// unasked is the work since Alive last asked.
	unasked int64
	// converted is the price of what Bind converted.
	converted int64
	// Charge takes further fuel for work that inputs do not show (regular
	// expressions, key derivation). nil means unlimited.
	Charge func(fuel int64) error
	// Remaining returns the fuel that is left. nil means unlimited.
	Remaining func() int64
}

// DefaultMaxValue bounds one value where no engine says otherwise: 8 MiB.
const DefaultMaxValue = 8 << 20

// Value returns the i-th input.
func (c *Call) Value(i int) Value { return c.Args[i] }

// Text returns the i-th input as text.
func (c *Call) Text(i int) string { return c.Args[i].Text() }

// Number returns the i-th input as a number.
func (c *Call) Number(i int) float64 { return c.Args[i].Number() }

// Bool returns the i-th input as a truth value.
func (c *Call) Bool(i int) bool { return c.Args[i].Bool() }

// List returns the i-th input as a list.
func (c *Call) List(i int) *List { return c.Args[i].List() }

// Object returns the i-th input as an object.
func (c *Call) Object(i int) *Object { return c.Args[i].Object() }

// SetExtra makes Extra of names and values without taking memory for it: it, and
// vals, may be used for the next call. Who wants to keep it calls Extra.Value.
func (c *Call) SetExtra(names *Shape, vals []Value) {
	c.extra.fill(names, vals)
	c.extra.lent = true
	c.Extra = &c.extra
}

// Wants reports whether the caller looks at the i-th output. A card with several
// may give null for those that nobody does; whether the call fails, and what it
// costs, must not depend on it.
func (c *Call) Wants(i int) bool { return c.Wanted == 0 || c.Wanted>>i&1 != 0 }

// ValueLimit returns how many bytes one value may have: MaxValue, or
// DefaultMaxValue where nothing says otherwise.
func (c *Call) ValueLimit() int64 {
	if c.MaxValue == 0 {
		return DefaultMaxValue
	}
	return c.MaxValue
}

// Reserve asks whether a value of n bytes may be built. Cards whose result can
// be much larger than their inputs ask before they allocate. The answer is
// limit.value when it may not.
func (c *Call) Reserve(n int64) error {
	limit := c.ValueLimit()
	if n < 0 || n > limit {
		return Errorf(CodeLimitValue, "the result would be larger than %d bytes", limit)
	}
	return nil
}

// Spend charges fuel for work beyond the card's price.
func (c *Call) Spend(fuel int64) error {
	if c.Charge == nil {
		return nil
	}
	return c.Charge(fuel)
}

// Left returns the fuel that the run has left, for work whose end cannot be
// foreseen. Parallel iterations take from one budget: then it is how much there is
// at the moment.
func (c *Call) Left() int64 {
	if c.Remaining == nil {
		return math.MaxInt64
	}
	return c.Remaining()
}

// askEvery is the work after which Alive asks: about a millisecond.
const askEvery = 1 << 20

// Alive returns the error of ctx when it has ended. Cards call it for each piece of
// work that grows with their inputs, with the fuel that the piece stands for; it
// asks ctx once in a millisecond of that. A card that works on without asking lets
// its run end late, however large a value may be.
func (c *Call) Alive(ctx context.Context, fuel int64) error {
	if c.unasked += fuel; c.unasked < askEvery {
		return nil
	}
	c.unasked = 0
	return ctx.Err()
}

// Invalid returns an input.invalid error about the i-th input.
func (c *Call) Invalid(i int, format string, args ...any) error {
	return Errorf(CodeInputInvalid, "input %q %s", c.Card.In[i].Key, fmt.Sprintf(format, args...))
}

// Bind prepares the arguments of one call from given values: it converts each to
// its port's type, applies defaults, checks choices and refuses secrets on
// ports that do not take them. given[i] belongs to card.In[i]; set[i] says
// whether a value was given at all (nil means all were).
func (c *Call) Bind(given []Value, set []bool) error {
	c.converted = 0
	for i := range c.Card.In {
		present := set == nil || set[i]
		var v Value
		if i < len(given) && present {
			v = given[i]
		}
		bound, err := c.Card.In[i].bind(v, present, c.widest())
		if err != nil {
			return err
		}
		c.convert(v, bound)
		c.Args[i] = bound
	}
	if c.Extra == nil {
		c.Extra = emptyObject
	}
	return c.BindExtra()
}

func (c *Call) bindExtra(e *Extra) error {
	if e.Secret == SecretRefuse && c.Extra.secret {
		return Errorf(CodeSecretFlow, "card %s does not take a secret here", c.Card.Key)
	}
	if e.Type.Base == BaseAny && !e.Type.List {
		return nil
	}
	var vals []Value
	for i, v := range c.Extra.vals {
		x, err := ConvertWithin(v, e.Type, c.widest())
		if err != nil {
			return inPort(err, c.Extra.Key(i))
		}
		c.convert(v, x)
		if vals == nil && x != v {
			vals = append([]Value(nil), c.Extra.vals...)
		}
		if vals != nil {
			vals[i] = x
		}
	}
	if vals != nil {
		c.Extra = NewObject(c.Extra.shape, vals).Object()
	}
	return nil
}

func (p *Port) bind(v Value, present bool, max int64) (Value, error) {
	if v.IsNull() {
		if p.Nullable {
			return v, nil
		}
		if p.Default != "" {
			return p.DefaultValue(), nil
		}
		if present && p.Type.Base == BaseAny && !p.Type.List {
			return v, nil
		}
		return p.Type.Zero(), nil
	}
	if v.HasSecret() && p.Secret == SecretRefuse {
		return Value{}, Errorf(CodeSecretFlow, "input %q does not take a secret", p.Key)
	}
	x, err := ConvertWithin(v, p.Type, max)
	if err != nil {
		return Value{}, inPort(err, p.Key)
	}
	if len(p.Choices) > 0 && x.Kind() == KindText {
		if x.Text() == "" && p.MayBeEmpty() {
			return p.DefaultValue(), nil // an emptied choice is none (spec: functions-scalar 0.2)
		}
		for _, ch := range p.Choices {
			if ch.Value == x.Text() {
				return x, nil
			}
		}
		return Value{}, Errorf(CodeInputInvalid, "input %q cannot be %s", p.Key, Excerpt(x.Text()))
	}
	return x, nil
}

// Bind is Call.Bind for the value of one port.
func (p *Port) Bind(v Value) (Value, error) { return p.bind(v, true, DefaultMaxValue) }

// BindExtra is Call.Bind for the author-made inputs alone, which are in c.Extra.
func (c *Call) BindExtra() error {
	if e := c.Card.Extra; e != nil && c.Extra.Len() > 0 {
		return c.bindExtra(e)
	}
	return nil
}

// Begin prepares c for another call, whose ports BindPort binds one by one.
func (c *Call) Begin(card *Card, args []Value, extra *Object) {
	c.Card, c.Args, c.Extra, c.Env, c.Key, c.Slot, c.converted = card, args, extra, nil, "", "", 0
}

// BindPort is Bind for the i-th port alone, given c.Args[i], which is not null.
func (c *Call) BindPort(i int) error {
	v, err := c.Card.In[i].bind(c.Args[i], true, c.widest())
	if err != nil {
		return err
	}
	c.convert(c.Args[i], v)
	c.Args[i] = v
	return nil
}

// widest bounds what conversions make.
func (c *Call) widest() int64 { return max(c.MaxValue, DefaultMaxValue) }

// convert notes the price of a conversion, if it was one.
func (c *Call) convert(from, to Value) {
	if from.kind != to.kind && from.kind != KindNull || from.kind == KindList && from.ref != to.ref {
		c.converted += ConversionFuel(from, to)
	}
}

// Kinds is a set of kinds.
type Kinds uint16

// Has reports whether k is in the set.
func (s Kinds) Has(k Kind) bool { return s>>k&1 != 0 }

// AsIs returns the kinds of which Bind hands every value without a secret to
// the card as it is. Callers that bind often look here before they call it.
func (p *Port) AsIs() Kinds {
	if len(p.Choices) > 0 {
		return 0
	}
	return p.Type.asIs()
}

// AsIs is Port.AsIs for author-made inputs.
func (e *Extra) AsIs() Kinds {
	s := e.Type.asIs()
	if e.Type.Is(BaseAny) {
		s |= 1 << KindNull
	}
	return s
}

// asIs returns the kinds of values that Convert leaves as they are, but null.
func (t Type) asIs() Kinds {
	if t.List {
		if t.Base == BaseAny {
			return 1 << KindList
		}
		return 0 // depends on the items
	}
	switch t.Base {
	case BaseAny:
		return 1<<(KindSecret+1) - 1<<KindBool
	case BaseText:
		return 1 << KindText
	case BaseNumber:
		return 1 << KindNumber
	case BaseBool:
		return 1 << KindBool
	case BaseDate:
		return 1 << KindDate
	case BaseObject:
		return 1<<KindObject | 1<<KindList
	case BaseFile:
		return 1 << KindFile
	case BaseFlow:
		return 1 << KindFlow
	}
	return 0
}

// MayBeEmpty reports whether an emptied choice counts as none given.
func (p *Port) MayBeEmpty() bool { return !p.Required || p.Default != "" }

// DefaultValue returns the port's default, converted to its type.
func (p *Port) DefaultValue() Value {
	if p.Default == "" {
		return p.Type.Zero()
	}
	v, err := ParseJSON([]byte(p.Default), JSONLimits{})
	if err == nil {
		v, err = Convert(v, p.Type)
	}
	if err != nil {
		return p.Type.Zero() // Registry construction refuses such a port
	}
	return v
}

// Price returns the fuel that a call with these arguments costs before its
// result is known: the card's cost, and the conversions that Bind made.
func (c *Call) Price() int64 {
	cost := &c.Card.Cost
	if cost.PerByte == 0 && cost.PerItem == 0 {
		return cost.Base + c.converted
	}
	var bytes, items int64
	for _, v := range c.Args {
		bytes += v.Size()
		items += count(v)
	}
	if c.Extra != nil && len(c.Extra.vals) > 0 {
		bytes += c.Extra.size
		items += int64(len(c.Extra.vals))
		for _, v := range c.Extra.vals {
			items += count(v)
		}
	}
	return cost.Base + c.converted + int64(cost.PerByte*float64(bytes)+cost.PerItem*float64(items))
}

// PriceOf returns the fuel that the result adds to Price.
func (c *Call) PriceOf(result Value) int64 {
	if c.Card.Cost.PerByte == 0 {
		return 0
	}
	return int64(c.Card.Cost.PerByte * float64(result.Size()))
}

func count(v Value) int64 {
	switch r := v.ref.(type) {
	case *List:
		return int64(len(r.items))
	case *Object:
		return int64(len(r.vals))
	}
	return 0
}

func inPort(err error, key string) error {
	e := *AsError(err)
	e.Msg = fmt.Sprintf("input %q: %s", key, e.Msg)
	return &e
}

// Invoke runs a card directly: it binds the inputs given as an object (groups
// nested, unknown keys are author-made inputs) and returns the outputs as an
// object by key. It is how tests, folding and documentation call cards; a run
// uses the engine's bridge, which does the same on handles.
func Invoke(ctx context.Context, card *Card, in Value, env Env) (Value, error) {
	given := make([]Value, len(card.In))
	set := make([]bool, len(card.In))
	var extra ObjectBuilder
	add := func(group, key string, v Value) error {
		if i := card.Input(group, key); i >= 0 {
			given[i], set[i] = v, true
			return nil
		}
		if card.Extra == nil || card.Extra.Group != group {
			return Errorf(CodeCardInput, "card %s has no input %q", card.Key, key)
		}
		extra.Set(key, v)
		return nil
	}
	for k, v := range in.Object().All() {
		var err error
		if card.hasGroup(k) && card.Input("", k) < 0 {
			for k2, v2 := range v.Object().All() {
				if err = add(k, k2, v2); err != nil {
					return Value{}, err
				}
			}
			continue
		}
		if err = add("", k, v); err != nil {
			return Value{}, err
		}
	}
	c := &Call{Card: card, Args: make([]Value, len(card.In)), Extra: extra.Value().Object(), Env: env}
	if err := c.Bind(given, set); err != nil {
		return Value{}, err
	}
	out, err := card.Run(ctx, c)
	if err != nil {
		return Value{}, err
	}
	if out = card.Result(out); card.Single() {
		return NewObject(NewShape([]string{card.Out[0].Key}), []Value{out}), nil
	}
	return out, nil
}

func (c *Card) hasGroup(name string) bool {
	for _, p := range c.In {
		if p.Group == name {
			return true
		}
	}
	return c.Extra != nil && c.Extra.Group == name && name != ""
}
