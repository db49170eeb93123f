package bridge

import (
	"math"

	"github.com/weirflow/weir/engine/internal/budget"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

func number(x uint64) flow.Value { return flow.Number(math.Float64frombits(x)) }

func i32(x int32) uint64 { return uint64(uint32(x)) }

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// setNumber writes a number and "no error", setNoNumber the opposite.
func setNumber(s []uint64, v flow.Value) {
	s[0], s[1] = math.Float64bits(v.Number()), 0
}

func setNoNumber(s []uint64) { s[0], s[1] = 0, 1 }

func refuel(in *Instance, s []uint64) {
	in.guest.SetFuel(0) // what it holds is in left; the guest sets the result
	in.run.watch()
	if in.run.expired() {
		in.trapStopped()
	}
	fuel, ok := in.acct.Refuel(int64(s[0]))
	if !ok {
		in.trapLimit(0, budget.Fuel)
	}
	in.turn()
	s[0] = uint64(fuel)
}

func boxNumber(in *Instance, s []uint64) { s[0] = i32(in.share(number(s[0]))) }

func boxBool(in *Instance, s []uint64) { s[0] = i32(in.share(flow.Bool(uint32(s[0]) != 0))) }

func toNumber(in *Instance, s []uint64) {
	in.intoNumber(int32(s[0]), s, in.value(s[1]))
}

// intoNumber converts v and writes the pair (number, failed).
func (in *Instance) intoNumber(step int32, s []uint64, v flow.Value) {
	if v.Kind() != flow.KindNumber {
		n, err := flow.Convert(v, flow.NumberType)
		if err != nil {
			in.spend(step, budget.Fuel, flow.FailedFuel(v))
			in.fail(step, err)
			setNoNumber(s)
			return
		}
		in.spend(step, budget.Fuel, guest.NumberFuel(v))
		v = n
	}
	setNumber(s, v)
}

func toBool(in *Instance, s []uint64) {
	step, v := int32(s[0]), in.value(s[1])
	if v.Kind() != flow.KindBool {
		b, err := flow.Convert(v, flow.BoolType)
		if err != nil {
			in.spend(step, budget.Fuel, flow.FailedFuel(v))
			s[0] = i32(in.fail(step, err))
			return
		}
		in.spend(step, budget.Fuel, guest.ConvertFuel(v, b))
		v = b
	}
	s[0] = truth(v.Bool())
}

func convert(in *Instance, s []uint64) {
	step, v := int32(s[0]), in.value(s[1])
	t, ok := guest.TypeOfCode(int32(s[2]))
	if !ok {
		in.trapProfile("converts to a type that does not exist")
	}
	out, err := flow.ConvertWithin(v, t, max(in.run.limits.Value, flow.DefaultMaxValue))
	if err != nil {
		in.spend(step, budget.Fuel, flow.FailedFuel(v))
		s[0] = i32(in.fail(step, err))
		return
	}
	in.spend(step, budget.Fuel, guest.ConvertFuel(v, out))
	if same(out, v) {
		s[0] = s[1]
		return
	}
	s[0] = i32(in.push(step, out))
}

// same reports whether a conversion left a value as it was.
func same(a, b flow.Value) bool {
	if a.Kind() != b.Kind() {
		return false
	}
	switch a.Kind() {
	case flow.KindList:
		return a.List() == b.List()
	case flow.KindObject:
		return a.Object() == b.Object()
	}
	return true // scalars of one kind are converted to themselves
}

// at follows the constant path behind handle h: a text is one key, a list of
// texts several.
func (in *Instance) at(v flow.Value, h uint64) flow.Value {
	if i := uint32(h); int(i) < len(in.prog.paths) {
		if p := &in.prog.paths[i]; len(p.parts) > 0 {
			if p.fuel > 0 {
				in.spend(0, budget.Fuel, p.fuel)
			}
			return flow.At(v, p.parts...)
		}
	}
	in.trapProfile("uses a path that is no constant text or list of texts")
	return flow.Value{}
}

func get(in *Instance, s []uint64) {
	v := in.at(in.value(s[0]), s[1])
	if v.IsNull() {
		s[0] = i32(guest.HandleNull)
		return
	}
	s[0] = i32(in.share(v))
}

func getNumber(in *Instance, s []uint64) {
	in.intoNumber(int32(s[0]), s, in.at(in.value(s[1]), s[2]))
}

// getNumbers makes "get_nums:<n…>": the numbers that several paths into one value
// lead to, or nothing where one of them leads to something else. Then get_num
// converts that in its turn, or fails.
func getNumbers(reprs string) func(in *Instance, s []uint64) {
	n := len(reprs)
	return func(in *Instance, s []uint64) {
		v, h := in.value(s[0]), uint32(s[1])
		if int(h) >= len(in.prog.multi) || len(in.prog.multi[h]) != n {
			in.trapProfile("gets numbers without as many constant paths")
		}
		for i, path := range in.prog.multi[h] {
			if path.fuel > 0 {
				in.spend(0, budget.Fuel, path.fuel)
			}
			x := flow.At(v, path.parts...)
			if x.Kind() != flow.KindNumber {
				clear(s[:n+1])
				return
			}
			s[i] = math.Float64bits(x.Number())
		}
		s[n] = 1
	}
}

// operators are the codes of the compare import.
var operators = flow.Operators()

func compare(in *Instance, s []uint64) {
	step, op := int32(s[0]), uint32(s[1])
	if int(op) >= len(operators) {
		in.trapProfile("uses an operator that does not exist")
	}
	a, b := in.value(s[2]), in.value(s[3])
	in.spend(step, budget.Fuel, guest.CompareFuel(operators[op], a, b))
	ok, err := flow.Compare(operators[op], a, b)
	if err != nil {
		s[0] = i32(in.fail(step, err))
		return
	}
	s[0] = truth(ok)
}

func secretValue(in *Instance, s []uint64) { s[0] = i32(in.share(in.place32(in.run.secrets, s[0]))) }

func configValue(in *Instance, s []uint64) { s[0] = i32(in.share(in.place32(in.run.config, s[0]))) }

func (in *Instance) place32(values []flow.Value, i uint64) flow.Value {
	if int(uint32(i)) >= len(values) {
		in.trapProfile("names a secret or config value that it does not declare")
	}
	return values[uint32(i)]
}

func contextValue(in *Instance, s []uint64) {
	var v flow.Value
	switch int32(s[0]) {
	case guest.ContextExecution:
		v = flow.Text(in.run.id)
	case guest.ContextTime:
		v = flow.DateOf(in.run.started)
	case guest.ContextFlow:
		v = flow.Text(in.run.flowKey)
	default:
		in.trapProfile("asks for a context value that does not exist")
	}
	s[0] = i32(in.push(0, v))
}

// object makes "object:<reprs>".
func object(reprs string) func(in *Instance, s []uint64) {
	return func(in *Instance, s []uint64) {
		step, keys := int32(s[0]), in.value(s[1])
		if keys.Kind() != flow.KindObject || keys.Object().Len() != len(reprs) {
			in.trapProfile("builds an object without as many values as keys")
		}
		s[0] = i32(in.push(step, flow.NewObject(keys.Object().Shape(), in.unboxAll(reprs, s[2:]))))
	}
}

// yieldObject makes "yield_object:<reprs>": an object that goes into the result
// of the innermost loop without a handle of its own.
func yieldObject(reprs string) func(in *Instance, s []uint64) {
	return func(in *Instance, s []uint64) {
		step, keys := int32(s[0]), in.value(s[1])
		if keys.Kind() != flow.KindObject || keys.Object().Len() != len(reprs) {
			in.trapProfile("builds an object without as many values as keys")
		}
		v := flow.NewObject(keys.Object().Shape(), in.unboxAll(reprs, s[2:]))
		if err := in.admit(v); err != nil {
			s[0] = i32(in.fail(step, err))
			return
		}
		s[0] = i32(in.yield(v))
	}
}

// list makes "list:<reprs>".
func list(reprs string) func(in *Instance, s []uint64) {
	return func(in *Instance, s []uint64) {
		step := int32(s[0])
		s[0] = i32(in.push(step, flow.ListOf(in.unboxAll(reprs, s[1:])...)))
	}
}

func (in *Instance) unboxAll(reprs string, s []uint64) []flow.Value {
	return in.unboxInto(make([]flow.Value, len(reprs)), reprs, s)
}

func (in *Instance) unboxInto(vals []flow.Value, reprs string, s []uint64) []flow.Value {
	at := 0
	for i := range len(reprs) {
		vals[i], at = in.argument(guest.Repr(reprs[i]), s, at)
	}
	return vals
}

// argument returns the value that travels by representation r from place at of
// the guest's stack on, and the place behind it.
func (in *Instance) argument(r guest.Repr, s []uint64, at int) (flow.Value, int) {
	switch r {
	case guest.Number:
		return number(s[at]), at + 1
	case guest.Boolean:
		return flow.Bool(uint32(s[at]) != 0), at + 1
	case guest.Field:
		return in.at(in.value(s[at]), s[at+1]), at + 2
	}
	return in.value(s[at]), at + 1
}

// concat makes "concat:<reprs>".
func concat(reprs string) func(in *Instance, s []uint64) {
	return func(in *Instance, s []uint64) {
		step := int32(s[0])
		parts := in.scratch(len(reprs))
		var size int64
		at := 1
		for i := range len(reprs) {
			var v flow.Value
			v, at = in.argument(guest.Repr(reprs[i]), s, at)
			if v.Kind() != flow.KindText {
				t, err := flow.Convert(v, flow.TextType)
				if err != nil {
					in.spend(step, budget.Fuel, flow.FailedFuel(v))
					s[0] = i32(in.fail(step, err))
					return
				}
				in.spend(step, budget.Fuel, guest.PartFuel(v, t))
				v = t
			}
			parts[i] = v
			// Parts carry headers that the result does not, so this refuses a little
			// early what admit would refuse after the memory was taken; here, because
			// every part may be a text of its own.
			if size += v.Size(); size > in.run.limits.Value+int64(len(parts))*64 {
				s[0] = i32(in.fail(step, flow.Errorf(flow.CodeLimitValue, "the text would be larger than %d bytes", in.run.limits.Value)))
				return
			}
		}
		v, err := flow.Concat(parts...)
		if err != nil {
			s[0] = i32(in.fail(step, err))
			return
		}
		in.spend(step, budget.Fuel, guest.ConcatFuel(v))
		s[0] = i32(in.push(step, v))
	}
}

// scratch returns space for n values that lasts until the next host call.
func (in *Instance) scratch(n int) []flow.Value {
	if cap(in.args) < n {
		in.args = make([]flow.Value, max(n, 16))
	}
	return in.args[:n]
}
