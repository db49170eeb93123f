// Package url has the cards that take URLs apart, put them together and encode
// text for them.
package url

import (
	"github.com/weirflow/weir/flow"
)

const (
	since    = "0.1"
	category = "URL"
)

// Cards returns the URL cards in catalogue order, then the card that Weir adds.
func Cards() []*flow.Card {
	return []*flow.Card{decodeComponent(), decode(), encodeComponent(), encode(), format(), parse(), form()}
}

func out(key, label, doc string, t flow.Type) flow.Port {
	return flow.Port{Key: key, Label: label, Doc: doc, Type: t}
}

// always marks an output that is never null.
func always(p flow.Port) flow.Port {
	p.Always = true
	return p
}
