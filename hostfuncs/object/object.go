// Package object has the cards that build, read and change objects. Cards that
// call a helper flow per key are constructs of the compiler and not found here.
package object

import (
	"github.com/weirflow/weir/flow"
)

const (
	since    = "0.1"
	category = "Object"
)

var (
	listType   = flow.ListType(flow.AnyType)
	objectList = flow.ListType(flow.ObjectType)
)

// Cards returns the object cards in catalogue order.
func Cards() []*flow.Card {
	return []*flow.Card{
		clearEmpty(), collapse(), construct(), expand(), filter(), get(), pick(), keys(), merge(), move(), set(), size(),
		split(), unset(), unzip(), values(), zip(), entries(), fromEntries(), withoutNulls(),
	}
}

// subject is the input port of most object cards.
func subject(doc string) flow.Port {
	return flow.Port{Key: "object", Label: "object", Doc: doc, Type: flow.ObjectType, Required: true}
}

func out(key, label, doc string, t flow.Type) flow.Port {
	return flow.Port{Key: key, Label: label, Doc: doc, Type: t}
}

// object returns v as an object. A JSON array may stand where an object is
// wanted; cards that need keys answer it with type.conversion.
func object(v flow.Value) (*flow.Object, error) {
	if v.Kind() == flow.KindList {
		return nil, flow.Errorf(flow.CodeTypeConversion, "a list stands where an object is needed")
	}
	return v.Object(), nil
}

// merger collects members, later ones over earlier ones; a key that is there
// keeps its place. A secret is only ever replaced by a secret: a plain value
// over it is secret.flow, so that what comes out of a secret input stays secret.
type merger struct {
	b      flow.ObjectBuilder
	hidden map[string]bool // keys that hold a secret so far
}

func (m *merger) set(key string, v flow.Value) error {
	if v.HasSecret() {
		if m.hidden == nil {
			m.hidden = map[string]bool{}
		}
		m.hidden[key] = true
	} else if m.hidden[key] {
		return replacesSecret(key)
	}
	m.b.Set(key, v)
	return nil
}

func replacesSecret(key string) error {
	return flow.Errorf(flow.CodeSecretFlow, "a plain value would replace the secret under key %s", flow.Excerpt(key))
}
