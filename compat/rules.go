package compat

// Rule says what one kind of difference means.
type Rule struct {
	ID    string `json:"id"`
	Level Level  `json:"level"`
	// Inverse lists the rules of which one applies, at the same place, when old and
	// new are exchanged.
	Inverse []string `json:"inverse"`
	Doc     string   `json:"doc"` // when it applies, and why it has its level
}

// Given lists what begins the rules about fields that are given: each of their
// rules is there once for each.
func Given() []string { return []string{"option", "input", "config"} }

// Rules returns every rule, in the order of docs/RELEASE.md.
func Rules() []Rule {
	rule := func(id string, l Level, doc string, inverse ...string) Rule {
		if len(inverse) == 0 {
			inverse = []string{id}
		}
		return Rule{id, l, inverse, doc}
	}
	out := []Rule{
		rule("card.removed", Major, "A card is gone, or has another key: flows that use it stop working.", "card.added"),
		rule("card.added", Minor, "There is a new card.", "card.removed"),
		rule("card.type", Major, "A card has become one of another type: an action an event, a webhook a polling event."),
		rule("card.writes", Major, "A card that only read, or calculated, now changes the world: repeating it is no longer harmless.", "card.calmer"),
		rule("card.reads", Minor, "A card that only calculated now reads the world.", "card.calmer"),
		rule("card.calmer", Patch, "A card does less to the world than before.", "card.writes", "card.reads"),
		rule("card.cost", Patch, "The least or greatest cost of a card in fuel has more than doubled or halved, or there is no greatest any more: limits may have to follow."),
		rule("event.registration", Minor, "A webhook event registers, deregisters or answers challenges otherwise: flows that begin with it are switched off and on again."),
		rule("endpoint.security", Major, "An endpoint asks its callers for another credential.", "endpoint.security", "endpoint.open"),
		rule("endpoint.open", Minor, "An endpoint asks its callers for nothing any more.", "endpoint.security"),
		rule("schedule.changed", Patch, "A flow begins at other times or by another event."),
		rule("system.added", Patch, "There is a new flow that the platform runs.", "system.removed"),
		rule("system.removed", Minor, "A flow that the platform runs is gone: connections are no longer tested or revoked, or a schedule has ended.", "system.added"),
	}
	// What is given has the same rules, whoever gives it.
	for _, part := range Given() {
		id := func(name string) string { return part + "." + name }
		out = append(out,
			rule(id("removed"), Major, "A field is gone: it is an error for those who give it.", id("added"), id("added_required")),
			rule(id("added_required"), Major, "A field is new, must be given and has no default.", id("removed")),
			rule(id("added"), Minor, "A field is new and can be left out.", id("removed")),
			rule(id("required"), Major, "A field that could be left out must now be given.", id("optional")),
			rule(id("optional"), Minor, "A field that had to be given can now be left out.", id("required")),
			rule(id("type"), Major, "A field has a type to which not every value of the old one converts.", id("type"), id("type_wider")),
			rule(id("type_wider"), Minor, "A field has a type to which every value of the old one converts.", id("type"), id("type_wider")),
			rule(id("group"), Major, "A field stands in another group: flows name it under its group."),
			rule(id("choices_fewer"), Major, "A field can no longer have a value that it could have.", id("choices_fewer"), id("choices_more")),
			rule(id("choices_more"), Minor, "A field can have more values than before.", id("choices_fewer")),
			rule(id("default"), Minor, "A field has another default: who leaves it out gets another value."),
			rule(id("closed"), Major, "A field no longer takes members of people's own, or such as a flow describes.", id("opened")),
			rule(id("opened"), Minor, "A field takes members of people's own, or such as a flow describes.", id("closed")),
		)
	}
	return append(out,
		rule("output.removed", Major, "An output is gone: what was wired to it gets nothing.", "output.added"),
		rule("output.added", Minor, "An output is new.", "output.removed"),
		rule("output.type", Major, "An output has a type whose values do not all convert to the old one.", "output.type", "output.type_narrower"),
		rule("output.type_narrower", Minor, "An output has another type, and all its values convert to the old one.", "output.type", "output.type_narrower"),
		rule("output.group", Major, "An output stands in another group, under which flows do not refer to it."),
		rule("output.closed", Major, "An output no longer has members that a flow describes or people add.", "output.opened"),
		rule("output.opened", Minor, "An output has members that a flow describes or people add.", "output.closed"),
		rule("auth.removed", Major, "An authentication is gone: connections made with it stop working.", "auth.added", "auth.first"),
		rule("auth.first", Major, "The connector needs a connection, and did not.", "auth.removed"),
		rule("auth.added", Minor, "There is a further way to connect.", "auth.removed"),
		rule("auth.type", Major, "An authentication is of another type or grant: connections must be made again."),
		rule("auth.parameter_added", Major, "A connection needs a parameter, and those that exist do not have it.", "auth.parameter_removed"),
		rule("auth.parameter_removed", Minor, "A parameter is no longer asked for.", "auth.parameter_added"),
		rule("auth.parameter_type", Major, "A parameter is of another type: plain, secret or chosen."),
		rule("auth.choices_fewer", Major, "A parameter can no longer have a value that connections may have.", "auth.choices_fewer", "auth.choices_more"),
		rule("auth.choices_more", Minor, "A parameter can have more values than before.", "auth.choices_fewer"),
		rule("auth.scope_required", Major, "A scope is asked for whatever people choose, and connections that exist may not have it until they are reauthorized.",
			"auth.scope_removed", "auth.scope_optional"),
		rule("auth.scope_added", Minor, "There is a further scope that people may choose.", "auth.scope_removed"),
		rule("auth.scope_optional", Minor, "People may leave out a scope that was always asked for.", "auth.scope_required"),
		rule("auth.scope_removed", Patch, "A scope is no longer asked for.", "auth.scope_required", "auth.scope_added"),
		rule("auth.hosts_replaced", Major, "The secrets of an authentication go to other hosts: connections that exist are bound to the old ones until they are reauthorized."),
		rule("auth.hosts_added", Minor, "The secrets of an authentication may go to further hosts, once connections are reauthorized.", "auth.hosts_removed"),
		rule("auth.hosts_removed", Patch, "The secrets of an authentication may go to fewer hosts.", "auth.hosts_added"),
		rule("auth.protocol", Minor, "Tokens or keys are asked for, or put on requests, in another way; connections follow when they are reauthorized."),
		rule("auth.value", Minor, "A config value of an authentication is new, gone or another."),
		rule("host.added", Minor, "Runs may reach a further host.", "host.removed"),
		rule("host.removed", Patch, "Runs may no longer reach a host.", "host.added"),
		rule("secret.added", Major, "Runs must be given a further secret.", "secret.removed"),
		rule("secret.removed", Major, "A secret is gone: it is an error for runs that are given it.", "secret.added"),
		rule("secret.host_added", Minor, "A secret may go to a further host.", "secret.host_removed"),
		rule("secret.host_removed", Patch, "A secret may no longer go to a host.", "secret.host_added"),
		rule("slot.added", Major, "Runs must be given a connection of another connector.", "slot.removed"),
		rule("slot.removed", Minor, "Runs need a connection of another connector no longer.", "slot.added"),
		rule("slot.connector", Major, "The connection that runs must be given is of another connector."),
		rule("uses.added_effect", Minor, "The module uses a further standard card that reads or changes the world.", "uses.removed"),
		rule("uses.added", Patch, "The module uses a further standard card that calculates.", "uses.removed"),
		rule("uses.removed", Patch, "The module no longer uses a standard card.", "uses.added", "uses.added_effect"),
		rule("uses.changed", Patch, "The module was compiled against another definition of a standard card."),
		rule("table.added", Minor, "There is a new table.", "table.removed"),
		rule("table.removed", Patch, "A table is no longer used; its rows stay.", "table.added"),
		rule("table.column_type", Major, "A column has another type, which tables with rows cannot follow."),
		rule("table.column_added", Minor, "A table has a further column.", "table.column_removed"),
		rule("table.column_removed", Patch, "A column is no longer used.", "table.column_added"),
		rule("rate.changed", Patch, "A budget of requests is new, gone or another."),
		rule("abi.changed", Major, "The module needs an engine of another ABI."),
		rule("compiler.changed", Patch, "The module was made by another release of the compiler."),
		rule("source.changed", Patch, "The source has changed."),
		rule("computed.changed", Patch, "A choice, field or group is computed by another flow or from other options."),
		rule("order.changed", Patch, "Cards or fields stand in another order."),
		rule("text.changed", Patch, "A name, label, description, picture or colour has changed. A card that has another name and the same key is one of these."),
	)
}
