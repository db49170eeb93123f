package engine

import (
	"maps"
	"slices"
	"strings"

	"github.com/weirflow/weir/engine/internal/bridge"
	"github.com/weirflow/weir/flow"
)

// hosts returns what a run may reach: the fixed hosts of the manifest, those of
// its connection, and those it was allowed besides.
func hosts(fixed []string, r *Run) []string {
	if r.Connection == nil && len(r.AllowHosts) == 0 {
		return fixed
	}
	out := slices.Clone(fixed)
	if r.Connection != nil {
		out = append(out, r.Connection.Hosts...)
	}
	return append(out, r.AllowHosts...)
}

// given is what the runs of a module are given by name, worked out once.
type given struct {
	hosts   []string // those that no connection has to complete
	secrets int      // declared secrets; behind them stand those of the connection
	config  int
}

func givenBy(m *flow.Manifest) given {
	g := given{hosts: m.Hosts, secrets: len(m.Secrets), config: len(m.Config)}
	template := func(host string) bool { return strings.Contains(host, "{{") }
	if slices.ContainsFunc(m.Hosts, template) {
		g.hosts = slices.DeleteFunc(slices.Clone(m.Hosts), template)
	}
	for g.secrets > 0 && strings.HasPrefix(m.Secrets[g.secrets-1].Key, flow.AuthPrefix) {
		g.secrets--
	}
	for g.config > 0 && strings.HasPrefix(m.Config[g.config-1].Key, flow.AuthPrefix) {
		g.config--
	}
	return g
}

// connection adds the values of the run's connection to its secrets and config
// values. What the connection does not have is null.
func (p *problems) connection(o *bridge.Options, man *flow.Manifest, g given, c *flow.Connection) {
	var conn flow.Connection
	if c != nil {
		conn = *c
		if len(man.Auths) > 0 && !slices.ContainsFunc(man.Auths, func(a flow.Auth) bool { return a.Key == c.Auth }) {
			p.add(flow.CodeInputInvalid, "the connection was made with an authentication that the module does not have: "+flow.Excerpt(c.Auth))
		}
	}
	value := func(key string) flow.Value { return conn.Values[strings.TrimPrefix(key, flow.AuthPrefix)] }
	for _, s := range man.Secrets[g.secrets:] {
		v := value(s.Key)
		if !v.IsNull() && v.Kind() != flow.KindSecret {
			p.add(flow.CodeInputInvalid, "the value "+flow.Excerpt(s.Key)+" of the connection is a plain "+v.Kind().String())
			v = flow.Null()
		}
		o.Secrets = append(o.Secrets, v)
	}
	for _, f := range man.Config[g.config:] {
		v := value(f.Key)
		if f.Key == flow.AuthPrefix+flow.AuthSelected && c != nil {
			v = flow.Text(conn.Auth)
		}
		if !v.IsNull() && v.Kind() != flow.KindText {
			p.add(flow.CodeInputInvalid, "the value "+flow.Excerpt(f.Key)+" of the connection is a "+v.Kind().String()+", not a text")
			v = flow.Null()
		}
		o.Config = append(o.Config, v)
	}
	o.Attach = conn.Attach
	o.Connection = conn.ID
	// What is attached is as secret as what flows hold.
	for _, a := range conn.Attach {
		o.Hidden = append(o.Hidden, a.Value)
	}
}

// slots adds the connections that fill slots of the module.
func (p *problems) slots(o *bridge.Options, man *flow.Manifest, r *Run) {
	o.Filled = make(map[string]bridge.Filled, len(r.Slots))
	for _, key := range slices.Sorted(maps.Keys(r.Slots)) {
		c := r.Slots[key]
		if !slices.ContainsFunc(man.Connections, func(s flow.Slot) bool { return s.Key == key }) {
			p.add(flow.CodeInputInvalid, "the module has no slot "+flow.Excerpt(key))
		}
		if c == nil {
			continue
		}
		o.Filled[key] = bridge.Filled{ID: c.ID, Hosts: slices.Concat(c.Hosts, r.AllowHosts), Attach: c.Attach}
		for _, a := range c.Attach {
			o.Hidden = append(o.Hidden, a.Value)
		}
		for _, v := range c.Values {
			if v.Kind() == flow.KindSecret {
				o.Hidden = append(o.Hidden, v)
			}
		}
	}
}

// options returns the options of a card in order.
func (p *problems) options(fields []flow.FieldInfo, given map[string]string) []flow.Value {
	vals := make([]flow.Value, len(fields))
	for i := range fields {
		f := &fields[i]
		v := flow.Null()
		if s, ok := given[f.Key]; ok {
			v = flow.Text(s)
			if len(f.Choices) > 0 && !slices.ContainsFunc(f.Choices, func(c flow.OptionRow) bool { return c.Value == s }) {
				p.add(flow.CodeInputInvalid, "option "+flow.Excerpt(f.Key)+" has no choice "+flow.Excerpt(s))
			}
		}
		vals[i] = p.field("option", f, v)
	}
	for k := range given {
		if !slices.ContainsFunc(fields, func(f flow.FieldInfo) bool { return f.Key == k }) {
			p.add(flow.CodeInputInvalid, "there is no option "+flow.Excerpt(k))
		}
	}
	return vals
}

// selected returns the outputs that the card's user selected; without a choice
// all that the flow declares.
func (p *problems) selected(info *flow.FlowInfo, given flow.Value) flow.Value {
	switch {
	case given.Kind() == flow.KindObject && !given.HasSecret():
		return given
	case !given.IsNull():
		p.add(flow.CodeInputInvalid, "the selected outputs are a "+given.Kind().String()+", not an object")
		return given
	}
	fields := info.Out
	if info.Type == flow.FlowPolling {
		fields = info.Record
	}
	var order []string
	groups := map[string]*flow.ObjectBuilder{}
	for i := range fields {
		f := &fields[i]
		g, ok := groups[f.Group]
		if !ok {
			g = &flow.ObjectBuilder{}
			groups[f.Group] = g
			order = append(order, f.Group)
		}
		g.Set(f.Key, flow.Members("type", flow.Text(f.Type.Title()), "collection", flow.Bool(f.Type.List)))
	}
	var out flow.ObjectBuilder
	for _, name := range order {
		key := name
		if key == "" {
			key = "Outputs"
		}
		out.Set(key, groups[name].Value())
	}
	return out.Value()
}
