package flow

import (
	"context"
	"strings"
)

// ExternalInfo is the definition of a card of another connector, as the source
// of a module declares it: what the module was checked against, whoever provides
// the card when it runs.
type ExternalInfo struct {
	Connector string `json:"connector"`         // key of the connector
	Name      string `json:"name,omitempty"`    // what people call it
	Version   string `json:"version,omitempty"` // of the connector, for information
	Card      string `json:"card"`              // key of the card within the connector
	Title     string `json:"title,omitempty"`
	Doc       string `json:"doc,omitempty"`
	// Options are fixed when the card is placed, In are its inputs, Out its outputs;
	// in In and Out a field is known by its group and key together.
	Options []FieldInfo `json:"options,omitempty"`
	In      []FieldInfo `json:"in,omitempty"`
	Out     []FieldInfo `json:"out,omitempty"`
	Streams bool        `json:"streams,omitempty"` // its records can be had page by page
}

// Key returns the card's key as steps write it: "okta.readUser".
func (i *ExternalInfo) Key() string { return i.Connector + "." + i.Card }

// ExternalCall is one call of a card of another connector.
type ExternalCall struct {
	Card *ExternalInfo
	Slot string // of the module's connections, as the step names it; "" for none
	// Key names the call for the outside world; every attempt of a step has the same.
	Key string
	// Step is the path of the step that makes the call, with iteration indices, such
	// as "pages[2]/user". Engines set it. Default: "", no step of a flow.
	Step string
	// Options are an object by key, Inputs one by key with groups nested. Both have
	// only what was given, converted to the declared types.
	Options Value
	Inputs  Value
	// Stream asks for one page of records instead of outputs. Page is what the
	// answer before named as the next page; null for the first one.
	Stream bool
	Page   Value
}

// ExternalAnswer is what a card of another connector came to.
type ExternalAnswer struct {
	// Outputs are an object by key, groups nested. Each is converted to its declared
	// type; what is missing is null, and what is not declared is dropped.
	Outputs Value
	// Records and Next answer a call with Stream: the records of the page, and what
	// names the next page; null when this was the last one.
	Records []Value
	Next    Value
	Bytes   int64 // received over the network; they count against the run's HTTPBytes
}

// External provides cards of other connectors: those that are installed beside a
// module, or what a test puts in their place. It is used by several goroutines.
type External interface {
	// Call runs a card. A card that it does not have is Unbound; other failures are
	// *Error, as the flow's error handling will see them. Limits and faults of
	// whatever runs the card become card.external, which flows can catch.
	Call(ctx context.Context, c *ExternalCall) (*ExternalAnswer, error)
}

// ExternalEnv is an Env whose run can use cards of other connectors.
type ExternalEnv interface {
	Env
	// External returns who provides them, or nil when nobody does.
	External() External
}

// Unbound returns the card.unbound error for a card that nobody provides.
func Unbound(card *ExternalInfo) *Error {
	return Errorf(CodeCardUnbound, "nobody provides the card %s", card.Key())
}

// OptionsGroup is the group of the ports that carry the options of a card of
// another connector. Its inputs have no group of that name.
const OptionsGroup = "parameters"

// StreamSuffix ends the key of the card that ExternalStream returns.
const StreamSuffix = ".page"

// ExternalCard makes the card that calls what info describes: one port for each
// input and option. Null means that nothing is given, unless the field has a
// default. The result is an object even of one output, so that null stays null.
func ExternalCard(info *ExternalInfo) *Card {
	card := &Card{
		Key: info.Key(), Title: info.Title, Category: info.Name, Doc: info.Doc, External: info,
		Effect: Writes, Cost: externalCost, ObjectOut: true,
		Errors: []Code{CodeCardUnbound, CodeCardExternal, CodeSecretFlow, CodeLimitHTTPCalls, CodeLimitHTTPBytes, CodeLimitValue, CodeLimitDepth},
	}
	for i := range info.In {
		card.In = append(card.In, externalPort(&info.In[i], info.In[i].Group))
	}
	for i := range info.Options {
		card.In = append(card.In, externalPort(&info.Options[i], OptionsGroup))
	}
	for i := range info.Out {
		f := &info.Out[i]
		card.Out = append(card.Out, Port{Key: f.Key, Group: f.Group, Label: f.Label, Doc: f.Doc, Type: f.WholeType()})
	}
	card.Run = func(ctx context.Context, c *Call) (Value, error) {
		a, err := info.call(ctx, c, &ExternalCall{})
		if err != nil {
			return Value{}, err
		}
		return info.outputs(a.Outputs)
	}
	return card
}

// externalCost is the price of a call: about what an HTTP request costs, which
// most of these calls make; results are checked and converted.
var externalCost = Cost{Base: 1_500_000, PerByte: 3}

func externalPort(f *FieldInfo, group string) Port {
	p := Port{Key: f.Key, Group: group, Label: f.Label, Doc: f.Doc, Type: f.WholeType(), Required: f.Required, Nullable: f.Default == nil}
	if f.Default != nil {
		b, _ := f.Default.MarshalJSON() // never fails
		p.Default = string(b)
	}
	for _, c := range f.Choices {
		p.Choices = append(p.Choices, Choice{Value: c.Value, Label: c.Label})
	}
	return p
}

