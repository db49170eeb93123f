//go:build linux && !race

package hostile

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
)

// wiring is a flow that hands its inputs to a card, groups nested: in0, in1 and so
// on, and the one behind them to all author-made inputs.
func wiring(card *flow.Card) string {
	var b strings.Builder
	b.WriteString("inputs: {")
	for i := range len(card.In) + 1 {
		fmt.Fprintf(&b, "in%d: any, ", i)
	}
	b.WriteString("}\noutputs: {out: any}\nsteps:\n  - name: step\n    card: " + card.Key + "\n    with:\n      {")
	groups := map[string][]string{}
	var order []string
	for i := range card.In {
		p := &card.In[i]
		ref := string(flow.AppendQuoted(nil, p.Key)) + ": " + string(flow.AppendQuoted(nil, fmt.Sprintf("${input.in%d}", i)))
		if !slices.Contains(order, p.Group) {
			order = append(order, p.Group)
		}
		groups[p.Group] = append(groups[p.Group], ref)
	}
	if e := card.Extra; e != nil {
		if !slices.Contains(order, e.Group) {
			order = append(order, e.Group)
		}
		for i := range 8 {
			groups[e.Group] = append(groups[e.Group], fmt.Sprintf(`more%d: "${input.in%d}"`, i, len(card.In)))
		}
	}
	var parts []string
	for _, g := range order {
		inside := strings.Join(groups[g], ", ")
		if g != "" {
			inside = string(flow.AppendQuoted(nil, g)) + ": {" + inside + "}"
		}
		parts = append(parts, inside)
	}
	out := "{}"
	if len(card.Out) > 0 && !card.Out[0].Type.Secret { // a secret cannot be returned
		name := card.Out[0].Key
		if card.Out[0].Group != "" {
			name = card.Out[0].Group
		}
		out = string(flow.AppendQuoted(nil, `${step."`+name+`"}`))
	}
	b.WriteString(strings.Join(parts, ", ") + "}\n  - return: {out: " + out + "}\n")
	return b.String()
}

// shape is one way to choose inputs.
type shape struct {
	name    string
	text    func(port int) string
	number  float64
	records flow.Value
	made    map[string]flow.Value // every value once: they are not the card's memory
}

// once returns the value that make makes under a name.
func (s *shape) once(name string, make func() flow.Value) flow.Value {
	v, ok := s.made[name]
	if !ok {
		v = make()
		if s.made == nil {
			s.made = map[string]flow.Value{}
		}
		s.made[name] = v
	}
	return v
}

// shapes are inputs that are large, that look like what the card works on, or
// that ask for much.
func shapes() []shape {
	const size = 8<<20 - 64
	record := flow.Members("key", flow.Text("k"), "value", flow.Text("v"), "a", flow.Members("b", flow.Number(1)))
	many := make([]flow.Value, 14_000)
	for i := range many {
		many[i] = record
	}
	records := flow.ListOf(many...)
	return []shape{
		{"one long text", func(int) string { return strings.Repeat("a", size) }, 1e6, records, nil},
		{"a long text and short ones", func(i int) string {
			if i == 0 {
				return strings.Repeat("ab ", size/3)
			}
			return "a"
		}, 1e9, records, nil},
		{"much out of little", func(i int) string {
			return []string{"a" + strings.Repeat("a", size/8), "", strings.Repeat("b", 1000)}[min(i, 2)]
		}, 8e6, records, nil},
		{"patterns", func(i int) string {
			if i == 0 {
				return strings.Repeat("a", size/4)
			}
			return "(a?){50}(a|aa)+b"
		}, -1, records, nil},
		{"JSON and XML", func(i int) string {
			return []string{"[" + strings.Repeat("{},", size/3) + "{}]", "<a>" + strings.Repeat("<b/>", size/4) + "</a>"}[i%2]
		}, 1e6, records, nil},
		{"XML and numbers", func(i int) string {
			return []string{"<a>" + strings.Repeat("<b c=\"d\"/>", size/10) + "</a>", strings.Repeat("9", size)}[i%2]
		}, 1e308, records, nil},
	}
}

