package lower

import (
	"slices"

	"github.com/weirflow/weir/compiler/internal/check"
	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// value is something computed: a register, or a path into one that is followed
// only when the value is used.
type value struct {
	reg      ir.Reg
	path     []string
	t        flow.Type
	nullable bool
}

// constant makes a register for a known value.
func (b *fn) constant(v flow.Value) value {
	out := value{nullable: v.IsNull()}
	repr := guest.Handle
	switch v.Kind() {
	case flow.KindNumber:
		repr, out.t = guest.Number, flow.NumberType
	case flow.KindBool:
		repr, out.t = guest.Boolean, flow.BoolType
	case flow.KindText:
		out.t = flow.TextType
	case flow.KindDate:
		out.t = flow.DateType
	case flow.KindObject:
		out.t = flow.ObjectType
	case flow.KindList:
		out.t = flow.ListType(flow.AnyType)
	}
	out.reg = b.f.NewReg(repr)
	b.emit(&ir.Const{Dst: out.reg, Value: v})
	return out
}

// handleConst makes a handle register for a known value, whatever its kind.
func (b *fn) handleConst(v flow.Value) ir.Reg {
	r := b.f.NewReg(guest.Handle)
	b.emit(&ir.Const{Dst: r, Value: v})
	return r
}

// expr lowers an expression.
func (b *fn) expr(e syntax.Expr) value {
	if v, ok := syntax.Constant(e); ok {
		return b.constant(v)
	}
	switch e := e.(type) {
	case *syntax.Ref:
		return b.ref(e)
	case *syntax.Template:
		parts := make([]ir.Reg, len(e.Parts))
		secret := false
		for i, p := range e.Parts {
			v := b.expr(p)
			secret = secret || v.t.Secret
			parts[i] = b.reg(v)
		}
		return value{reg: b.concat(parts), t: flow.Type{Base: flow.BaseText, Secret: secret}}
	case *syntax.ObjectLit:
		keys, args := make([]string, len(e.Keys)), make([]ir.Reg, len(e.Keys))
		secret := false
		for i, k := range e.Keys {
			v := b.expr(e.Vals[i])
			secret = secret || v.t.Secret
			keys[i], args[i] = k.Text, b.reg(v)
		}
		return value{reg: b.object(e.Pos, keys, args), t: flow.Type{Base: flow.BaseObject, Secret: secret}}
	case *syntax.ListLit:
		args := make([]ir.Reg, len(e.Items))
		secret := false
		for i, x := range e.Items {
			v := b.expr(x)
			secret = secret || v.t.Secret
			args[i] = b.reg(v)
		}
		if len(args) > guest.MaxVariadic {
			b.tooLong(e.Pos, "a list with references may have at most %d items, this one has %d", guest.MaxVariadic, len(args))
			args = args[:guest.MaxVariadic]
		}
		dst := b.f.NewReg(guest.Handle)
		b.emit(&ir.List{Dst: dst, Args: args})
		return value{reg: dst, t: flow.Type{Base: flow.BaseAny, List: true, Secret: secret}}
	}
	panic("lower: unknown expression")
}

// concat joins parts, in pieces where there are more than one import takes.
func (b *fn) concat(parts []ir.Reg) ir.Reg {
	for len(parts) > guest.MaxVariadic {
		head := b.concat(slices.Clone(parts[:guest.MaxVariadic]))
		parts = parts[guest.MaxVariadic-1:]
		parts[0] = head
	}
	dst := b.f.NewReg(guest.Handle)
	b.emit(&ir.Concat{Dst: dst, Args: parts})
	return dst
}

func (b *fn) object(pos flow.Pos, keys []string, args []ir.Reg) ir.Reg {
	if len(args) > guest.MaxVariadic {
		b.tooLong(pos, "an object with references may have at most %d members, this one has %d", guest.MaxVariadic, len(args))
		keys, args = keys[:guest.MaxVariadic], args[:guest.MaxVariadic]
	}
	dst := b.f.NewReg(guest.Handle)
	b.emit(&ir.Object{Dst: dst, Keys: keys, Args: args})
	return dst
}

// ref lowers a reference.
func (b *fn) ref(e *syntax.Ref) value {
	t := b.info.Refs[e]
	var v value
	switch t.Kind {
	case check.ToSecret:
		v.reg = b.f.NewReg(guest.Handle)
		b.emit(&ir.Secret{Dst: v.reg, Place: t.Place})
	case check.ToConfig:
		v.reg = b.f.NewReg(guest.Handle)
		b.emit(&ir.Config{Dst: v.reg, Place: t.Place})
	case check.ToAuth:
		v = b.connection()
	case check.ToContext:
		v.reg = b.f.NewReg(guest.Handle)
		b.emit(&ir.Context{Dst: v.reg, Code: t.Place})
	case check.ToItem:
		v = b.loop.item
	case check.ToIndex:
		v = b.loop.index
	case check.ToMemo:
		v = b.loop.memo
	default:
		if b.capture != nil {
			v = b.capture(e)
			return value{reg: v.reg, path: v.path, t: t.Type, nullable: t.Nullable}
		}
		v = b.local(t)
	}
	item := v.nullable
	v = follow(v, t.Path)
	v.t, v.nullable = t.Type, t.Nullable || len(t.Path) > 0
	if t.Kind == check.ToItem && len(t.Path) == 0 {
		v.nullable = item
	}
	return v
}

// connection makes the object of all values of the run's connection.
func (b *fn) connection() value {
	keys, args := b.info.AuthKeys, make([]ir.Reg, len(b.info.AuthKeys))
	for i, k := range keys {
		args[i] = b.f.NewReg(guest.Handle)
		if a := b.info.Auth[k]; a.Secret {
			b.emit(&ir.Secret{Dst: args[i], Place: a.Place})
		} else {
			b.emit(&ir.Config{Dst: args[i], Place: a.Place})
		}
	}
	return value{reg: b.object(flow.Pos{}, keys, args)}
}

// local finds what the flow itself holds.
func (b *fn) local(t *check.Target) value {
	switch t.Kind {
	case check.ToInput:
		return b.inputs[t.Place]
	case check.ToError:
		return value{reg: b.errs[len(b.errs)-1], t: flow.ObjectType}
	}
	return b.steps[t.Step][t.Place]
}

func follow(v value, path []string) value {
	if len(path) > 0 {
		v.path = append(append([]string(nil), v.path...), path...)
	}
	return v
}

// reg returns a register that holds v, in whatever representation it has.
func (b *fn) reg(v value) ir.Reg {
	if len(v.path) == 0 {
		return v.reg
	}
	if v.t.Is(flow.BaseNumber) && !v.t.Secret && !v.nullable && b.f.Repr(v.reg) == guest.Handle {
		return b.as(v, flow.NumberType, guest.Number)
	}
	src := b.boxed(v.reg)
	dst := b.f.NewReg(guest.Handle)
	b.emit(&ir.Get{Dst: dst, Src: src, Path: v.path})
	return dst
}

// boxed returns a handle register with the content of r.
func (b *fn) boxed(r ir.Reg) ir.Reg {
	if b.f.Repr(r) == guest.Handle {
		return r
	}
	dst := b.f.NewReg(guest.Handle)
	b.emit(&ir.Box{Dst: dst, Src: r})
	return dst
}

// handle returns v as a handle, not converted.
func (b *fn) handle(v value) ir.Reg { return b.boxed(b.reg(v)) }

// as returns v converted to type t, in the given representation.
func (b *fn) as(v value, t flow.Type, repr guest.Repr) ir.Reg {
	plain := flow.Type{Base: t.Base, List: t.List}
	if len(v.path) > 0 && repr == guest.Number && b.f.Repr(v.reg) == guest.Handle {
		dst := b.f.NewReg(guest.Number)
		b.emit(&ir.GetNum{Dst: dst, Src: v.reg, Path: v.path})
		return dst
	}
	r := b.reg(v)
	have := b.f.Repr(r)
	if have == repr && have != guest.Handle {
		return r
	}
	if have != guest.Handle && repr == guest.Handle && guest.ReprOf(plain) == have {
		return b.boxed(r)
	}
	r = b.boxed(r)
	if repr == guest.Handle && !needsConversion(v, plain) {
		return r
	}
	dst := b.f.NewReg(repr)
	b.emit(&ir.Convert{Dst: dst, Src: r, Type: plain})
	return dst
}

// needsConversion reports whether a value of v's static type could differ from
// type t at run time.
func needsConversion(v value, t flow.Type) bool {
	if t.Base == flow.BaseAny && !t.List {
		return false
	}
	return v.nullable || v.t.Base != t.Base || v.t.List != t.List || t.Base == flow.BaseAny || t.List
}

// optional lowers an expression that may be missing: then it is null.
func (b *fn) optional(e syntax.Expr) value {
	if e == nil {
		return b.constant(flow.Null())
	}
	return b.expr(e)
}

// cond lowers a condition to a truth value.
func (b *fn) cond(c *syntax.Cond) ir.Reg {
	if c.Op == "" {
		return b.as(b.expr(c.A), flow.BoolType, guest.Boolean)
	}
	repr := guest.Handle
	if c.Type != nil && simple(c.Op) {
		repr = guest.ReprOf(*c.Type)
	}
	side := func(e syntax.Expr) ir.Reg {
		v := b.optional(e)
		// A list on either side stays one: "in" looks for a member of it.
		if c.Type != nil && (simple(c.Op) || !v.t.List) {
			return b.as(v, *c.Type, repr)
		}
		return b.reg(v)
	}
	dst := b.f.NewReg(guest.Boolean)
	a := side(c.A)
	if c.Op.Unary() {
		a = b.boxed(a)
		b.emit(&ir.Compare{Dst: dst, Op: c.Op, A: a, B: b.handleConst(flow.Null())})
		return dst
	}
	z := side(c.B)
	if ra, rz := b.f.Repr(a), b.f.Repr(z); ra != rz || !inlineCompare(c.Op, ra) {
		a, z = b.boxed(a), b.boxed(z)
	}
	b.emit(&ir.Compare{Dst: dst, Op: c.Op, A: a, B: z})
	return dst
}

// simple operators compare two values of one type; the others look into the
// right side or ignore it.
func simple(op flow.Operator) bool {
	switch op {
	case flow.OpEqual, flow.OpNotEqual, flow.OpIdentical, flow.OpUnidentical,
		flow.OpAtLeast, flow.OpAtMost, flow.OpMore, flow.OpLess:
		return true
	}
	return false
}

// inlineCompare reports whether instructions can compare two operands of r.
func inlineCompare(op flow.Operator, r guest.Repr) bool {
	switch r {
	case guest.Number:
		return simple(op)
	case guest.Boolean:
		return op == flow.OpEqual || op == flow.OpNotEqual || op == flow.OpIdentical || op == flow.OpUnidentical
	}
	return true
}
