// Package control has the cards of the category Flow Control that wait, and those
// that speak to whoever started the run. What else belongs to it is control flow
// of the compiler.
package control

import (
	"context"
	"time"

	"github.com/weirflow/weir/flow"
)

const (
	category = "Flow Control"
	since    = "0.1"
)

// longest is the longest wait: 30 days, after which the vendor's product ends
// the flow.
const longest = 30 * 24 * time.Hour

// Cards returns the cards that wait, then those that constructs are made of.
func Cards() []*flow.Card {
	return []*flow.Card{wait(), until(), retry(), start(), returnRaw(), pause(), pauseRaw()}
}

var units = map[string]time.Duration{
	"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour,
}

func wait() *flow.Card {
	return &flow.Card{
		Key: "control.wait", Aliases: []string{"kernel:control:wait"}, Title: "Wait For", Category: category, Since: since,
		Doc: "Waits for a period, within the wall limit of the run. It has no outputs.",
		In: []flow.Port{
			{Key: "delay", Label: "delay", Doc: "How many units to wait; at least one second, at most 30 days in all.", Type: flow.NumberType, Required: true, Default: "1"},
			{
				Key: "unit", Label: "unit", Doc: "Unit of the delay.", Type: flow.TextType, Required: true, Default: `"second"`,
				Choices: []flow.Choice{{Value: "second", Label: "seconds"}, {Value: "minute", Label: "minutes"}, {Value: "hour", Label: "hours"}, {Value: "day", Label: "days"}},
			},
		},
		Effect: flow.Reads, Suspends: true, Cost: flow.Cost{Base: 2000},
		Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeTypeConversion, flow.CodeLimitWall},
		Notes: []flow.Note{{
			Topic: "waits that are too short", Vendor: "a minimum of one second, without what happens below it",
			Choice: "A shorter wait, and a negative one, is one second.", Why: "Flows that compute a delay must not fail because it came out as 0.",
		}, {
			Topic: "waits that are too long", Vendor: "a wait of more than 30 days terminates the flow",
			Choice: "It is an error at once.", Why: "An author sees the mistake when it is made and not 30 days later.",
		}},
		Examples: []flow.Example{
			{In: `{"delay": 90, "unit": "second"}`, Out: `{}`},
			{In: `{"delay": 2, "unit": "day"}`, Out: `{}`},
			{In: `{}`, Out: `{}`, Note: "one second"},
			{In: `{"delay": 31, "unit": "day"}`, Err: flow.CodeInputInvalid},
			{In: `{"delay": 1, "unit": "fortnight"}`, Err: flow.CodeInputInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			seconds := c.Number(0) * units[c.Text(1)].Seconds()
			if !(seconds <= longest.Seconds()) {
				return flow.Value{}, c.Invalid(0, "asks for more than 30 days")
			}
			d := max(time.Duration(seconds*float64(time.Second)), time.Second)
			return flow.Members(), c.Env.Sleep(ctx, d)
		},
	}
}

func until() *flow.Card {
	return &flow.Card{
		Key: "control.until", Aliases: []string{"kernel:control:until"}, Title: "Wait Until", Category: category, Since: since,
		Doc: "Waits until a moment in time, within the wall limit of the run. It has no outputs.",
		In: []flow.Port{
			{Key: "date", Label: "date & time", Doc: "When to go on; a moment in the past is now.", Type: flow.DateType, Required: true},
		},
		Effect: flow.Reads, Suspends: true, Cost: flow.Cost{Base: 2000},
		Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeTypeConversion, flow.CodeLimitWall},
		Notes: []flow.Note{{
			Topic: "moments in the past", Vendor: "not documented", Choice: "The flow goes on at once.", Why: "The moment has come.",
		}},
		Examples: []flow.Example{
			{In: `{"date": "2016-09-07T16:55:30Z"}`, Out: `{}`, Note: "with the clock at 16:55:25 that day"},
			{In: `{"date": "2001-01-01T00:00:00Z"}`, Out: `{}`},
			{In: `{"date": "2030-01-01T00:00:00Z"}`, Err: flow.CodeInputInvalid},
			{In: `{"date": "soon"}`, Err: flow.CodeTypeConversion},
			{In: `{"date": ""}`, Err: flow.CodeInputInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			if c.Value(0).IsNull() {
				return flow.Value{}, c.Invalid(0, "is empty")
			}
			d := c.Value(0).Time().Sub(c.Env.Now())
			if d > longest {
				return flow.Value{}, c.Invalid(0, "is more than 30 days away")
			}
			return flow.Members(), c.Env.Sleep(ctx, d)
		},
	}
}
