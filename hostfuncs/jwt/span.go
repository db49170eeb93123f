package jwt

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
)

// spanPattern is a number and a unit, as the ms library for Node reads them.
var spanPattern = regexp.MustCompile(`(?i)^(-?\d*\.?\d+) *([a-z]*)$`)

// spanUnits are the units of a span in milliseconds, by all their names.
var spanUnits = map[string]float64{
	"": 1, "ms": 1, "msec": 1, "msecs": 1, "millisecond": 1, "milliseconds": 1,
	"s": 1e3, "sec": 1e3, "secs": 1e3, "second": 1e3, "seconds": 1e3,
	"m": 6e4, "min": 6e4, "mins": 6e4, "minute": 6e4, "minutes": 6e4,
	"h": 36e5, "hr": 36e5, "hrs": 36e5, "hour": 36e5, "hours": 36e5,
	"d": 864e5, "day": 864e5, "days": 864e5,
	"w": 6048e5, "week": 6048e5, "weeks": 6048e5,
	"y": 315576e5, "yr": 315576e5, "yrs": 315576e5, "year": 315576e5, "years": 315576e5,
}

// after returns the time in seconds that lies a span behind start. The i-th
// input holds the span: a whole number of seconds, or a text such as "10
// minutes"; given is false where it holds nothing.
func after(c *flow.Call, i int, start float64) (at float64, given bool, err error) {
	v := c.Value(i)
	switch v.Kind() {
	case flow.KindNull:
		return 0, false, nil
	case flow.KindNumber:
		if v.Number() == math.Trunc(v.Number()) && !math.IsInf(v.Number(), 0) {
			return start + v.Number(), true, nil
		}
	case flow.KindText:
		s := v.Text()
		if s == "" {
			return 0, false, nil
		}
		if len(s) > 100 {
			break
		}
		m := spanPattern.FindStringSubmatch(s)
		if m == nil {
			break
		}
		unit, known := spanUnits[strings.ToLower(m[2])]
		n, err := strconv.ParseFloat(m[1], 64)
		if known && err == nil {
			return math.Floor(start + n*unit/1000), true, nil
		}
	}
	return 0, false, c.Invalid(i, `should be a whole number of seconds or a span of time such as "1d" or "20h", not %s`, flow.Excerpt(v.String()))
}
