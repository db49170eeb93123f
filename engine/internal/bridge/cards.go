package bridge

import (
	"math"
	"runtime"
	"time"

	"github.com/weirflow/weir/engine/internal/budget"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// cardImport is one way in which a module calls one card, with everything that
// does not change from call to call worked out.
type cardImport struct {
	card    *flow.Card
	inlined bool // its price is in the module's own fuel checks
	pure    bool
	ports   []portImport
	extra   string // representations of author-made inputs
	extraAs flow.Kinds
	extraAt int // where their names are on the guest's stack

	result guest.Repr
	outs   []guest.CardOut // what the guest gets instead of the result
	wanted uint64          // the outputs in outs, by place, where the card may leave out others
}

// portImport is what one input port makes of what the guest gives it.
type portImport struct {
	repr   guest.Repr
	asIs   flow.Kinds // values of these kinds are taken as they are, if they hold no secret
	secret bool       // secrets, too
	null   flow.Value // what null becomes
}

func newCardImport(card *flow.Card, ci guest.CardImport) *cardImport {
	c := &cardImport{
		card: card, inlined: ci.Inlined, pure: card.Effect == flow.Pure, extra: ci.Extra, result: guest.ReprOfResult(card),
		ports: make([]portImport, len(card.In)), extraAt: 1,
	}
	for i := range card.In {
		p := &card.In[i]
		repr := guest.ReprOfPort(p)
		if ci.Ports != "" {
			repr = guest.Repr(ci.Ports[i])
		}
		null, _ := p.Bind(flow.Null()) // never an error
		c.ports[i] = portImport{repr, p.AsIs(), p.Secret != flow.SecretRefuse, null}
		if c.extraAt++; repr == guest.Field {
			c.extraAt++
		}
	}
	if card.Extra != nil {
		c.extraAs = card.Extra.AsIs()
	}
	c.outs, _ = guest.CardOuts(ci.Outs)
	if c.pure && card.Cost.PerByte == 0 { // others are priced by all of their result
		for _, o := range c.outs {
			if o.Place >= 64 {
				c.wanted = 0 // more than the mask can tell apart
				break
			}
			c.wanted |= 1 << o.Place
		}
	}
	return c
}

// call is the host function.
func (c *cardImport) call(owner any, s []uint64) {
	in := owner.(*Instance)
	in.attend()
	step := int32(s[0])
	in.step(step)
	in.fuel = 0
	var began time.Time
	if in.run.traced {
		began = time.Now()
	}
	v, err := c.run(in, step, s)
	size := v.Size()
	if err == nil {
		err = in.admitSized(v, size)
	}
	if err != nil {
		if in.run.traced {
			in.traceCard(c, step, flow.Value{}, in.place(step, err), began)
		}
		in.fail(step, err)
		c.setFailed(s)
		return
	}
	if in.run.traced {
		in.traceCard(c, step, v, nil, began)
	}
	switch {
	case len(c.outs) > 0:
		c.give(in, step, v.Object(), s)
	case c.result == guest.Number:
		setNumber(s, v)
	case c.result == guest.Boolean:
		s[0] = truth(v.Bool())
	default:
		h, ok := in.arena.PushSized(v, size)
		if !ok {
			in.trapMemory(step)
		}
		s[0] = i32(h)
	}
}

// give hands the outputs over that the guest wants. They are charged in full,
// because nothing keeps the object that they are members of.
func (c *cardImport) give(in *Instance, step int32, all *flow.Object, s []uint64) {
	for i, o := range c.outs {
		v, _ := all.Get(c.card.Out[o.Place].Key)
		switch {
		case o.Repr == guest.Number:
			n, err := flow.Convert(v, flow.NumberType)
			if err != nil {
				in.spend(step, budget.Fuel, flow.FailedFuel(v))
				in.fail(step, err)
				c.setFailed(s)
				return
			}
			in.spend(step, budget.Fuel, guest.NumberFuel(v))
			s[i] = math.Float64bits(n.Number())
		case v.IsNull():
			s[i] = i32(guest.HandleNull)
		default:
			h, ok := in.arena.Push(v)
			if !ok {
				in.trapMemory(step)
			}
			s[i] = i32(h)
		}
	}
	s[len(c.outs)] = 0
}

func (c *cardImport) setFailed(s []uint64) {
	switch {
	case len(c.outs) > 0:
		clear(s[:len(c.outs)])
		s[len(c.outs)] = 1
	case c.result == guest.Number:
		setNoNumber(s)
	default:
		s[0] = i32(guest.HandleError)
	}
}

// slowPathFuel is the price of an inlined card's slow path that comes to a result:
// a host call. Compiled code takes that path for errors, which have a price, and
// for traces.
const slowPathFuel = 30

// run binds the arguments, charges the call and runs the card.
func (c *cardImport) run(in *Instance, step int32, s []uint64) (flow.Value, error) {
	call, err := c.bind(in, s)
	if err != nil {
		in.spend(step, budget.Fuel, c.bindFuel(in, s))
		return flow.Value{}, err
	}
	if !c.inlined {
		price := call.Price()
		in.fuel += price
		in.spend(step, budget.Calls, 1)
		in.spend(step, budget.Fuel, price)
	}
	var v flow.Value
	if c.pure {
		v, err = c.protect(in, call)
	} else {
		in.worker.Lend() // it may wait for the world
		v, err = c.effect(in, step, call)
		in.resume()
	}
	if err != nil {
		return flow.Value{}, err
	}
	v = c.card.Result(v)
	switch {
	case !c.inlined:
		if price := call.PriceOf(v); price > 0 {
			in.fuel += price
			in.spend(step, budget.Fuel, price)
		}
	case !in.run.traced:
		in.spend(step, budget.Fuel, slowPathFuel)
	}
	switch c.result {
	case guest.Number:
		return flow.Convert(v, flow.NumberType)
	case guest.Boolean:
		return flow.Convert(v, flow.BoolType)
	}
	if !c.card.Single() && v.Kind() != flow.KindObject {
		return flow.Value{}, flow.Errorf(flow.CodeInternal, "card %s returned a %s instead of an object", c.card.Key, v.Kind())
	}
	return v, nil
}

// bindFuel is guest.BindFuel of what the guest gave: the bound arguments are
// converted in part.
func (c *cardImport) bindFuel(in *Instance, s []uint64) int64 {
	given := make([]flow.Value, len(c.ports))
	at := 1
	for i := range c.ports {
		given[i], at = in.argument(c.ports[i].repr, s, at)
	}
	return guest.BindFuel(c.card, given)
}

// bind fills the instance's call from the guest's stack. Most values are what
// their ports want; flow binds the others.
func (c *cardImport) bind(in *Instance, s []uint64) (*flow.Call, error) {
	n := len(c.ports)
	space := in.scratch(n + len(c.extra))
	args := space[:n:n]
	odd := false // a value that its port may not take as it is
	at := 1
	for i := range c.ports {
		p := &c.ports[i]
		v, next := in.argument(p.repr, s, at)
		at = next
		if p.repr == guest.Handle || p.repr == guest.Field {
			if v.IsNull() {
				v = p.null
			} else if !p.takes(v) {
				odd = true
			}
		}
		args[i] = v
	}
	call := &in.call
	call.Begin(c.card, args, noExtra)
	call.Wanted = c.wanted
	if in.run.traced {
		call.Wanted = 0 // a trace shows all
	}
	if c.extra != "" {
		keys := in.value(s[c.extraAt])
		if keys.Kind() != flow.KindObject || keys.Object().Len() != len(c.extra) {
			in.trapProfile("names the inputs of a card without giving as many")
		}
		call.SetExtra(keys.Object().Shape(), in.unboxInto(space[n:], c.extra, s[c.extraAt+1:]))
	}
	if odd {
		for i := range c.ports {
			if p := &c.ports[i]; !args[i].IsNull() && !p.takes(args[i]) {
				if err := call.BindPort(i); err != nil {
					return call, err
				}
			}
		}
	}
	for i := range call.Extra.Len() {
		if v := call.Extra.At(i); !c.extraAs.Has(v.Kind()) || v.HasSecret() {
			return call, call.BindExtra()
		}
	}
	return call, nil
}

// takes reports whether flow.Port.Bind would give v itself, for a v that is not
// null.
func (p *portImport) takes(v flow.Value) bool {
	return p.asIs.Has(v.Kind()) && (p.secret || !v.HasSecret())
}

var noExtra = flow.Value{}.Object()

// protect runs the card and turns a panic into an error that names it.
func (c *cardImport) protect(in *Instance, call *flow.Call) (v flow.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			what := "" // what was panicked with may hold data; only the runtime's own words are safe
			if re, ok := r.(runtime.Error); ok {
				what = ": " + re.Error()
			}
			v, err = flow.Value{}, flow.Errorf(flow.CodeInternal, "card %s panicked%s", c.card.Key, what)
		}
	}()
	v, err = c.card.Run(in.scope, call)
	if err != nil && in.run.interrupted(in.scope) {
		err = in.run.stopError(in.scope.state.Load())
	}
	return v, err
}