func (s *shape) value(i int, t flow.Type, p *flow.Port) flow.Value {
	if p != nil && len(p.Choices) > 0 {
		return flow.Text(p.Choices[i%len(p.Choices)].Value)
	}
	switch {
	case t.List && t.Base == flow.BaseNumber:
		return s.once("numbers", func() flow.Value { return list(250_000) })
	case t.List && t.Base == flow.BaseText:
		return s.once("words", func() flow.Value {
			words := make([]flow.Value, 140_000)
			for j := range words {
				words[j] = flow.Text(fmt.Sprint("word", j))
			}
			return flow.ListOf(words...)
		})
	case t.List:
		return s.records
	}
	switch t.Base {
	case flow.BaseText:
		return s.once(fmt.Sprint("text", min(i, 2)+i%2), func() flow.Value { return flow.Text(s.text(i)) })
	case flow.BaseNumber:
		return flow.Number(s.number)
	case flow.BaseBool:
		return flow.Bool(true)
	case flow.BaseDate:
		return flow.Date(0)
	case flow.BaseObject:
		return s.once("object", func() flow.Value {
			var b flow.ObjectBuilder
			for j := range 100_000 {
				b.Set(fmt.Sprint("key", j), flow.Number(float64(j)))
			}
			return b.Value()
		})
	}
	return s.records
}

// inputs returns what the flow of a card is given: one set for each choice that the
// card offers first.
func (s *shape) inputs(card *flow.Card) []flow.Value {
	var in flow.ObjectBuilder
	first := -1
	for i := range card.In {
		p := &card.In[i]
		if first < 0 && len(p.Choices) > 0 {
			first = i
		}
		in.Set(fmt.Sprint("in", i), s.value(i, p.Type, p))
	}
	if card.Extra != nil {
		in.Set(fmt.Sprint("in", len(card.In)), s.value(0, card.Extra.Type, nil))
	}
	if first < 0 {
		return []flow.Value{in.Value()}
	}
	var out []flow.Value
	for _, choice := range card.In[first].Choices {
		var b flow.ObjectBuilder
		for k, v := range in.Value().Object().All() {
			b.Set(k, v)
		}
		b.Set(fmt.Sprint("in", first), flow.Text(choice.Value))
		out = append(out, b.Value())
	}
	return out
}

// TestHostileCards gives every card inputs as large as values may be and next to no
// time: a card that is not interrupted must be over soon.
func TestHostileCards(t *testing.T) {
	for _, s := range shapes() {
		t.Run(strings.ReplaceAll(s.name, " ", "_"), func(t *testing.T) {
			limits := engine.Limits{Wall: 20 * time.Millisecond}
			type attempt struct {
				flow string
				card *flow.Card
				in   flow.Value
			}
			var m *engine.Module
			var tries []attempt
			build := func(c *child) {
				var files []compiler.File
				files = append(files, compiler.File{Name: "connector.yaml", Data: []byte(connector)})
				reg := hostfuncs.Standard()
				for card := range reg.All() {
					key := strings.ToLower(strings.NewReplacer(".", "_", "-", "_").Replace(card.Key)) + fmt.Sprint(len(files))
					files = append(files, compiler.File{Name: "flows/" + key + ".yaml", Data: []byte(wiring(card))})
					for _, in := range s.inputs(card) {
						tries = append(tries, attempt{key, card, in})
					}
				}
				out, err := compiler.Compile(files, compiler.Options{Registry: reg, NoOptimize: true})
				if err != nil {
					_ = compiler.Render(c.Output(), compiler.Check(files, compiler.Options{Registry: reg}), files)
					c.Fatal(err)
				}
				m = c.load(out.Wasm)
			}
			prepared(t, engine.Config{Limits: limits}, build, func(c *child) {
				type figure struct {
					key  string
					code flow.Code
					late time.Duration
				}
				var worst []figure
				for _, a := range tries {
					best := figure{key: a.card.Key, late: time.Hour}
					for try := 0; try < 5 && best.late > maxLate; try++ {
						began := time.Now()
						_, err := m.Run(context.Background(), engine.Run{Flow: a.flow, Input: a.in, ID: "run"})
						best.late = min(best.late, time.Since(began)-limits.Wall)
						if best.code = flow.CodeOf(err); best.code == flow.CodeInternal {
							c.Errorf("%s: %v", a.card.Key, err)
						}
					}
					worst = append(worst, best)
					c.late(best.late)
				}
				slices.SortFunc(worst, func(a, b figure) int { return int(b.late - a.late) })
				c.seen.report.Note = fmt.Sprint(worst[:5])
			})
		})
	}
}
