package syntax

import "github.com/weirflow/weir/flow"

// Constant returns the value of an expression without references; no expression
// is null.
func Constant(e Expr) (flow.Value, bool) {
	switch e := e.(type) {
	case nil:
		return flow.Null(), true
	case *Literal:
		return e.Value, true
	case *ObjectLit:
		var o flow.ObjectBuilder
		for i, k := range e.Keys {
			v, ok := Constant(e.Vals[i])
			if !ok {
				return flow.Value{}, false
			}
			o.Set(k.Text, v)
		}
		return o.Value(), true
	case *ListLit:
		items := make([]flow.Value, len(e.Items))
		for i, x := range e.Items {
			v, ok := Constant(x)
			if !ok {
				return flow.Value{}, false
			}
			items[i] = v
		}
		return flow.ListOf(items...), true
	}
	return flow.Value{}, false
}
