package compat

import (
	"fmt"
	"slices"

	"github.com/weirflow/weir/flow"
)

// isCard reports whether others start flows of a type and rely on its face.
func isCard(f *flow.FlowInfo) bool {
	return slices.Contains([]string{flow.FlowAction, flow.FlowWebhook, flow.FlowPolling, flow.FlowEndpoint, flow.FlowDelegated}, f.Type)
}

// isSystem reports whether the platform runs flows of a type.
func isSystem(f *flow.FlowInfo) bool {
	return slices.Contains([]string{flow.FlowAuthping, flow.FlowRevoke, flow.FlowScheduled, flow.FlowEvent}, f.Type)
}

func only(flows []flow.FlowInfo, is func(*flow.FlowInfo) bool) []flow.FlowInfo {
	return slices.DeleteFunc(slices.Clone(flows), func(f flow.FlowInfo) bool { return !is(&f) })
}

// flows compares the flows that others see. Helpers and what registers webhooks
// are the connector's own business.
func (c *comparison) flows(older, newer []flow.FlowInfo) {
	key := func(f *flow.FlowInfo) string { return f.Key }
	olds, news := only(older, isCard), only(newer, isCard)
	ordered := pairs(olds, news, key, c.card,
		func(f *flow.FlowInfo) {
			if i := slices.IndexFunc(news, func(n flow.FlowInfo) bool { return n.Name == f.Name }); i >= 0 {
				c.find("card.removed", "card "+f.Key, "the card is gone; %s has its name, but flows know cards by their keys", flow.Excerpt(news[i].Key))
				return
			}
			c.find("card.removed", "card "+f.Key, "the card is gone")
		},
		func(f *flow.FlowInfo) { c.find("card.added", "card "+f.Key, "the card is new") })
	if !ordered {
		c.find("order.changed", "cards", "the cards stand in another order")
	}
	pairs(only(older, isSystem), only(newer, isSystem), func(f *flow.FlowInfo) [2]string { return [2]string{f.Type, f.Key} },
		func(a, b *flow.FlowInfo) {
			if !same(a.Trigger, b.Trigger) {
				c.find("schedule.changed", "flow "+a.Key, "the flow begins otherwise")
			}
		},
		func(f *flow.FlowInfo) { c.find("system.removed", "flow "+f.Key, "the %s flow is gone", f.Type) },
		func(f *flow.FlowInfo) { c.find("system.added", "flow "+f.Key, "the %s flow is new", f.Type) })
}

// card compares two builds of one card.
func (c *comparison) card(a, b *flow.FlowInfo) {
	where := "card " + a.Key
	if a.Type != b.Type {
		c.find("card.type", where, "the card is of type %s, and was of type %s", b.Type, a.Type)
	}
	c.effect(where, a.Effect, b.Effect)
	c.text(where, "name", a.Name, b.Name)
	c.text(where, "description", a.Description, b.Description)
	c.fields("option", "option", where, a.Options, b.Options)
	c.fields("input", "input", where, a.In, b.In)
	c.fields("output", "output", where, outputs(a), outputs(b))
	c.webhook(where, a.Webhook, b.Webhook)
	c.security(where, security(a), security(b))
	if bounded := a.CostMax >= 0; bounded != (b.CostMax >= 0) || apart(a.CostMin, b.CostMin) || apart(a.CostMax, b.CostMax) {
		c.find("card.cost", where, "the cost is %s, and was %s", cost(b), cost(a))
	}
}

// apart reports whether one cost is more than twice the other. A cost below 0 is
// none.
func apart(a, b int64) bool { return a >= 0 && b >= 0 && (a/2 > b || b/2 > a) }

func cost(f *flow.FlowInfo) string {
	if f.CostMax < 0 {
		return fmt.Sprintf("%d or more", f.CostMin)
	}
	return fmt.Sprintf("%d to %d", f.CostMin, f.CostMax)
}

// outputs returns what a card gives: for a polling event, the fields of a record.
func outputs(f *flow.FlowInfo) []flow.FieldInfo {
	if f.Type == flow.FlowPolling {
		return f.Record
	}
	return f.Out
}

func (c *comparison) effect(where, older, newer string) {
	strength := []string{flow.Pure.String(), flow.Reads.String(), flow.Writes.String()}
	a, b := slices.Index(strength, older), slices.Index(strength, newer)
	rule := "card.reads"
	switch {
	case a == b:
		return
	case b < a:
		rule = "card.calmer"
	case newer == flow.Writes.String():
		rule = "card.writes"
	}
	c.find(rule, where, "the effect is %s, and was %s", newer, older)
}

func (c *comparison) webhook(where string, a, b *flow.Webhook) {
	var none flow.Webhook
	if a == nil {
		a = &none
	}
	if b == nil {
		b = &none
	}
	if (a.Register == nil) != (b.Register == nil) || (a.Deregister == nil) != (b.Deregister == nil) || !same(a.Challenge, b.Challenge) {
		c.find("event.registration", where, "the event registers, deregisters or answers challenges otherwise")
	}
	if a.Register != nil && b.Register != nil && !same(a.Register, b.Register) {
		c.find("computed.changed", where+", registration", "another flow registers the event, or is given something else")
	}
	if a.Deregister != nil && b.Deregister != nil && !same(a.Deregister, b.Deregister) {
		c.find("computed.changed", where+", deregistration", "another flow deregisters the event, or is given something else")
	}
}

// security returns what an endpoint asks its callers for; "" for other flows.
func security(f *flow.FlowInfo) string {
	if f.Type != flow.FlowEndpoint || f.Trigger == nil {
		return ""
	}
	return f.Trigger.Security
}

const securityOpen = "open"

func (c *comparison) security(where, a, b string) {
	switch {
	case a == b || a == "" || b == "": // another type: reported as that
	case b == securityOpen:
		c.find("endpoint.open", where, "callers need no credential any more")
	default:
		c.find("endpoint.security", where, "callers need another credential: %s, and was %s", b, a)
	}
}
