package schema

import (
	"slices"

	"github.com/weirflow/weir/cmd/weir/internal/doc"
	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
)

// flowFile is the schema of a file of flows/.
func flowFile(reg *flow.Registry) object {
	var events []any
	for _, e := range compiler.Events() {
		events = append(events, object{{"const", e.Key}, {"title", e.Title}, {"description", e.Doc}})
	}
	root := closed([]string{"steps"},
		member{"name", about("What people see; the key in words when absent.", texts())},
		member{"key", about("How other flows and callers name it; the file name when absent.",
			texts(member{"pattern", `^([A-Za-z][A-Za-z0-9_]*|_authping|_revoke)?$`}, member{"maxLength", maxName}))},
		member{"type", append(object{{"description", "How the flow begins."}, {"default", "action"}}, anyOf(events...)...)},
		member{"description", about("What the flow does.", texts())},
		member{"active", about("false switches the flow off.", object{{"type", "boolean"}})},
		member{"trigger", about("When a standalone flow runs.", trigger())},
		member{"webhook", about("The subscription behind a webhook event.", webhook())},
		member{"cursor", about("The type of the cursor of a polling flow.", closed(nil,
			member{"type", enum("date", "number", "text", "object", "any")}))},
		member{"options", about("What is fixed when the card is placed, by name.", named(option()))},
		member{"inputs", about("What the flow takes, by name.", named(declaration("input")))},
		member{"outputs", about("What the flow gives, by name.", ref("outputs"))},
		member{"steps", about("What the flow does, in order.", ref("steps"))},
	)
	root = append(object{{"title", "Weir flow"}, {"description", "A file of flows/."}}, append(root, member{"allOf", typedFields()})...)
	output := append(mapping(declaration("output")), member{"propertyNames", object{{"minLength", 1}}})
	blockOutput := append(mapping(declaration("blockOutput")), member{"propertyNames", object{{"minLength", 1}}})
	defs := append(commonDefs(), valueDefs()...)
	defs = append(defs, faceDefs()...)
	defs = append(defs,
		member{"values", about("Values by name.", mapping(ref("any")))},
		member{"condition", conditionSchema()},
		member{"outputs", output},
		member{"blockOutputs", blockOutput},
		member{"branchOutputs", branchOutputs()},
		member{"branches", branches()},
		member{"assigned", mapping(assigned())},
		member{"error", errorSchema()},
		member{"steps", object{{"type", list{"array", "null"}}, {"items", ref("step")}}},
		member{"step", step()},
	)
	defs = append(defs, member{"step.card", cardStep(reg)})
	for _, c := range compiler.Constructs() {
		if len(c.Fields) > 0 {
			defs = append(defs, member{"step." + c.Key, constructStep(&c)})
		}
	}
	for c := range reg.All() {
		defs = append(defs, member{"card." + c.Key, cardInputs(c)})
	}
	return append(root, member{"$defs", object(defs)})
}

// typedFields keeps fields that only some types of flows have out of the others.
func typedFields() list {
	var rules list
	for _, f := range []struct {
		field string
		types []string
	}{
		{"trigger", []string{flow.FlowScheduled, flow.FlowEndpoint, flow.FlowDelegated, flow.FlowEvent}},
		{"webhook", []string{flow.FlowWebhook}},
		{"cursor", []string{flow.FlowPolling}},
		{"options", []string{flow.FlowAction, flow.FlowWebhook, flow.FlowPolling}},
		{"inputs", slices.DeleteFunc(flow.FlowTypes(), func(s string) bool { return s == flow.FlowAuthping || s == flow.FlowRevoke })},
	} {
		has := object{{"properties", object{{"type", enum(f.types...)}}}}
		if !slices.Contains(f.types, flow.FlowAction) { // the type of flows that name none
			has = append(has, member{"required", list{"type"}})
		}
		rules = append(rules, when(has, object{}, object{{"properties", object{{f.field, false}}}}))
	}
	return rules
}

// stepFields are those that every step has.
func stepFields() []member {
	return []member{
		{"name", about("How later steps refer to this one.", texts(
			member{"pattern", `^([A-Za-z][A-Za-z0-9_]*)?$`}, member{"maxLength", maxName},
			member{"not", enum(compiler.Reserved()...)}))},
		{"note", about("Free text; it is never executed.", texts())},
	}
}

// step is the schema of any step: exactly one field says what it does, and that
// field's schema says what may stand beside it.
func step() object {
	fields := stepFields()
	one := list{object{{"required", list{"card"}}}}
	rules := list{when(object{{"required", list{"card"}}}, ref("step.card"), nil)}
	fields = append(fields, member{"card", about("Use a card.", object{})})
	for _, c := range compiler.Constructs() {
		if len(c.Fields) == 0 {
			continue
		}
		fields = append(fields, member{c.Key, object{{"title", c.Title}, {"description", c.Doc}}})
		test := object{{"required", list{c.Key}}}
		if c.Key == "paginate" { // stands beside card too
			test = append(test, member{"not", object{{"required", list{"card"}}}})
		}
		one = append(one, test)
		rules = append(rules, when(test, ref("step."+c.Key), nil))
	}
	return object{{"type", "object"}, {"properties", object(fields)}, {"oneOf", one}, {"allOf", rules}}
}

