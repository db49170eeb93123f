package date

import (
	"context"
	"math"
	"strconv"
	"time"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/date/moment"
)

const tokensDoc = "The pattern is made of moment.js tokens: YYYY, MM, DD, HH, mm, ss and so on; text in [square brackets] stands for itself."

// Prices in fuel of each byte of a layout, and of a text whose form is to be
// found out.
const (
	fuelLayout = 250
	fuelGuess  = 120
)

// Bounds in bytes. Reading searches the text for every part of the pattern, and
// nothing interrupts it: the longest of both take 25 ms.
const (
	maxText    = 1 << 10
	maxReading = 1 << 10 // a pattern to read by
	maxPattern = 16 << 10
)

// short refuses a text that is longer than dates and their patterns are.
func short(c *flow.Call, i, limit int) error {
	if len(c.Text(i)) > limit {
		return c.Invalid(i, "is longer than %d bytes", limit)
	}
	return nil
}

// formatted prints t, after asking for the room.
func formatted(c *flow.Call, t time.Time, pattern, zone string) (string, error) {
	if len(pattern) > maxPattern {
		return "", flow.Errorf(flow.CodeInputInvalid, "a pattern may have at most %d bytes", maxPattern)
	}
	if err := c.Spend(int64(len(pattern)) * fuelLayout); err != nil {
		return "", err
	}
	if err := c.Reserve(int64(len(pattern)) * moment.MaxGrowth); err != nil {
		return "", err
	}
	return moment.Format(t, pattern, zone), nil
}

func convertCard() *flow.Card {
	shape := flow.NewShape([]string{"date", "iso", "epoch", "unix", "human", "custom"})
	return &flow.Card{
		Key: "date.fromISO", Aliases: []string{"kernel:date:fromISO"}, Title: "Convert", Category: category, Since: since,
		Doc: "Presents one date in several notations at once. " + tokensDoc,
		In: []flow.Port{
			{Key: "start", Label: "start", Doc: "The date as ISO 8601 text.", Type: flow.TextType, Required: true},
			{Key: "format", Label: "format", Doc: "The pattern of the output custom; without one it is empty.", Type: flow.TextType, Nullable: true},
			{Key: "zone", Label: "zone", Doc: "The IANA name of the zone of the output custom. Empty or unknown: UTC.", Type: flow.TextType, Nullable: true},
		},
		Out: always(
			dateOut("date", "The date itself."),
			textOut("iso", "ISO 8601 in UTC, without a fraction of a second."),
			textOut("epoch", "Whole seconds since 1970-01-01 UTC."),
			textOut("unix", "Milliseconds since 1970-01-01 UTC."),
			textOut("human", `A form for people, such as "Wed, September 7th at 12:01 AM", in UTC.`),
			textOut("custom", "The date in the given pattern and zone."),
		),
		Cost:   flow.Cost{Base: 6000, PerByte: 4},
		NoFold: true, // zone rules change between releases
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeInputInvalid, flow.CodeLimitValue},
		Notes: []flow.Note{
			{Topic: "Convert: custom without a format", Vendor: "The vendor's documents are silent.", Choice: "Empty text.", Why: "Exported flows leave the format empty and use the other outputs."},
			{Topic: "Convert: zone of human", Vendor: "The vendor's documents are silent.", Choice: "Always UTC.", Why: "The documented sample is in UTC; the zone belongs to custom."},
		},
		Examples: []flow.Example{
			{In: `{"start":"2016-09-07T00:01:25.670Z","format":"M/D/Y","zone":"US/Pacific"}`,
				Out: `{"date":"2016-09-07T00:01:25.670Z","iso":"2016-09-07T00:01:25Z","epoch":"1473206485","unix":"1473206485670","human":"Wed, September 7th at 12:01 AM","custom":"9/6/2016"}`},
			{In: `{"start":"1969-12-31T23:59:59.999Z","format":null,"zone":null}`,
				Out: `{"date":"1969-12-31T23:59:59.999Z","iso":"1969-12-31T23:59:59Z","epoch":"-1","unix":"-1","human":"Wed, December 31st at 11:59 PM","custom":""}`},
			{In: `{"start":"tomorrow"}`, Err: flow.CodeInputInvalid},
			{In: `{"start":""}`, Err: flow.CodeInputInvalid},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			if err := short(c, 0, maxText); err != nil {
				return flow.Value{}, err
			}
			if err := c.Spend(int64(len(c.Text(0))) * fuelGuess); err != nil {
				return flow.Value{}, err
			}
			t, err := moment.ParseText(c.Text(0))
			if err != nil {
				return flow.Value{}, parseError(c, 0, err)
			}
			custom := ""
			if pattern := c.Text(1); pattern != "" {
				if custom, err = formatted(c, t, pattern, c.Text(2)); err != nil {
					return flow.Value{}, err
				}
			}
			return flow.NewObject(shape, []flow.Value{
				flow.DateOf(t),
				flow.Text(moment.Format(t, "YYYY-MM-DDTHH:mm:ss[Z]", "")),
				flow.Text(strconv.FormatInt(t.Unix(), 10)),
				flow.Text(strconv.FormatInt(t.UnixMilli(), 10)),
				flow.Text(moment.Format(t, "ddd, MMMM Do [at] hh:mm A", "")),
				flow.Text(custom),
			}), nil
		},
	}
}

