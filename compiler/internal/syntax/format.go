package syntax

import (
	"path"
	"slices"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// Format rewrites one file in its canonical form: fields in the order of
// fields.go, and the layout of source.Print. Comments stay with the fields that
// they are about; fields that the language does not know keep their order behind
// the others. The meaning stays the same, and formatting the result changes
// nothing. A file that cannot be read gives flow.Diagnostics.
func Format(f source.File) ([]byte, error) {
	if path.Dir(f.Name) == source.AssetsDir {
		return f.Data, nil
	}
	return FormatWith(f, arrange)
}

// FormatWith is Format where arrange puts the fields in order.
func FormatWith(f source.File, arrange func(*source.Document)) ([]byte, error) {
	doc, problems := source.Parse(f)
	if problems.HasErrors() {
		source.AddLines(problems, []source.File{f})
		return nil, problems
	}
	if doc.Root.Kind != source.Map {
		var d problem.List
		d.Error(flow.CodeSourceValue, doc.Root.Pos, "the file must be a mapping, not %s", doc.Root.Kind)
		return nil, d.Sorted()
	}
	arrange(doc)
	out := source.Print(doc)
	// What a formatter writes replaces what people wrote, so it is read again.
	again, problems := source.Parse(source.File{Name: f.Name, Data: out})
	if problems.HasErrors() || !source.Equal(doc.Root, again.Root) {
		e := flow.Errorf(flow.CodeInternal, "formatting would change the meaning of the file")
		e.Pos.File = f.Name
		return nil, e
	}
	return out, nil
}

// arrange puts the fields of a file in canonical order.
func arrange(doc *source.Document) {
	if isMain(doc.File) {
		order(doc.Root, connectorFields())
		eachMember(doc.Root.Get("secrets"), func(n *source.Node) { order(n, secretFields()) })
		eachMember(doc.Root.Get("config"), func(n *source.Node) { order(n, configFields()) })
		eachMember(doc.Root.Get("auth"), arrangeAuth)
		eachMember(doc.Root.Get("tables"), func(n *source.Node) {
			order(n, tableFields())
			eachMember(n.Get("columns"), func(c *source.Node) { order(c, columnFields()) })
		})
		eachMember(doc.Root.Get("connections"), func(n *source.Node) { order(n, slotFields()) })
		eachMember(doc.Root.Get("rates"), func(n *source.Node) { order(n, rateFields()) })
		return
	}
	if path.Dir(doc.File) == source.CardsDir {
		arrangeExternal(doc.Root)
		return
	}
	order(doc.Root, flowFields())
	order(doc.Root.Get("trigger"), triggerFields())
	if w := doc.Root.Get("webhook"); w != nil {
		order(w, webhookFields())
		order(w.Get("register"), dynamicFields())
		order(w.Get("deregister"), dynamicFields())
		order(w.Get("challenge"), challengeFields())
	}
	eachMember(doc.Root.Get("options"), func(n *source.Node) { arrangeField(n, optionFields()) })
	eachMember(doc.Root.Get("inputs"), func(n *source.Node) { arrangeField(n, inputFields()) })
	eachMember(doc.Root.Get("outputs"), func(n *source.Node) { arrangeField(n, outputFields()) })
	arrangeSteps(doc.Root.Get("steps"))
}

func eachMember(n *source.Node, f func(*source.Node)) {
	if n == nil {
		return
	}
	for _, m := range n.Members {
		f(m.Value)
	}
}

// arrangeField orders a declaration and what its face is made of.
func arrangeField(n *source.Node, fields []string) {
	order(n, fields)
	eachMember(n.Get("choices"), func(c *source.Node) { order(c, choiceFields()) })
	eachMember(n.Get("fields"), func(f *source.Node) { arrangeField(f, memberFields()) })
	for _, d := range []string{"choices_from", "fields_from", "group_from"} {
		order(n.Get(d), dynamicFields())
	}
}

func arrangeAuth(n *source.Node) {
	order(n, authFields())
	order(n.Get("client"), clientFields())
	order(n.Get("jwt"), jwtFields())
	order(n.Get("token_response"), tokenResponseFields())
	order(n.Get("username"), labelFields())
	order(n.Get("password"), labelFields())
	eachMember(n.Get("scopes"), func(s *source.Node) { order(s, scopeFields()) })
	eachMember(n.Get("config_values"), func(c *source.Node) { order(c, configValueFields()) })
	eachMember(n.Get("parameters"), func(f *source.Node) {
		order(f, parameterFields())
		eachMember(f.Get("options"), func(c *source.Node) { order(c, choiceFields()) })
	})
}

// order sorts the members of a mapping by their place in fields; the others
// follow as they were.
func order(n *source.Node, fields []string) {
	if n == nil || n.Kind != source.Map {
		return
	}
	place := func(m *source.Member) int {
		if i := slices.Index(fields, m.Key); i >= 0 {
			return i
		}
		return len(fields)
	}
	slices.SortStableFunc(n.Members, func(a, b *source.Member) int { return place(a) - place(b) })
}

func arrangeSteps(n *source.Node) { eachMember(n, arrangeStep) }

// arrangeStep orders a step: its name and note, what it does, and the rest. A
// step that does two things, or nothing, is left as it is.
func arrangeStep(n *source.Node) {
	var what *construct
	for _, c := range constructs() {
		if n.Get(c.field) == nil || c.field == "paginate" && n.Get("card") != nil {
			continue
		}
		if what != nil {
			return
		}
		what = &c
	}
	if what == nil {
		return
	}
	order(n, slices.Concat(stepFields(), []string{what.field}, what.more))
	switch what.field {
	case "card":
		order(n.Get("paginate"), pagesFields())
		order(n.Get("stream"), streamFields())
		order(n.Get("retry"), retryFields())
		order(n.Get("on_error"), onErrorFields())
	case "return_raw", "pause_raw":
		order(n.Get(what.field), rawFields())
	case "pause":
		eachMember(n.Get("outputs"), func(o *source.Node) { order(o, blockOutputFields()) })
	case "if":
		arrangeSteps(n.Get("then"))
		arrangeSteps(n.Get("else"))
		eachMember(n.Get("outputs"), func(o *source.Node) { order(o, branchOutFields()) })
	case "choose":
		eachMember(n.Get("choose"), func(b *source.Node) {
			order(b, branchFields())
			arrangeCond(b.Get("when"))
			arrangeSteps(b.Get("steps"))
			arrangeSteps(b.Get("else"))
		})
		eachMember(n.Get("outputs"), func(o *source.Node) { order(o, outputFields()) })
	case "try":
		arrangeSteps(n.Get("try"))
		arrangeSteps(n.Get("if_error"))
		eachMember(n.Get("outputs"), func(o *source.Node) { order(o, outputFields()) })
	case "assign":
		eachMember(n.Get("assign"), func(v *source.Node) {
			if isLong(v) {
				order(v, assignedFields())
			}
		})
	}
	switch what.field {
	case "if", "assign_if", "continue_if", "return_error_if":
		arrangeCond(n.Get(what.field))
	}
}

func arrangeCond(n *source.Node) { order(n, condFields()) }

// Order is order for files that hold no source: see FormatWith.
func Order(n *source.Node, fields []string) { order(n, fields) }
