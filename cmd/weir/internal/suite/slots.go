package suite

import (
	"maps"
	"slices"

	"github.com/weirflow/weir/flow"
)

// SlotFields lists the fields of a connection that fills a slot in a test.
func SlotFields() []Field {
	return []Field{
		{"hosts", "The hosts that requests with it may go to."},
		{"headers", "What it puts on these requests: plain text for this test alone."},
	}
}

// filled is what stands for a connection in a slot.
type filled struct {
	hosts   []string
	headers map[string]string
}

// slots reads the connections that fill the slots of the connector.
func (c *checker) slots(n *flow.Node, t *Test) {
	t.slots = map[string]filled{}
	c.Each(n, "slots", func(m flow.NodeMember) {
		if c.manifest != nil && !slices.ContainsFunc(c.manifest.Connections, func(s flow.Slot) bool { return s.Key == m.Key }) {
			c.Problem(flow.CodeNameUnknown, m.Pos, "the connector has no connection %s", flow.Excerpt(m.Key))
		}
		if !c.Is(m.Value, "a connection", flow.KindObject) {
			return
		}
		c.Fields(m.Value, keys(SlotFields())...)
		f := filled{headers: map[string]string{}}
		c.Items(m.Value, "hosts", func(h *flow.Node) { f.hosts = append(f.hosts, c.Text(h, "a host")) })
		c.Each(m.Value, "headers", func(h flow.NodeMember) {
			if c.Is(h.Value, "a header", flow.KindText) {
				f.headers[h.Key] = h.Value.Value.Text()
			}
		})
		t.slots[m.Key] = f
	})
}

// connections returns what a run is given for the slots. Its credentials are named
// slot.SLOT.HEADER.
func (t *Test) connections() map[string]*flow.Connection {
	out := make(map[string]*flow.Connection, len(t.slots))
	for key, f := range t.slots {
		conn := &flow.Connection{ID: "test " + key, Hosts: f.hosts}
		for _, name := range slices.Sorted(maps.Keys(f.headers)) {
			secret := flow.NewSecret("slot."+key+"."+name, f.headers[name], slices.Concat(f.hosts, t.Given.Allow)...)
			conn.Attach = append(conn.Attach, flow.Attachment{In: "header", Field: name, Value: secret})
		}
		out[key] = conn
	}
	return out
}
