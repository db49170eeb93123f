package compat

import "github.com/weirflow/weir/flow"

// fit says which values of one type convert to another.
type fit uint8

const (
	fitNone fit = iota // none
	fitSome            // some: it depends on the value
	fitAll             // all
)

// fits refines flow.Convertible: it tells conversions that always succeed from
// those that depend on the value.
func fits(from, to flow.Type) fit {
	if from.Secret && !to.Secret {
		return fitNone // a plain port takes no secret
	}
	if to.Base == flow.BaseAny && (!to.List || from.Is(flow.BaseAny)) {
		return fitAll // a single value becomes a list of one
	}
	if flow.Convertible(from, to) != nil {
		return fitNone
	}
	switch {
	case from.Is(flow.BaseAny):
		return fitSome
	case to.List && from.List:
		return fits(from.Item(), to.Item())
	case to.List:
		return fits(from, to.Item())
	case from.List:
		return fitAll // JSON as a text, and a list still as an object
	case from.Base == to.Base:
		return fitAll
	}
	switch to.Base {
	case flow.BaseText, flow.BaseBool:
		return fitAll
	case flow.BaseNumber:
		if from.Base != flow.BaseText {
			return fitAll
		}
	}
	return fitSome
}
