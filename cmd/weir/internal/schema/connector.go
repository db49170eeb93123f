package schema

import (
	"strings"

	"github.com/weirflow/weir/flow"
)

// connectorFile is the schema of connector.yaml.
func connectorFile() object {
	root := closed([]string{"key", "name", "version"},
		member{"key", about("What the connector is called in commands and interfaces: lower case letters, digits, underscores.",
			texts(member{"pattern", `^[a-z][a-z0-9_]*$`}, member{"maxLength", maxName}))},
		member{"name", about("What people see.", texts(member{"minLength", 1}))},
		member{"version", about("Three numbers (semver).",
			texts(member{"pattern", `^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`}))},
		member{"description", about("What the connector is for.", texts())},
		member{"icon", about("A square PNG or JPEG of assets/, at most 300 x 300 pixels and 3 MB.", texts(member{"pattern", `^assets/`}))},
		member{"color", about("Accent colour.", texts(member{"pattern", `^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$`}))},
		member{"docs", about("Address of the documentation for people.", texts(member{"pattern", `^https?://`}))},
		member{"support", about("Mail address of the support.", texts(member{"pattern", `@`}))},
		member{"hosts", about("Every host that flows may reach; {{auth.KEY}} in it is filled in when a connection is made.", ref("hosts"))},
		member{"auth", about("The ways to connect.", append(listOf(authSchema()), member{"maxItems", flow.MaxAuths}))},
		member{"secrets", about("The secrets that a run is given, by name.", named(secretSchema()))},
		member{"config", about("Plain settings that a run is given, by name.", named(declaration("config")))},
		member{"tables", about("Tables that flows work on, by name.", named(tableSchema()))},
		member{"connections", about("Connections of other connectors that flows use, by name.", connections())},
		member{"rates", about("Budgets of requests, for each connection and host.", listOf(rateSchema()))},
	)
	root = append(object{{"title", "Weir connector"}, {"description", "The file connector.yaml."}}, root...)
	host := texts(member{"pattern", `\{\{|^([a-z0-9][a-z0-9-]{0,62}\.)*[a-z][a-z0-9-]{0,62}(:[1-9][0-9]{0,4})?$`}, member{"maxLength", 259})
	defs := append(commonDefs(),
		member{"host", about("A host name in lower case, with a port if it is not 443: api.example.com.", host)},
		member{"hosts", append(listOf(ref("host")), member{"uniqueItems", true})})
	return append(root, member{"$defs", object(defs)})
}

func secretSchema() object {
	fields := closed(nil,
		member{"label", about("What people see.", texts())},
		member{"hosts", about("Where the secret may be sent; the connector's hosts when absent.", ref("hosts"))})
	fields[0] = member{"type", list{"object", "null"}}
	return fields
}

func tableSchema() object {
	column := closed([]string{"type"}, member{"type", columnType()}, member{"default", about("The cell of new rows that give none.", object{})})
	return closed([]string{"columns"},
		member{"name", about("What people see.", texts())},
		member{"columns", about("The columns, by name.", append(mapping(when(texts(), columnType(), column)), member{"minProperties", 1}))})
}

func columnType() object { return enum("text", "number", "boolean", "date") }

func rateSchema() object {
	return closed([]string{"host", "requests", "per"},
		member{"host", about("One of the connector's hosts.", ref("host"))},
		member{"requests", about("So many requests", whole(1, 1_000_000))},
		member{"per", about("in so many seconds.", whole(1, 86_400))},
		member{"burst", about("How many may go out at once; 1 when absent.", whole(1, 1_000_000))})
}

func whole(lo, hi int) object { return object{{"type", "integer"}, {"minimum", lo}, {"maximum", hi}} }

// declaration is the schema of one declared value: its type alone, or a mapping
// with the fields that stand for inputs, outputs or config values.
func declaration(of string) object {
	of, inGroup := strings.CutSuffix(of, "InGroup")
	fields := []member{{"type", ref("type")}}
	if of != "output" && of != "externalOutput" && of != "blockOutput" {
		fields = append(fields,
			member{"required", about("A value must be given.", object{{"type", "boolean"}})},
			member{"default", about("The value when none is given; it cannot hold references.", object{})})
	}
	fields = append(fields, member{"label", about("What people see.", texts())})
	switch {
	case inGroup:
	case of == "input" || of == "output" || of == "externalInput" || of == "externalOutput":
		fields = append(fields, member{"group", about("The heading under which forms show it.", texts())})
	}
	fields = append(fields, member{"doc", about("What it means.", texts())})
	switch of {
	case "input":
		fields = append(fields, face("choices", "choices_from", "fields", "fields_from", "group_from", "extensible")...)
	case "output":
		fields = append(fields, face("fields", "fields_from", "extensible")...)
	case "externalInput":
		fields = append(fields, face("choices", "fields")...)
	case "externalOutput":
		fields = append(fields, face("fields")...)
	case "member":
		fields = append(fields, face("fields", "extensible")...)
	}
	return when(texts(), ref("type"), closed([]string{"type"}, fields...))
}
