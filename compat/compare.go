package compat

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/weirflow/weir/flow"
)

// pairs matches the items of two lists by key, the first of a key with the first
// and so on: each that both have is given to both, the others to gone and come.
// It reports whether those in both stand in the same order.
func pairs[T any, K comparable](older, newer []T, key func(*T) K, both func(a, b *T), gone, come func(*T)) (sameOrder bool) {
	at := map[K][]int{}
	for i := range newer {
		k := key(&newer[i])
		at[k] = append(at[k], i)
	}
	sameOrder = true
	last := -1
	met := make([]bool, len(newer))
	for i := range older {
		k := key(&older[i])
		if len(at[k]) == 0 {
			gone(&older[i])
			continue
		}
		j := at[k][0]
		at[k] = at[k][1:]
		met[j] = true
		sameOrder = sameOrder && j > last
		last = j
		both(&older[i], &newer[j])
	}
	for j := range newer {
		if !met[j] {
			come(&newer[j])
		}
	}
	return sameOrder
}

// same reports whether two things print the same JSON.
func same(a, b any) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && string(x) == string(y)
}

// text notes a change of what people read.
func (c *comparison) text(where, what, older, newer string) {
	if older != newer {
		c.find("text.changed", where, "the %s is another: %s, and was %s", what, flow.Excerpt(newer), flow.Excerpt(older))
	}
}

func (c *comparison) connector(a, b *flow.Manifest) {
	const where = "connector"
	if a.ABI != b.ABI {
		c.find("abi.changed", where, "ABI %d, and was %d", b.ABI, a.ABI)
	}
	c.flows(a.Flows, b.Flows)
	c.auths(a.Auths, b.Auths)
	c.sets("host.added", "host.removed", where, "host", a.Hosts, b.Hosts)
	c.secrets(a.Secrets, b.Secrets)
	c.fields("config", "config value", where, declared(a.Config, fieldKey), declared(b.Config, fieldKey))
	c.slots(a.Connections, b.Connections)
	c.uses(a.Cards, b.Cards)
	c.tables(a.Tables, b.Tables)
	c.rates(a.Rates, b.Rates)
	c.text(where, "name", a.Name, b.Name)
	c.text(where, "description", a.Description, b.Description)
	if !same(a.Branding, b.Branding) {
		c.find("text.changed", where, "the branding is another")
	}
	if a.Compiler != b.Compiler {
		c.find("compiler.changed", where, "compiled by %s, and was by %s", flow.Excerpt(b.Compiler), flow.Excerpt(a.Compiler))
	}
	if a.Source != b.Source {
		c.find("source.changed", where, "the source is another")
	}
}

func fieldKey(f *flow.FieldInfo) string   { return f.Key }
func secretKey(s *flow.SecretInfo) string { return s.Key }

// declared returns the entries that the connector declares, without those that
// its connection fills in.
func declared[T any](list []T, key func(*T) string) []T {
	return slices.DeleteFunc(slices.Clone(list), func(x T) bool { return strings.HasPrefix(key(&x), flow.AuthPrefix) })
}

// sets compares two sets of names.
func (c *comparison) sets(added, removed, where, what string, older, newer []string) {
	come, gone := missing(newer, older), missing(older, newer)
	for _, x := range come {
		c.find(added, where+", "+what+" "+x, "the %s is new", what)
	}
	for _, x := range gone {
		c.find(removed, where+", "+what+" "+x, "the %s is gone", what)
	}
}

// missing returns what of a is not in b.
func missing(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(x string) bool { return slices.Contains(b, x) })
}

func (c *comparison) secrets(older, newer []flow.SecretInfo) {
	where := func(s *flow.SecretInfo) string { return "secret " + s.Key }
	pairs(declared(older, secretKey), declared(newer, secretKey), secretKey,
		func(a, b *flow.SecretInfo) {
			c.sets("secret.host_added", "secret.host_removed", where(a), "host", a.Hosts, b.Hosts)
			c.text(where(a), "label", a.Label, b.Label)
		},
		func(s *flow.SecretInfo) { c.find("secret.removed", where(s), "the secret is gone") },
		func(s *flow.SecretInfo) { c.find("secret.added", where(s), "runs must be given this secret") })
}

func (c *comparison) slots(older, newer []flow.Slot) {
	where := func(s *flow.Slot) string { return "connection " + s.Key }
	pairs(older, newer, func(s *flow.Slot) string { return s.Key },
		func(a, b *flow.Slot) {
			if a.Connector != b.Connector {
				c.find("slot.connector", where(a), "a connection of %s, and was of %s", b.Connector, a.Connector)
			}
			c.text(where(a), "name", a.Name, b.Name)
		},
		func(s *flow.Slot) { c.find("slot.removed", where(s), "the connection is no longer needed") },
		func(s *flow.Slot) {
			c.find("slot.added", where(s), "runs must be given a connection of %s", s.Connector)
		})
}

func (c *comparison) uses(older, newer []flow.CardUse) {
	where := func(u *flow.CardUse) string { return "uses " + u.Key }
	pairs(older, newer, func(u *flow.CardUse) string { return u.Key },
		func(a, b *flow.CardUse) {
			if *a != *b {
				c.find("uses.changed", where(a), "version %d (%s), and was %d (%s)", b.Version, b.Effect, a.Version, a.Effect)
			}
		},
		func(u *flow.CardUse) { c.find("uses.removed", where(u), "the card is no longer used") },
		func(u *flow.CardUse) {
			if u.Effect == flow.Pure.String() {
				c.find("uses.added", where(u), "the card is new to the module")
			} else {
				c.find("uses.added_effect", where(u), "the card is new to the module, and %s the world", worldly(u.Effect))
			}
		})
}

// worldly is what a card with an effect does to the world.
func worldly(effect string) string {
	if effect == flow.Writes.String() {
		return "changes"
	}
	return "reads"
}

func (c *comparison) tables(older, newer []flow.Table) {
	where := func(t *flow.Table) string { return "table " + t.Name }
	pairs(older, newer, func(t *flow.Table) string { return t.Name },
		func(a, b *flow.Table) {
			c.text(where(a), "label", a.Label, b.Label)
			pairs(a.Columns, b.Columns, func(col *flow.Column) string { return col.Name },
				func(x, y *flow.Column) {
					if !x.Type.Equal(y.Type) {
						c.find("table.column_type", where(a)+", column "+x.Name, "%s, and was %s", y.Type, x.Type)
					}
				},
				func(x *flow.Column) {
					c.find("table.column_removed", where(a)+", column "+x.Name, "the column is gone")
				},
				func(x *flow.Column) { c.find("table.column_added", where(a)+", column "+x.Name, "the column is new") })
		},
		func(t *flow.Table) { c.find("table.removed", where(t), "the table is gone") },
		func(t *flow.Table) { c.find("table.added", where(t), "the table is new") })
}

func (c *comparison) rates(older, newer []flow.Rate) {
	hosts := map[string][2][]flow.Rate{}
	for _, r := range older {
		h := hosts[r.Host]
		h[0] = append(h[0], r)
		hosts[r.Host] = h
	}
	for _, r := range newer {
		h := hosts[r.Host]
		h[1] = append(h[1], r)
		hosts[r.Host] = h
	}
	for _, host := range sortedKeys(hosts) {
		if h := hosts[host]; !slices.Equal(h[0], h[1]) {
			c.find("rate.changed", "requests to "+host, "the budget is another")
		}
	}
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	var keys []K
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
