package flopack

import (
	"slices"

	"github.com/weirflow/weir/flow"
)

// wire is one source of an input.
type wire struct {
	from    *card
	output  *port
	convert string // "" for none
	wrap    bool   // what is no list becomes a list of one
	at      *node
}

// edges reads which card follows which.
func (r *modelReader) edges(s *scope) {
	seen := map[[2]*card]bool{}
	if o := r.object(s.at, "orderings"); o != nil {
		for _, m := range o.members {
			n := m.value
			if n.kind != listNode || len(n.members) != 2 || n.members[0].value.kind != textNode || n.members[1].value.kind != textNode {
				r.problem(flow.CodeImportValue, n, "an ordering must be a list of two cards")
				continue
			}
			var e [2]*card
			missing := false
			for i := range e {
				id := n.members[i].value.text
				if e[i] = s.byID[id]; e[i] == nil {
					missing = true
					r.report.doubt(flow.CodeImportReference, n.offset, place{}, "an ordering names the card %s, which does not exist", flow.Excerpt(id))
				}
			}
			if missing || e[0] == e[1] || seen[e] || e[0].expands() || e[1].expands() {
				continue
			}
			seen[e] = true
			s.edges = append(s.edges, e)
		}
	}
}

// expands reports whether a card only reads parts of an object, unseen by people.
func (c *card) expands() bool { return c.hidden && c.is("object", "expand") }

// wires reads where the outputs of a card go.
func (r *modelReader) wires(s *scope, c *card) {
	r.joinsOf(c)
	pins := r.object(c.at, "pins")
	if pins == nil {
		return
	}
	outs := byID(c.outputs)
	for _, out := range pins.members {
		if out.value.kind != mapNode {
			r.wrong(out.value, "an entry of pins", mapNode)
			continue
		}
		for _, target := range out.value.members {
			if target.value.kind != listNode {
				r.wrong(target.value, "wires", listNode)
				continue
			}
			for _, w := range target.value.members {
				if w.value.kind != mapNode {
					r.wrong(w.value, "a wire", mapNode)
					continue
				}
				r.wire(s, c, outs[out.key], s.byID[target.key], w.value, out.key)
			}
		}
	}
}

func byID(ports []*port) map[string]*port {
	out := make(map[string]*port, len(ports))
	for _, p := range ports {
		out[p.id] = p
	}
	return out
}

func (r *modelReader) wire(s *scope, from *card, out *port, to *card, n *node, outID string) {
	id := r.text(n, "input")
	missing := func(what string) {
		r.report.doubt(flow.CodeImportReference, n.offset, place{}, "a wire is left out: %s does not exist", what)
	}
	switch {
	case out == nil:
		missing("the output that it begins at")
		return
	case to == nil:
		missing("the card that it leads to")
		return
	}
	in := portByID(to, id)
	if in == nil {
		missing("the input that it leads to")
		return
	}
	w := wire{from: from, output: out, at: n}
	if t := r.object(n, "transform"); t != nil && len(t.members) > 0 {
		c := t.get(outID)
		if c == nil {
			c = t.members[0].value
		}
		w.convert, w.wrap = c.string("convert"), c.true("forceWrapArray")
		if w.convert == "wrapArray" {
			w.convert, w.wrap = "", true
		}
		if !slices.Contains(conversions(), w.convert) {
			r.report.loss(flow.CodeImportReference, n.offset, place{}, "a wire is left out: the conversion %s is not known", flow.Excerpt(w.convert))
			return
		}
	}
	if len(s.sources[in]) > 0 && !to.is("control", "join") {
		r.report.doubt(flow.CodeImportReference, n.offset, place{}, "an input has several wires; the first one counts")
		return
	}
	s.sources[in] = append(s.sources[in], w)
	if s.used[out]++; s.used[out] <= 5 {
		s.targets[out] = append(s.targets[out], target{to, in})
	}
}

// conversions are those that wires name.
func conversions() []string {
	return []string{"", "parse", "dateTime", "stringify", "toString", "parseFloat", "isoString", "booleanToString"}
}

// portByID finds an input of a card, or an argument of its policy.
func portByID(c *card, id string) *port {
	for _, list := range [][]*port{c.inputs, c.policy.args} {
		for _, p := range list {
			if p.id == id {
				return p
			}
		}
	}
	return nil
}

// joinsOf reads which outputs of a join take which inputs.
func (r *modelReader) joinsOf(c *card) {
	joins := r.object(c.at, "joins")
	if joins == nil {
		return
	}
	outs := byID(c.outputs)
	c.joins = map[*port][]*port{}
	for _, m := range joins.members {
		in := portByID(c, m.key)
		if in == nil || m.value.kind != listNode {
			continue // what an author removed leaves such entries behind
		}
		for _, o := range m.value.members {
			if out := outs[o.value.string("output")]; out != nil {
				c.joins[in] = append(c.joins[in], out)
			}
		}
	}
}