func constructStep(c *compiler.Construct) object {
	fields := stepFields()
	var required []string
	for _, f := range c.Fields {
		fields = append(fields, member{f.Key, about(f.Doc, held(f.Holds))})
		if f.Required {
			required = append(required, f.Key)
		}
	}
	return append(object{{"title", c.Title}, {"description", c.Doc}}, closed(required, fields...)...)
}

// held is the schema of what a field of a construct holds.
func held(h compiler.Holds) object {
	switch h {
	case compiler.HoldsCount:
		return ref(valueDef(flow.NumberType))
	case compiler.HoldsConcurrency:
		return anyOf(object{{"type", "integer"}, {"minimum", 1}, {"maximum", maxLoop}}, object{{"const", true}},
			texts(member{"pattern", `^\s*\+?[0-9.]+(e\+?[0-9]+)?\s*$|` + holdsRef}))
	case compiler.HoldsFlag:
		return object{{"type", "boolean"}}
	case compiler.HoldsFlow:
		return texts(member{"pattern", flowKeyPat})
	case compiler.HoldsRaw:
		raw := closed(nil, member{"statusCode", ref("number")}, member{"headers", ref("object")}, member{"body", ref("any")})
		raw[0] = member{"type", list{"object", "null"}}
		return raw
	case compiler.HoldsKey:
		return texts(member{"minLength", 1})
	case compiler.HoldsValue:
		return ref(valueDef(flow.AnyType))
	}
	if h == compiler.HoldsOutputs {
		return ref("blockOutputs")
	}
	return ref(string(h)) // object, condition, type, steps, branches, values, error, assigned, outputs, branchOutputs
}

// pages is how an HTTP step asks for page after page.
func pages() object {
	return closed([]string{"by"},
		member{"by", about("How pages follow each other.", enum("page", "offset", "cursor", "link", "url"))},
		member{"records", about("Where the records are, such as body.items; body when absent.", texts(member{"pattern", `^body(\.|$)`}))},
		member{"param", about("The query parameter of page, offset and cursor, or with in: body its path in the body, such as variables.after.", texts())},
		member{"in", about("Where param stands; query when absent.", enum("query", "body"))},
		member{"start", about("The first page or offset; 1 and 0 when absent.", object{{"type", "integer"}, {"minimum", 0}})},
		member{"next", about("Where the next cursor or address stands: body.NAME or headers.NAME.", texts(member{"pattern", `^(body(\.|$)|headers\.)`}))},
		member{"more", about("Where the answer says whether pages follow: body.NAME or headers.NAME.", texts(member{"pattern", `^(body(\.|$)|headers\.)`}))},
		member{"size", about("A page with fewer records is the last one.", object{{"type", "integer"}, {"minimum", 0}})},
		member{"limit", about("At most so many records.", ref("number"))},
		member{"flow", about("The helper flow that gets each record, as Record; without it the step gives all of them.", texts(member{"pattern", flowKeyPat}))},
		member{"with", about("What the flow gets as State.", ref("values"))})
}

func branchOutputs() object {
	output := closed(nil,
		member{"type", ref("type")},
		member{"then", about("The value when the condition held; null when absent.", ref("any"))},
		member{"else", about("The value when it did not; null when absent.", ref("any"))})
	return append(mapping(output), member{"propertyNames", object{{"not", enum("result")}}})
}

func branches() object {
	branch := closed(nil,
		member{"when", about("The condition of the branch.", ref("condition"))},
		member{"steps", about("What runs when it is the first that holds.", ref("steps"))},
		member{"else", about("What runs when no condition holds; the last branch only.", ref("steps"))})
	branch = append(branch, anyOf(
		object{{"required", list{"when", "steps"}}, {"not", object{{"required", list{"else"}}}}},
		object{{"required", list{"else"}}, {"not", anyOf(object{{"required", list{"when"}}}, object{{"required", list{"steps"}}})}})...)
	return append(listOf(branch), member{"contains", object{{"required", list{"when"}}}})
}

// assigned is one value of an assign: a mapping with exactly the key value, or
// type and value, is the long form.
func assigned() object {
	long := object{{"type", "object"}, {"required", list{"value"}}}
	one := append(long[:2:2], member{"maxProperties", 1})
	two := append(object{{"type", "object"}, {"required", list{"value", "type"}}}, member{"maxProperties", 2})
	return when(anyOf(one, two), object{{"properties", object{{"type", ref("type")}, {"value", ref("any")}}}}, ref("any"))
}