func formatCard() *flow.Card {
	return &flow.Card{
		Key: "date.format", Aliases: []string{"kernel:date:format"}, Title: "Date to Text", Category: category, Since: since,
		Doc: "Writes a date by a pattern in a time zone. " + tokensDoc + " Names of months and days are English.",
		In: []flow.Port{
			startPort("start", "The date to write."),
			{Key: "format", Label: "format", Doc: "The pattern. Empty: ISO 8601 without a fraction of a second.", Type: flow.TextType, Required: true},
			{Key: "zone", Label: "zone", Doc: "The IANA name of the zone, such as Europe/Berlin. Empty or unknown: UTC.", Type: flow.TextType, Required: true},
		},
		Out:    []flow.Port{textOut("output", "The date as text.")},
		Cost:   flow.Cost{Base: 600, PerByte: 4},
		NoFold: true, // zone rules change between releases
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeInputInvalid, flow.CodeNumberRange, flow.CodeLimitValue},
		Notes: []flow.Note{
			{Topic: "Date to Text: empty or unknown zone", Vendor: "The vendor's documents require a zone; exported flows leave it empty.", Choice: "UTC, without an error.", Why: "moment-timezone does so."},
			{Topic: "Date to Text: years after 2037", Vendor: "The vendor's documents are silent; moment-timezone has no changes of clocks after 2037.", Choice: "The rules of the zone go on.", Why: "A wrong hour is no feature."},
		},
		Examples: []flow.Example{
			{In: `{"start":"2016-09-07T16:55:25.670Z","format":"M/D/Y","zone":"UTC"}`, Out: `{"output":"9/7/2016"}`},
			{In: `{"start":"2016-09-07T00:01:25.670Z","format":"dddd, MMMM D, Y h:mm a z","zone":"America/Los_Angeles"}`, Out: `{"output":"Tuesday, September 6, 2016 5:01 pm PDT"}`},
			{In: `{"start":"2016-09-07T00:01:25.670Z","format":"[today is the] Do","zone":"Nowhere/Land"}`, Out: `{"output":"today is the 7th"}`},
			{In: `{"start":"","format":"YYYY","zone":"UTC"}`, Err: flow.CodeInputInvalid},
			{In: `{"start":"today","format":"YYYY","zone":"UTC"}`, Err: flow.CodeTypeConversion},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			t, err := dateAt(c, 0)
			if err != nil {
				return flow.Value{}, err
			}
			s, err := formatted(c, t, c.Text(1), c.Text(2))
			return flow.Text(s), err
		},
	}
}

// single is a card that turns a date into one value.
func single(name, title, doc string, out flow.Port, run func(t time.Time) flow.Value, examples ...flow.Example) *flow.Card {
	return &flow.Card{
		Key: "date." + name, Aliases: []string{"kernel:date:" + name}, Title: title, Category: category, Since: since, Doc: doc,
		In:       []flow.Port{startPort("start", "The date.")},
		Out:      []flow.Port{out},
		Cost:     flow.Cost{Base: 200},
		Errors:   []flow.Code{flow.CodeTypeConversion, flow.CodeInputInvalid, flow.CodeNumberRange},
		Examples: examples,
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			t, err := dateAt(c, 0)
			if err != nil {
				return flow.Value{}, err
			}
			return run(t), nil
		},
	}
}

func epochCard() *flow.Card {
	return single("epoch", "Epoch", "Gives a date as whole seconds since 1970-01-01 UTC. A fraction of a second is dropped, toward the past.",
		numberOut("output", "Seconds since 1970-01-01 UTC."),
		func(t time.Time) flow.Value { return flow.Number(math.Floor(float64(t.UnixMilli()) / 1000)) },
		flow.Example{In: `{"start":"2016-09-07T00:01:25.670Z"}`, Out: `{"output":1473206485}`},
		flow.Example{In: `{"start":"1969-12-31T23:59:59.999Z"}`, Out: `{"output":-1}`},
		flow.Example{In: `{"start":""}`, Err: flow.CodeInputInvalid},
	)
}

func isoCard() *flow.Card {
	return single("iso", "ISO", "Gives a date as ISO 8601 text, in UTC with milliseconds.",
		textOut("output", "The date as text, such as 2016-09-07T16:55:25.670Z."),
		func(t time.Time) flow.Value { return flow.Text(flow.FormatDate(flow.DateOf(t))) },
		flow.Example{In: `{"start":"2016-09-07T16:55:25.670Z"}`, Out: `{"output":"2016-09-07T16:55:25.670Z"}`},
		flow.Example{In: `{"start":"2016-09-07T18:55:25+02:00"}`, Out: `{"output":"2016-09-07T16:55:25.000Z"}`},
		flow.Example{In: `{"start":"+012000-02-29T24:00+02"}`, Out: `{"output":"+012000-02-29T22:00:00.000Z"}`, Note: "a year of six digits, and the end of a day"},
		flow.Example{In: `{"start":"7 September"}`, Err: flow.CodeTypeConversion},
	)
}

func unixCard() *flow.Card {
	return single("unix", "UNIX", "Gives a date as milliseconds since 1970-01-01 UTC.",
		numberOut("output", "Milliseconds since 1970-01-01 UTC."),
		func(t time.Time) flow.Value { return flow.Number(float64(t.UnixMilli())) },
		flow.Example{In: `{"start":"2016-09-07T00:01:25.670Z"}`, Out: `{"output":1473206485670}`},
		flow.Example{In: `{"start":"1970-01-01"}`, Out: `{"output":0}`},
		flow.Example{In: `{"start":{"year":2016}}`, Err: flow.CodeTypeConversion},
	)
}
