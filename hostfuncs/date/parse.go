package date

import (
	"context"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/date/moment"
)

func parseCard() *flow.Card {
	return &flow.Card{
		Key: "date.parse", Aliases: []string{"kernel:date:parse"}, Title: "Text to Date", Category: category, Since: since,
		Doc: "Reads a date from a text by a pattern. " + tokensDoc + " Reading is lenient: separators may differ and text between the parts is skipped. " +
			"Without an offset in the text it is read as UTC; parts that the pattern leaves out are the lowest possible, but the year must be there. " +
			"Without a pattern the text must be in ISO 8601 or RFC 2822 form.",
		In: []flow.Port{
			{Key: "start", Label: "start", Doc: "The text to read.", Type: flow.TextType, Required: true},
			{Key: "format", Label: "format", Doc: "The pattern of the text, with X for seconds and x for milliseconds since 1970.", Type: flow.TextType},
		},
		Out:    []flow.Port{dateOut("output", "The date.")},
		Cost:   flow.Cost{Base: 4000, PerByte: 40},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeInputInvalid},
		Notes: []flow.Note{
			{Topic: "Text to Date: text that leaves out the year", Vendor: "The vendor's documents are silent; moment.js takes the missing parts from the clock.",
				Choice: "input.invalid.", Why: "The card gives the same result for the same text on every day; combine the text with the outputs of Now instead."},
			{Topic: "Text to Date: text in no known form", Vendor: "The vendor's documents are silent; moment.js lets the JavaScript engine guess.",
				Choice: "input.invalid.", Why: "The guesses differ between engines and read nonsense as dates."},
		},
		Examples: []flow.Example{
			{In: `{"start":"1/2/2016","format":"D/M/Y"}`, Out: `{"output":"2016-02-01T00:00:00.000Z"}`},
			{In: `{"start":"1493053116","format":"X"}`, Out: `{"output":"2017-04-24T16:58:36.000Z"}`},
			{In: `{"start":"September 7th, 2016 at 6:55 pm +02:00","format":"MMMM Do, YYYY h:mm a Z"}`, Out: `{"output":"2016-09-07T16:55:00.000Z"}`},
			{In: `{"start":"2016-W36-3"}`, Out: `{"output":"2016-09-07T00:00:00.000Z"}`},
			{In: `{"start":"31/2/2016","format":"D/M/Y"}`, Err: flow.CodeInputInvalid},
			{In: `{"start":"16:55","format":"HH:mm"}`, Err: flow.CodeInputInvalid, Note: "no year"},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			if err := short(c, 0, maxText); err != nil {
				return flow.Value{}, err
			}
			if err := short(c, 1, maxReading); err != nil {
				return flow.Value{}, err
			}
			// Every token may have to search the whole text (measured: up to 23 ns
			// for a byte of each). Base covers dates of ordinary length.
			const covered, each = 4096, 25
			if n := int64(len(c.Text(0))) * int64(len(c.Text(1))); n > covered {
				if err := c.Spend(n * each); err != nil {
					return flow.Value{}, err
				}
			}
			t, err := moment.Parse(c.Text(0), c.Text(1))
			if err != nil {
				return flow.Value{}, parseError(c, 0, err)
			}
			return flow.DateOf(t), nil
		},
	}
}
