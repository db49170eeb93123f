// Package date holds the Date & Time cards. Dates are instants; everything that
// has to do with calendars is done in UTC, except formatting in a named zone
// (spec: functions-scalar 0.5, 4).
package date

import (
	"errors"
	"math"
	"time"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/date/moment"
)

const (
	category = "Date & Time"
	since    = "0.1"
)

// Cards returns the Date & Time cards in catalogue order.
func Cards() []*flow.Card {
	return []*flow.Card{
		addCard(), convertCard(), formatCard(), diffCard(), epochCard(), isoCard(), nowCard(), subtractCard(), parseCard(), unixCard(),
	}
}

// startPort is the date that most cards work on.
func startPort(label, doc string) flow.Port {
	return flow.Port{Key: "start", Label: label, Doc: doc, Type: flow.DateType, Required: true}
}

func textOut(key, doc string) flow.Port {
	return flow.Port{Key: key, Label: key, Doc: doc, Type: flow.TextType}
}

func numberOut(key, doc string) flow.Port {
	return flow.Port{Key: key, Label: key, Doc: doc, Type: flow.NumberType}
}

func dateOut(key, doc string) flow.Port {
	return flow.Port{Key: key, Label: key, Doc: doc, Type: flow.DateType}
}

// always marks outputs that are never null.
func always(ports ...flow.Port) []flow.Port {
	for i := range ports {
		ports[i].Always = true
	}
	return ports
}

// dateAt returns the i-th input as a time in UTC. No date is input.invalid, one
// that ECMAScript does not know is number.range.
func dateAt(c *flow.Call, i int) (time.Time, error) {
	v := c.Value(i)
	if v.IsNull() {
		return time.Time{}, c.Invalid(i, "is not a date: it is empty")
	}
	if !(math.Abs(v.Millis()) <= moment.MaxMillis) {
		return time.Time{}, rangeError()
	}
	return v.Time(), nil
}

func rangeError() error {
	return flow.Errorf(flow.CodeNumberRange, "the date is beyond the years -271821 to 275760")
}

// parseError words an error of package moment about the i-th input.
func parseError(c *flow.Call, i int, err error) error {
	if errors.Is(err, moment.ErrNeedsToday) {
		return c.Invalid(i, "gives no complete date with this pattern: year, or week, is missing from %s", flow.Excerpt(c.Text(i)))
	}
	return c.Invalid(i, "is not a date: %s", flow.Excerpt(c.Text(i)))
}
