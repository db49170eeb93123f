package date

import (
	"context"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/date/moment"
)

// moveCard is Add and Subtract, which differ by a sign.
func moveCard(name, title, label, doc string, sign float64, examples ...flow.Example) *flow.Card {
	var units []flow.Choice
	for _, u := range moment.Units() {
		units = append(units, flow.Choice{Value: string(u), Label: string(u)})
	}
	return &flow.Card{
		Key: "date." + name, Aliases: []string{"kernel:date:" + name}, Title: title, Category: category, Since: since,
		Doc: doc + " Months and years keep the day of the month, or take the last day of a shorter month. Weeks count as 7 days and years as 12 months; " +
			"days and months are then rounded to whole ones, half away from zero, while hours and smaller units may be fractions.",
		In: []flow.Port{
			startPort("start date", "The date to start from."),
			{Key: "scale", Label: label, Doc: "How many units. A negative number goes the other way.", Type: flow.NumberType, Required: true},
			{Key: "unit", Label: "units", Doc: "The unit of the number.", Type: flow.TextType, Required: true, Choices: units},
		},
		Out:    []flow.Port{dateOut("output", "The moved date.")},
		Cost:   flow.Cost{Base: 250},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeInputInvalid, flow.CodeNumberRange},
		Notes: []flow.Note{{
			Topic: title + ": fractions of years and weeks", Vendor: "The vendor's documents do not say what half a year is.",
			Choice: "0.5 years are 6 months and 0.5 weeks are 4 days.", Why: "moment.js, whose arithmetic the documented results show, does so.",
		}},
		Examples: examples,
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			start, err := dateAt(c, 0)
			if err != nil {
				return flow.Value{}, err
			}
			if c.Text(2) == "" {
				return flow.Value{}, c.Invalid(2, "is missing")
			}
			moved, err := moment.Add(start, sign*c.Number(1), moment.Unit(c.Text(2)))
			if err != nil {
				return flow.Value{}, rangeError()
			}
			return flow.DateOf(moved), nil
		},
	}
}

func addCard() *flow.Card {
	return moveCard("add", "Add", "add", "Moves a date forward.", 1,
		flow.Example{In: `{"start":"2016-09-05T00:00:00.000Z","scale":2,"unit":"weeks"}`, Out: `{"output":"2016-09-19T00:00:00.000Z"}`},
		flow.Example{In: `{"start":"2016-01-31T00:00:00.000Z","scale":1,"unit":"months"}`, Out: `{"output":"2016-02-29T00:00:00.000Z"}`, Note: "February has no 31st"},
		flow.Example{In: `{"start":"2016-01-01T00:00:00.000Z","scale":1.5,"unit":"hours"}`, Out: `{"output":"2016-01-01T01:30:00.000Z"}`},
		flow.Example{In: `{"start":"2016-01-01T00:00:00.000Z","scale":1,"unit":"fortnights"}`, Err: flow.CodeInputInvalid},
		flow.Example{In: `{"start":"2016-01-01T00:00:00.000Z","scale":1e9,"unit":"years"}`, Err: flow.CodeNumberRange},
		flow.Example{In: `{"start":"","scale":1,"unit":"days"}`, Err: flow.CodeInputInvalid},
	)
}

func subtractCard() *flow.Card {
	return moveCard("subtract", "Subtract", "subtract", "Moves a date backward.", -1,
		flow.Example{In: `{"start":"2016-09-07T00:00:00.000Z","scale":90,"unit":"days"}`, Out: `{"output":"2016-06-09T00:00:00.000Z"}`},
		flow.Example{In: `{"start":"2016-03-31T00:00:00.000Z","scale":1,"unit":"months"}`, Out: `{"output":"2016-02-29T00:00:00.000Z"}`},
		flow.Example{In: `{"start":"2016-03-31T00:00:00.000Z","scale":-1,"unit":"milliseconds"}`, Out: `{"output":"2016-03-31T00:00:00.001Z"}`},
		flow.Example{In: `{"start":"2016-03-31T00:00:00.000Z","scale":1}`, Err: flow.CodeInputInvalid},
		flow.Example{In: `{"start":"next week","scale":1,"unit":"days"}`, Err: flow.CodeTypeConversion},
	)
}

var diffShape = flow.NewShape([]string{"days", "months", "years", "hours", "minutes", "seconds", "milliseconds"})

func diffCard() *flow.Card {
	return &flow.Card{
		Key: "date.diff", Aliases: []string{"kernel:date:diff"}, Title: "Difference", Category: category, Since: since,
		Doc: "Measures the time between two dates in every unit. Each output is the whole span in that unit, negative when the start date is the later one. " +
			"Months and years are counted by the calendar, the rest as a share of the month in which it falls. Seconds and milliseconds are whole, the others may be fractions. " +
			"Mind the keys: the end date is the input start, and the start date is the input end.",
		In: []flow.Port{
			startPort("end date", "The date up to which is measured."),
			{Key: "end", Label: "start date", Doc: "The date from which is measured.", Type: flow.DateType, Required: true},
		},
		Out: always(
			numberOut("days", "The span in days of 24 hours."), numberOut("months", "The span in calendar months."),
			numberOut("years", "The span in years of 12 calendar months."), numberOut("hours", "The span in hours."),
			numberOut("minutes", "The span in minutes."), numberOut("seconds", "The span in whole seconds."),
			numberOut("milliseconds", "The span in milliseconds."),
		),
		Cost:   flow.Cost{Base: 800},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeInputInvalid, flow.CodeNumberRange},
		Notes: []flow.Note{{
			Topic: "Difference: fractions of seconds", Vendor: "The vendor's documents keep fractions for minutes and larger units.",
			Choice: "Seconds are cut to whole ones, toward zero.", Why: "It is what the sentence says; the milliseconds are exact.",
		}},
		Examples: []flow.Example{
			{In: `{"start":"2016-09-08T00:00:00.000Z","end":"2016-09-07T00:00:00.000Z"}`,
				Out: `{"days":1,"months":0.03225806451612903,"years":0.0026881720430107525,"hours":24,"minutes":1440,"seconds":86400,"milliseconds":86400000}`},
			{In: `{"start":"2016-01-01T00:00:00.000Z","end":"2016-02-01T00:00:01.500Z"}`,
				Out: `{"days":-31.000017361111112,"months":-1.000000598659004,"years":-0.08333338322158367,"hours":-744.0004166666666,"minutes":-44640.025,"seconds":-2678401,"milliseconds":-2678401500}`},
			{In: `{"start":"2016-01-01","end":"2016-01-01T00:00:00.000Z"}`, Out: `{"days":0,"months":0,"years":0,"hours":0,"minutes":0,"seconds":0,"milliseconds":0}`},
			{In: `{"start":"2016-01-01T00:00:00.000Z"}`, Err: flow.CodeInputInvalid},
			{In: `{"start":"2016-01-01T00:00:00.000Z","end":"soon"}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			to, err := dateAt(c, 0)
			if err != nil {
				return flow.Value{}, err
			}
			from, err := dateAt(c, 1)
			if err != nil {
				return flow.Value{}, err
			}
			months := moment.MonthsBetween(to, from)
			span := to.UnixMilli() - from.UnixMilli()
			ms := float64(span)
			return flow.NewObject(diffShape, []flow.Value{
				flow.Number(ms / 864e5), flow.Number(months), flow.Number(months / 12), flow.Number(ms / 36e5),
				flow.Number(ms / 6e4), flow.Number(float64(span / 1000)), flow.Number(ms),
			}), nil
		},
	}
}