func errorSchema() object {
	return object{{"type", list{"object", "null"}}, {"properties", object{
		{"statusCode", about("An HTTP status.", ref("number"))},
		{"message", about("What happened, for people.", ref("text"))},
	}}, {"additionalProperties", ref("any")}}
}

// cardStep is the schema of a step that uses a card: with is what the card
// takes.
func cardStep(reg *flow.Registry) object {
	keys, own, aliases := list{}, []string{}, []string{}
	var silent []string // cards without requests, by all their keys
	rules := list{}
	for c := range reg.All() {
		keys = append(keys, object{{"const", c.Key}, {"title", c.Category + ": " + c.Title}, {"description", doc.Summary(c.Doc)}})
		aliases, own = append(aliases, c.Aliases...), append(own, c.Key)
		if !requests(c) {
			silent = append(append(silent, c.Key), c.Aliases...)
		}
		then := object{{"properties", object{{"with", ref("card." + c.Key)}}}}
		if needsInputs(c) {
			then = append(then, member{"required", list{"with"}})
		}
		// Without this guard a step with no card at all would pass every test.
		test := object{{"required", list{"card"}}, {"properties", object{{"card", enum(append([]string{c.Key}, c.Aliases...)...)}}}}
		rules = append(rules, when(test, then, nil))
	}
	if len(aliases) > 0 {
		keys = append(keys, append(object{{"description", "The vendor's key of a card."}}, enum(aliases...)...))
	}
	keys = append(keys, externalCardKey(reg))
	rules = append(rules, when(object{{"required", list{"card"}}, {"properties", object{{"card", enum(append(own, aliases...)...)}}}}, ownCard(), nil),
		when(object{{"required", list{"card"}}, {"properties", object{{"card", enum(silent...)}}}}, unconnected(), nil))
	s := closed([]string{"card"}, append(stepFields(),
		member{"card", about("The card to use.", anyOf(keys...))},
		member{"connection", about("The connection that the card uses: one of connector.yaml.", texts())},
		member{"options", about("The options of a card of another connector.", object{{"type", list{"object", "null"}}})},
		member{"with", about("The inputs of the card.", object{{"type", list{"object", "null"}}})},
		member{"paginate", about("Ask for page after page; HTTP cards only.", pages())},
		member{"stream", about("Hand the records of a card of another connector to a flow, one by one.", stream())},
		member{"retry", about("Try again when the card has failed.", retry())},
		member{"on_error", about("End the flow when the card has failed.", onError())})...)
	return append(s, member{"allOf", rules})
}

// needed reports whether an author must give a value.
func needed(p *flow.Port) bool { return p.Required && p.Default == "" }

func needsInputs(c *flow.Card) bool {
	for i := range c.In {
		if needed(&c.In[i]) {
			return true
		}
	}
	return c.Extra != nil && c.Extra.Min > 0
}

// cardInputs is the schema of what stands under with for one card.
func cardInputs(c *flow.Card) object {
	top := &inputGroup{}
	groups := map[string]*inputGroup{"": top}
	var order []string
	at := func(name string) *inputGroup {
		if g, ok := groups[name]; ok {
			return g
		}
		g := &inputGroup{}
		groups[name] = g
		order = append(order, name)
		return g
	}
	for i := range c.In {
		p := &c.In[i]
		g := at(p.Group)
		g.fields = append(g.fields, member{p.Key, portSchema(p)})
		if needed(p) {
			g.required = append(g.required, p.Key)
		}
	}
	if e := c.Extra; e != nil {
		g := at(e.Group)
		g.extra, g.min = e, e.Min
	}
	for _, name := range order {
		if c.Input("", name) >= 0 {
			continue // an input of its own hides the group
		}
		g := groups[name]
		top.fields = append(top.fields, member{name, about("A group of inputs.", g.schema())})
		if len(g.required) > 0 || g.min > 0 {
			top.required = append(top.required, name)
		}
	}
	return append(object{{"title", c.Title}, {"description", c.Doc}}, top.schema()...)
}

// inputGroup is the inputs of a card that stand in one mapping.
type inputGroup struct {
	fields   []member
	required []string
	extra    *flow.Extra
	min      int
}

func (g *inputGroup) schema() object {
	s := closed(g.required, g.fields...)
	if len(g.required) == 0 && g.min == 0 {
		s[0] = member{"type", list{"object", "null"}}
	}
	if g.extra != nil {
		s[len(s)-1] = member{"additionalProperties", about(g.extra.Doc, ref(valueDef(g.extra.Type)))}
		if g.min > 0 {
			s = append(s, member{"minProperties", g.min + len(g.required)})
		}
	}
	return s
}
