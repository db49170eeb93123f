package check

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones are checked on machines without a database of them

	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
)

// cronField bounds one field of a schedule.
type cronField struct {
	name   string
	text   string
	lo, hi int
}

// cronItem is one item of a field: *, a number or a range, each with a step.
var cronItem = regexp.MustCompile(`^(\*|\d{1,2}(-\d{1,2})?)(/\d{1,2})?$`)

// trigger checks when a standalone flow runs.
func (c *checker) trigger(f *syntax.Flow, t *syntax.Trigger) {
	bad := func(field, format string, args ...any) *flow.Error {
		return c.d.Error(flow.CodeTriggerInvalid, t.Places.Of(field, t.Pos), format, args...)
	}
	only := map[string]string{
		"minutes": flow.FlowScheduled, "hours": flow.FlowScheduled, "days": flow.FlowScheduled, "months": flow.FlowScheduled,
		"weekdays": flow.FlowScheduled, "time_zone": flow.FlowScheduled, "connector": flow.FlowEvent, "event": flow.FlowEvent,
		"connection": flow.FlowEvent, "options": flow.FlowEvent,
	}
	for field := range t.Places {
		if typ, ok := only[field]; ok && typ != f.Type.Text {
			bad(field, "%s belongs to flows of type %s", field, typ)
		}
	}
	switch f.Type.Text {
	case flow.FlowScheduled:
		for _, cf := range []cronField{{"minutes", t.Minutes, 0, 59}, {"hours", t.Hours, 0, 23}, {"days", t.Days, 1, 31},
			{"months", t.Months, 1, 12}, {"weekdays", t.Weekdays, 0, 6}} {
			if why := cf.problem(); why != "" {
				bad(cf.name, "%s: %s", why, flow.Excerpt(cf.text)).WithFix("write *, numbers from %d to %d, ranges, lists and steps: 1-5, 0,30, */15", cf.lo, cf.hi)
			}
		}
		if _, err := time.LoadLocation(t.TimeZone); t.TimeZone == "Local" || err != nil {
			bad("time_zone", "there is no time zone %s", flow.Excerpt(t.TimeZone)).WithFix("write an IANA name, such as Europe/Paris")
		}
	case flow.FlowEvent:
		if t.Connector == "" || t.Event == "" {
			bad("connector", "an event flow names the connector and its event")
		}
		if slot := c.slots[t.Connection]; t.Connection != "" && (slot == nil || slot.Connector.Text != t.Connector) {
			bad("connection", "there is no connection %s of the connector %s", flow.Excerpt(t.Connection), t.Connector).
				WithFix("declare it under connections of connector.yaml")
		}
	}
}

// problem says what is wrong with a field of a schedule.
func (f cronField) problem() string {
	if f.text == "" {
		return ""
	}
	for _, item := range strings.Split(f.text, ",") {
		if !cronItem.MatchString(item) {
			return "not a schedule"
		}
		span, step, stepped := strings.Cut(item, "/")
		if n, _ := strconv.Atoi(step); stepped && n == 0 {
			return "a step of 0"
		}
		if span == "*" {
			continue
		}
		from, to, ranged := strings.Cut(span, "-")
		a, _ := strconv.Atoi(from)
		z := a
		if ranged {
			z, _ = strconv.Atoi(to)
		}
		if a < f.lo || z > f.hi || a > z {
			return "out of range"
		}
	}
	return ""
}
