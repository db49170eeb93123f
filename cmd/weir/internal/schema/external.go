package schema

import (
	"slices"
	"strings"

	"github.com/weirflow/weir/flow"
)

// externalKeyPat is what connectors and their cards may be called.
const externalKeyPat = `^[A-Za-z0-9_]{1,80}$`

// cardsFile is the schema of a file of cards/.
func cardsFile() object {
	root := closed([]string{"cards"},
		member{"key", about("The connector's key; the file name when absent.", texts(member{"pattern", `^([A-Za-z0-9_]{1,80})?$`}))},
		member{"name", about("What people call the connector.", texts())},
		member{"version", about("Its version, for information.", texts())},
		member{"cards", about("The cards that flows use, by key.", append(mapping(externalCard()),
			member{"propertyNames", object{{"pattern", externalKeyPat}}}))},
	)
	root = append(object{{"title", "Weir cards of another connector"}, {"description", "A file of cards/."}}, root...)
	defs := append(commonDefs(),
		member{"choices", listOf(choice())},
		member{"members", append(mapping(declaration("member")), member{"propertyNames", object{{"minLength", 1}}})})
	return append(root, member{"$defs", object(defs)})
}

// externalCard is one card of another connector.
func externalCard() object {
	o := closed(nil,
		member{"title", about("What people see; the key in words when absent.", texts())},
		member{"doc", about("What the card does.", texts())},
		member{"options", about("What is fixed when the card is placed, by name.", keyed(externalOption()))},
		member{"inputs", about("What the card takes, by name.", keyed(grouped("externalInput")))},
		member{"outputs", about("What the card gives, by name.", keyed(grouped("externalOutput")))},
		member{"streams", about("Its records can be had one by one.", object{{"type", "boolean"}})})
	o[0] = member{"type", list{"object", "null"}}
	return o
}

// keyed is a mapping whose keys are free text.
func keyed(item object) object {
	return append(mapping(item), member{"propertyNames", object{{"minLength", 1}}})
}

// grouped is a declaration, or a group of them: a mapping with fields and no type.
func grouped(of string) object {
	group := closed([]string{"fields"}, member{"fields", about("The fields of the group, by name.", keyed(declaration(of+"InGroup")))})
	isGroup := object{{"type", "object"}, {"required", list{"fields"}}, {"not", object{{"required", list{"type"}}}}}
	return when(isGroup, group, declaration(of))
}

func externalOption() object {
	fields := append([]member{
		{"type", ref("type")},
		{"required", about("A value must be chosen.", object{{"type", "boolean"}})},
		{"label", about("What people see.", texts())},
		{"doc", about("What it means.", texts())},
	}, face("choices")...)
	o := closed(nil, fields...)
	o[0] = member{"type", list{"object", "null"}}
	return when(texts(), ref("type"), o)
}

// connections is the schema of the connections of other connectors.
func connections() object {
	return named(closed([]string{"connector"},
		member{"connector", about("The key of the connector.", texts(member{"pattern", externalKeyPat}))},
		member{"name", about("What people see; the key in words when absent.", texts())}))
}

// externalCardKey is what a step may name besides the cards of the registry: a
// card of another connector, whose key is none of their families.
func externalCardKey(reg *flow.Registry) object {
	var families []string
	for c := range reg.All() {
		if !slices.Contains(families, c.Family()) {
			families = append(families, c.Family())
		}
	}
	s := texts(member{"pattern", `^[A-Za-z0-9_]+\.[A-Za-z0-9_]+$`})
	if len(families) > 0 {
		s = append(s, member{"not", object{{"pattern", `^(` + strings.Join(families, "|") + `)\.`}}})
	}
	return about("A card of another connector, which a file of cards/ declares.", s)
}

// ownCard is what stands beside a card of the registry: no options.
func ownCard() object {
	return object{{"properties", object{{"options", object{{"maxProperties", 0}}}}}}
}

// unconnected is what stands beside a card that makes no HTTP requests: no
// connection either.
func unconnected() object { return object{{"properties", object{{"connection", enum("")}}}} }

// requests reports whether a card makes HTTP requests, which connections can go on.
func requests(c *flow.Card) bool {
	return c.Effect != flow.Pure && slices.Contains(c.Errors, flow.CodeEgressSecretHost)
}
