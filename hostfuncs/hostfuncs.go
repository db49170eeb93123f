// Package hostfuncs puts the standard cards together. Each category is a folder
// of its own that exports Cards.
package hostfuncs

import (
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/boolean"
	"github.com/weirflow/weir/hostfuncs/control"
	"github.com/weirflow/weir/hostfuncs/convert"
	"github.com/weirflow/weir/hostfuncs/crypto"
	"github.com/weirflow/weir/hostfuncs/date"
	"github.com/weirflow/weir/hostfuncs/export"
	"github.com/weirflow/weir/hostfuncs/file"
	"github.com/weirflow/weir/hostfuncs/http"
	"github.com/weirflow/weir/hostfuncs/json"
	"github.com/weirflow/weir/hostfuncs/jwt"
	"github.com/weirflow/weir/hostfuncs/list"
	"github.com/weirflow/weir/hostfuncs/number"
	"github.com/weirflow/weir/hostfuncs/object"
	"github.com/weirflow/weir/hostfuncs/page"
	"github.com/weirflow/weir/hostfuncs/secret"
	"github.com/weirflow/weir/hostfuncs/table"
	"github.com/weirflow/weir/hostfuncs/text"
	"github.com/weirflow/weir/hostfuncs/url"
	"github.com/weirflow/weir/hostfuncs/xml"
)

// Cards returns the standard cards, category by category.
func Cards() []*flow.Card {
	var all []*flow.Card
	for _, family := range [](func() []*flow.Card){
		text.Cards, number.Cards, boolean.Cards, date.Cards, convert.Cards, control.Cards, file.Cards, table.Cards,
		list.Cards, object.Cards, json.Cards, xml.Cards, url.Cards,
		crypto.Cards, jwt.Cards, http.Cards, page.Cards, export.Cards, secret.Cards,
	} {
		all = append(all, family()...)
	}
	return all
}

// Standard returns the registry of all standard cards. Use its Subset to allow
// fewer. It panics when the cards contradict each other, which a test rules out.
func Standard() *flow.Registry {
	reg, err := flow.NewRegistry(Cards()...)
	if err != nil {
		panic(err)
	}
	return reg
}