// ExternalStream makes the card that asks for one page of the records of what
// info describes. It has the ports of ExternalCard, and behind them state, what
// the page before remembered (null for the first page), and limit, at most so
// many records over all pages (null, 0 and less for no limit). It gives records,
// state (an object with count, the number of records so far, and page) and more.
func ExternalStream(info *ExternalInfo) *Card {
	card := ExternalCard(info)
	card.Key += StreamSuffix
	card.In = append(card.In,
		Port{Group: streamGroup, Key: "state", Type: AnyType, Nullable: true},
		Port{Group: streamGroup, Key: "limit", Type: NumberType, Nullable: true})
	card.Out = []Port{{Key: "records", Type: ListType(AnyType)}, {Key: "state", Type: ObjectType}, {Key: "more", Type: BoolType}}
	card.Run = info.stream
	return card
}

// streamGroup is the group of the ports that ExternalStream adds, for traces.
const streamGroup = "Streaming"

// call hands a call of the card to the run's provider.
func (i *ExternalInfo) call(ctx context.Context, c *Call, x *ExternalCall) (*ExternalAnswer, error) {
	var ext External
	if env, ok := c.Env.(ExternalEnv); ok {
		ext = env.External()
	}
	if ext == nil {
		return nil, Unbound(i)
	}
	x.Card, x.Slot, x.Key = i, c.Slot, c.Key
	x.Inputs = given(i.In, c.Args)
	x.Options = given(i.Options, c.Args[len(i.In):])
	a, err := ext.Call(ctx, x)
	if err != nil {
		if e := AsError(err); e.Code.Trap() && ctx.Err() == nil {
			return nil, i.fault("%s: %s", e.Code, e.Msg)
		}
		return nil, err
	}
	if a == nil {
		return nil, i.fault("it gave no answer")
	}
	return a, nil
}

// given makes an object of the values that are not null, groups nested. Options
// have no groups of their own.
func given(fields []FieldInfo, vals []Value) Value {
	var top ObjectBuilder
	groups := map[string]*ObjectBuilder{}
	for i := range fields {
		f := &fields[i]
		if vals[i].IsNull() {
			continue
		}
		if f.Group == "" {
			top.Set(f.Key, vals[i])
			continue
		}
		g := groups[f.Group]
		if g == nil {
			g = &ObjectBuilder{}
			groups[f.Group] = g
			top.Set(f.Group, Null()) // keeps the group's place
		}
		g.Set(f.Key, vals[i])
	}
	for name, g := range groups {
		top.Set(name, g.Value())
	}
	return top.Value()
}

// fault is a card.external error about the card.
func (i *ExternalInfo) fault(format string, args ...any) *Error {
	e := Errorf(CodeCardExternal, format, args...)
	e.Msg = "card " + i.Key() + ": " + e.Msg
	return e
}

// outputs gives an answer the form that the card declares.
func (i *ExternalInfo) outputs(got Value) (Value, error) {
	if !got.IsNull() && got.Kind() != KindObject {
		return Value{}, i.fault("it gave a %s instead of its outputs", got.Kind())
	}
	var top ObjectBuilder
	groups := map[string]*ObjectBuilder{}
	for n := range i.Out {
		f := &i.Out[n]
		from := got
		if f.Group != "" {
			from, _ = got.Object().Get(f.Group)
		}
		v, _ := from.Object().Get(f.Key)
		v, err := i.output(f, v)
		if err != nil {
			return Value{}, err
		}
		if f.Group == "" {
			top.Set(f.Key, v)
			continue
		}
		g := groups[f.Group]
		if g == nil {
			g = &ObjectBuilder{}
			groups[f.Group] = g
			top.Set(f.Group, Null())
		}
		g.Set(f.Key, v)
	}
	for name, g := range groups {
		top.Set(name, g.Value())
	}
	return top.Value(), nil
}

// output converts one output; null stays null.
func (i *ExternalInfo) output(f *FieldInfo, v Value) (Value, error) {
	switch {
	case v.IsNull():
		return v, nil
	case v.HasSecret():
		return Value{}, Errorf(CodeSecretFlow, "card %s gave a secret as its output %q", i.Key(), f.Key)
	}
	x, err := Convert(v, f.Type)
	if err != nil {
		return Value{}, i.fault("its output %s: %s", strings.TrimPrefix(f.Group+"."+f.Key, "."), AsError(err).Msg)
	}
	return x, nil
}

// stream is Run of ExternalStream.
func (i *ExternalInfo) stream(ctx context.Context, c *Call) (Value, error) {
	n := len(i.In) + len(i.Options)
	state, limit := c.Args[n].Object(), c.Args[n+1]
	page, _ := state.Get("page")
	before, _ := state.Get("count")
	a, err := i.call(ctx, c, &ExternalCall{Stream: true, Page: page})
	if err != nil {
		return Value{}, err
	}
	records, more := a.Records, !a.Next.IsNull()
	if limit.Kind() == KindNumber && limit.Number() > 0 {
		if left := limit.Number() - before.Number(); float64(len(records)) >= left {
			records, more = records[:max(0, int(left))], false
		}
	}
	for _, r := range append(records[:len(records):len(records)], a.Next) {
		if r.HasSecret() {
			return Value{}, Errorf(CodeSecretFlow, "card %s gave a secret in its records", i.Key())
		}
	}
	if more && !page.IsNull() && Equal(page, a.Next) {
		return Value{}, i.fault("a page names itself as the next one")
	}
	next := Members("count", Number(before.Number()+float64(len(records))), "page", a.Next)
	return Members("records", ListOf(records...), "state", next, "more", Bool(more)), nil
}

// WholeType returns the declared type with what is known of an object's members.
func (f *FieldInfo) WholeType() Type {
	t := f.Type
	if len(f.Fields) == 0 {
		return t
	}
	t.Fields = make([]Field, len(f.Fields))
	for i := range f.Fields {
		t.Fields[i] = Field{f.Fields[i].Key, f.Fields[i].WholeType()}
	}
	return t
}
