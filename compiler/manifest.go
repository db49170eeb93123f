package compiler

import (
	"cmp"
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler/internal/check"
	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// Release is the version of the compiler that modules carry.
const Release = "0.1.0"

// manifest describes the module: what its flows look like and what it may do.
func manifest(c *compilation) *flow.Manifest {
	m := &flow.Manifest{
		ABI:         guest.ABI,
		Compiler:    Release,
		Key:         c.conn.Key.Text,
		Name:        c.conn.Name.Text,
		Version:     c.conn.Version.Text,
		Description: c.conn.Description.Text,
		Source:      digest(c.files),
	}
	for _, fi := range c.info.Flows {
		m.Flows = append(m.Flows, flowInfo(fi))
	}
	for _, h := range c.conn.Hosts {
		m.Hosts = append(m.Hosts, h.Text)
	}
	for _, s := range c.conn.Secrets {
		info := flow.SecretInfo{Key: s.Key.Text, Label: s.Label.Text, Hosts: m.Hosts}
		if len(s.Hosts) > 0 {
			info.Hosts = nil
			for _, h := range s.Hosts {
				info.Hosts = append(info.Hosts, h.Text)
			}
		}
		m.Secrets = append(m.Secrets, info)
	}
	m.Config = syntax.FieldInfos(c.conn.Config)
	settings(c, m)
	m.Cards, m.Externals = cardsOf(c.prog)
	return m
}

// flowInfo describes one flow.
func flowInfo(fi *check.FlowInfo) flow.FlowInfo {
	f := fi.Flow
	info := flow.FlowInfo{
		Key: f.Key.Text, Name: f.Name.Text, Type: f.Type.Text, Description: f.Description.Text,
		Out: syntax.FieldInfos(f.Outputs), Record: syntax.FieldInfos(f.Record),
		Effect: fi.Effect.String(), CostMin: fi.CostMin, CostMax: fi.CostMax,
	}
	for _, p := range f.Inputs {
		one := syntax.FieldInfos([]*syntax.Field{p})
		switch p.Kind {
		case syntax.FieldOption:
			one[0].Key = strings.TrimPrefix(one[0].Key, syntax.OptionKey(""))
			info.Options = append(info.Options, one...)
		case syntax.FieldSelected:
			info.Selects = true
		default:
			info.In = append(info.In, one...)
		}
	}
	if f.Trigger != nil {
		info.Trigger = &f.Trigger.Trigger
	}
	if w := f.Webhook; w != nil {
		info.Webhook = &flow.Webhook{Register: w.Register.Info(), Deregister: w.Deregister.Info(), Challenge: w.Challenge}
	}
	return info
}

// settings describes what the connector is beside its flows.
func settings(c *compilation, m *flow.Manifest) {
	if b := c.conn.Branding; b != nil {
		m.Branding = flow.Branding{Icon: c.info.Icon, Color: b.Color.Text, Docs: b.Docs.Text, Support: b.Support.Text}
	}
	for _, a := range c.conn.Auths {
		auth := a.Auth
		if auth.Hosts == nil {
			auth.Hosts = m.Hosts
		}
		m.Auths = append(m.Auths, auth)
	}
	for _, k := range c.info.AuthKeys {
		if c.info.Auth[k].Secret {
			m.Secrets = append(m.Secrets, flow.SecretInfo{Key: flow.AuthPrefix + k, Hosts: m.Hosts})
		} else {
			m.Config = append(m.Config, flow.FieldInfo{Key: flow.AuthPrefix + k, Type: flow.TextType})
		}
	}
	for _, t := range c.conn.Tables {
		m.Tables = append(m.Tables, *t.Table())
	}
	for _, s := range c.conn.Connections {
		m.Connections = append(m.Connections, flow.Slot{Key: s.Key.Text, Connector: s.Connector.Text, Name: s.Name.Text})
	}
	for _, r := range c.conn.Rates {
		m.Rates = append(m.Rates, r.Rate)
	}
}

// cardsOf lists the cards that the program calls: those of the registry, and the
// definitions of those of other connectors.
func cardsOf(p *ir.Program) ([]flow.CardUse, []flow.ExternalInfo) {
	seen := map[string]bool{}
	var out []flow.CardUse
	for _, f := range p.Funcs {
		ir.Walk(f.Body, func(op ir.Op) {
			if c, ok := op.(*ir.Card); ok && c.Card.External == nil && !seen[c.Card.Key] {
				seen[c.Card.Key] = true
				out = append(out, flow.CardUse{
					Key: c.Card.Key, Version: c.Card.Ver(), Effect: c.Card.Effect.String(), Digest: c.Card.Digest(),
				})
			}
		})
	}
	slices.SortFunc(out, func(a, b flow.CardUse) int { return cmp.Compare(a.Key, b.Key) })
	var externals []flow.ExternalInfo
	for _, x := range ir.Externals(p) {
		externals = append(externals, *x)
	}
	return out, externals
}
