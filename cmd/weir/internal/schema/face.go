package schema

// face lists the fields of a declaration that say how it is shown.
func face(names ...string) []member {
	all := map[string]object{
		"choices":      about("The rows of a dropdown.", ref("choices")),
		"choices_from": about("The helper flow that gives the rows: a list of {key, value}.", ref("dynamic")),
		"fields":       about("Known members of the object, by name.", ref("members")),
		"fields_from":  about("The helper flow that describes the fields shown here: a list of {name, displayname, type, required}.", ref("dynamic")),
		"group_from":   about("The helper flow that describes a whole group: {name, extensible, fields}.", ref("dynamic")),
		"extensible":   about("People may add fields of their own.", object{{"type", "boolean"}}),
	}
	var out []member
	for _, n := range names {
		out = append(out, member{n, all[n]})
	}
	return out
}

// faceDefs are the definitions that faces refer to.
func faceDefs() []member {
	return []member{
		{"choices", listOf(choice())},
		{"dynamic", when(texts(), texts(member{"pattern", flowKeyPat}), closed([]string{"flow"},
			member{"flow", about("The key of a helper flow.", texts(member{"pattern", flowKeyPat}))},
			member{"with", about("Its inputs: literals, or ${option.NAME}.", ref("values"))}))},
		{"members", append(mapping(declaration("member")), member{"propertyNames", object{{"minLength", 1}}})},
	}
}

// choice is one row of a dropdown: its text, or label and value.
func choice() object {
	return when(texts(), object{}, closed([]string{"value"},
		member{"label", about("What people see; the value when absent.", texts())},
		member{"value", about("What flows get.", texts())},
		member{"default", about("Chosen at the start.", object{{"type", "boolean"}})}))
}

// option is the declaration of an option; its type is always text.
func option() object {
	fields := append([]member{
		{"required", about("A value must be chosen; true when absent.", object{{"type", "boolean"}})},
		{"label", about("What people see.", texts())},
		{"doc", about("What it means.", texts())},
	}, face("choices", "choices_from")...)
	o := closed(nil, fields...)
	o[0] = member{"type", list{"object", "null"}}
	return o
}

// webhook is what a webhook event brings with it.
func webhook() object {
	return closed(nil,
		member{"register", about("The flow that subscribes at the service.", ref("dynamic"))},
		member{"deregister", about("The flow that ends the subscription.", ref("dynamic"))},
		member{"challenge", about("Requests that only verify the address are answered with what they carry.", closed([]string{"in", "name"},
			member{"in", enum("headers", "query", "body")},
			member{"name", texts(member{"minLength", 1})},
			member{"answer", enum("text", "header", "json")}))})
}

// trigger says when a standalone flow runs.
func trigger() object {
	cron := func(what string) object { return about(what+", in cron's form: *, 1-5, 0,30, */15.", texts()) }
	return closed(nil,
		member{"minutes", cron("Minutes of the hour")},
		member{"hours", cron("Hours of the day")},
		member{"days", cron("Days of the month")},
		member{"months", cron("Months of the year")},
		member{"weekdays", cron("Days of the week, 0 is Sunday")},
		member{"time_zone", about("An IANA name; UTC when absent.", texts())},
		member{"security", about("Who may call the endpoint.", enum("open", "token", "oauth"))},
		member{"connector", about("The connector that has the event.", texts())},
		member{"event", about("Its key.", texts())},
		member{"connection", about("The slot of the connection.", texts())},
		member{"options", about("The options of the event, by name.", object{{"type", list{"object", "null"}}})})
}
