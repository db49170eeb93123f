package guest

import "github.com/weirflow/weir/flow"

// The prices of what the host does for core imports beyond their fixed part,
// which compiled code pays for in its own fuel checks. One unit of fuel stands
// for about a nanosecond of one core. The reference evaluator charges the same.

// TurnFuel is the price of a turn of a parallel loop: an instance, an account, and
// the hand-over between goroutines; 2 µs measured.
const TurnFuel = 2000

// ConcatFuel is the price of building a text: copying runs at about 16 bytes a
// nanosecond.
func ConcatFuel(result flow.Value) int64 { return result.Size() / 16 }

// ConvertFuel is the price of an automatic conversion: flow.ConversionFuel, and
// nothing for a value that stays as it is.
func ConvertFuel(from, to flow.Value) int64 {
	if from.Kind() == to.Kind() && from.Kind() != flow.KindList {
		return 0
	}
	return flow.ConversionFuel(from, to)
}

// NumberFuel is the price of reading a value as a number, which is free for
// numbers.
func NumberFuel(from flow.Value) int64 { return ConvertFuel(from, flow.Number(0)) }

// ItemsFuel is the price of making the list that a loop runs over.
func ItemsFuel(from, items flow.Value) int64 {
	if from.Kind() == flow.KindList {
		return 0
	}
	return ConvertFuel(from, items)
}

// PartFuel is the price of making a text of one part of a composition.
func PartFuel(from, text flow.Value) int64 {
	if from.Kind() == flow.KindText {
		return 0
	}
	return ConvertFuel(from, text)
}

// RaiseFuel is the price of what the fields of Return Error are converted to.
func RaiseFuel(fields flow.Value) int64 {
	message, _ := fields.Object().Get("message")
	status, _ := fields.Object().Get("statusCode")
	fuel := int64(0)
	if message.Kind() != flow.KindText {
		fuel += message.Size() * 2 // written as text
	}
	if status.Kind() != flow.KindNumber {
		fuel += status.Size()
	}
	return fuel
}

// ErrorFuel is the price of an error that a step ends with: the error, its place
// and the object that is made of it; 600 ns measured.
const ErrorFuel = 600

// PathFuel is the price of following a path, beyond the first parts, which the
// module's own fuel checks pay for.
func PathFuel(path []string) int64 {
	const free = 32
	n := int64(len(path))
	for _, part := range path {
		n += int64(len(part)) / 16
	}
	return max(0, n-free)
}

// BindFuel is the price of a card call that fails because an input cannot be
// converted: nothing but the attempt.
func BindFuel(card *flow.Card, given []flow.Value) int64 {
	fuel := card.Cost.Base
	for _, v := range given {
		fuel += flow.FailedFuel(v)
	}
	return fuel
}

// CompareFuel is the price of comparing two values. Of two values of one kind at
// most the smaller one is looked through; of others, what is converted.
func CompareFuel(op flow.Operator, a, b flow.Value) int64 {
	switch op {
	case flow.OpEmpty, flow.OpNotEmpty:
		return 0
	case flow.OpIn, flow.OpNotIn:
		if b.Kind() == flow.KindText && a.Kind() == flow.KindText {
			return (a.Size() + b.Size()) / 4
		}
		return readFuel(a) + readFuel(b)
	case flow.OpHas, flow.OpHasNot:
		if a.Kind() == flow.KindObject && b.Kind() == flow.KindText {
			return b.Size() / 16
		}
		return flow.FailedFuel(a) + readFuel(b) // a text is read as JSON
	}
	switch {
	case a.IsNull() || b.IsNull():
		return 0
	case a.Kind() == b.Kind():
		return min(a.Size(), b.Size()) / 16
	}
	return readFuel(a) + readFuel(b)
}

// readFuel is the price of reading a value as a number, an instant or a text.
func readFuel(v flow.Value) int64 {
	switch v.Kind() {
	case flow.KindText:
		return v.Size()
	case flow.KindList, flow.KindObject:
		return v.Size() * 2
	}
	return 0
}
