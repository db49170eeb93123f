package date

import (
	"context"
	"strconv"
	"time"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/date/moment"
)

func nowCard() *flow.Card {
	shape := flow.NewShape([]string{"date", "iso", "full", "minute", "hour", "time", "day", "month", "year", "second", "millisecond"})
	return &flow.Card{
		Key: "date.now", Aliases: []string{"kernel:date:now"}, Title: "Now", Category: category, Since: since,
		Doc: "Gives the current instant in many forms, all of them in UTC.",
		Out: always(
			dateOut("date", "The instant itself."),
			textOut("iso", "ISO 8601 without a fraction of a second and with the offset +00:00."),
			textOut("full", `A form for people, such as "September 7, 2016 16:55:25.670".`),
			numberOut("minute", "The minute, 0 to 59."),
			numberOut("hour", "The hour, 0 to 23."),
			textOut("time", `The time of day, such as "16:55:25.670".`),
			numberOut("day", "The day of the month, 1 to 31."),
			textOut("month", `The month as text, "1" to "12".`),
			numberOut("year", "The year."),
			numberOut("second", "The second, 0 to 59."),
			numberOut("millisecond", "The millisecond, 0 to 999."),
		),
		Effect: flow.Reads,
		Cost:   flow.Cost{Base: 6000},
		Notes: []flow.Note{{
			Topic: "Now: form of month", Vendor: "The vendor's documents show the number of the month; exports declare it as text.",
			Choice: "The number as text without a leading zero.", Why: "It fits both.",
		}},
		Examples: []flow.Example{
			{In: `{}`, Out: `{"date":"2016-09-07T16:55:25.670Z","iso":"2016-09-07T16:55:25+00:00","full":"September 7, 2016 16:55:25.670","minute":55,"hour":16,
				"time":"16:55:25.670","day":7,"month":"9","year":2016,"second":25,"millisecond":670}`, Note: "with a clock that stands at that instant"},
			{In: `{}`, Out: `{"date":"~\\d{4}-\\d\\d-\\d\\dT","iso":"~\\+00:00$","full":"~^[A-Z][a-z]+ \\d+, \\d{4} ","minute":55,"hour":16,
				"time":"~^\\d\\d:\\d\\d:\\d\\d\\.\\d{3}$","day":7,"month":"~^\\d+$","year":2016,"second":25,"millisecond":670}`, Note: "the forms of the texts"},
			{In: `{"zone":"UTC"}`, Err: flow.CodeCardInput, Note: "it has no inputs"},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			t := c.Env.Now().UTC().Truncate(time.Millisecond)
			number := func(n int) flow.Value { return flow.Number(float64(n)) }
			return flow.NewObject(shape, []flow.Value{
				flow.DateOf(t),
				flow.Text(moment.Format(t, "YYYY-MM-DDTHH:mm:ssZ", "")),
				flow.Text(moment.Format(t, "MMMM D, YYYY HH:mm:ss.SSS", "")),
				number(t.Minute()), number(t.Hour()),
				flow.Text(moment.Format(t, "HH:mm:ss.SSS", "")),
				number(t.Day()), flow.Text(strconv.Itoa(int(t.Month()))), number(t.Year()),
				number(t.Second()), number(t.Nanosecond() / 1e6),
			}), nil
		},
	}
}
