package flow

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// maxDate is the largest time value of ECMAScript: 8.64e15 ms, the year 275760.
const maxDate = 8.64e15

// isoMillis is how dates travel (spec: functions-scalar 0.5).
const isoMillis = "2006-01-02T15:04:05.000Z"

// FormatDate prints a date as ISO 8601 in UTC with milliseconds. Years before 0
// and after 9999 have a sign and six digits (ECMA-262, "Expanded Years").
func FormatDate(v Value) string {
	t := v.Time()
	if y := t.Year(); y < 0 || y > 9999 {
		return fmt.Sprintf("%+07d", y) + t.Format(isoMillis[len("2006"):])
	}
	return t.Format(isoMillis)
}

// ParseDate reads ISO 8601 text: a date, or a date and a time with optional
// seconds, fraction and offset. A missing offset is UTC; 24:00 is the end of the
// day; years of six digits have a sign. What FormatDate prints is read as the
// same date.
func ParseDate(s string) (Value, bool) {
	s = strings.TrimSpace(s)
	if len(s) < 4 || len(s) > 40 {
		return Value{}, false
	}
	shift := 0
	if s[0] == '+' || s[0] == '-' {
		// The calendar repeats itself every 400 years, so such a year is read as
		// one of four digits and moved.
		const sign, digits = 1, 6
		y, err := strconv.Atoi(s[:min(sign+digits, len(s))])
		if err != nil || len(s) <= sign+digits || s[sign+digits] != '-' || y == 0 && s[0] == '-' {
			return Value{}, false
		}
		year := 2000 + (y%400+400)%400
		shift = y - year
		s = strconv.Itoa(year) + s[sign+digits:]
	}
	t, ok := parseTime(s)
	if !ok {
		return Value{}, false
	}
	if shift != 0 {
		t = t.AddDate(shift, 0, 0)
	}
	v := DateOf(t)
	return v, math.Abs(v.num) <= maxDate
}

// dateLayouts are the forms of a date, with T before the time. A fraction is
// read behind seconds without being named.
var dateLayouts = [...]string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02", "2006-01-02T15:04Z07:00", "2006-01-02T15:04",
	"2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02T15:04Z0700", "2006-01-02T15:04Z07",
	"2006-01", "20060102T150405Z0700", "20060102",
}

func parseTime(s string) (time.Time, bool) {
	const dateLen = len("2006-01-02")
	endOfDay := false
	if len(s) > dateLen && (s[dateLen] == ' ' || s[dateLen] == 'T') {
		clock := s[dateLen+1:]
		if endOfDay = strings.HasPrefix(clock, "24:00"); endOfDay {
			clock = "00" + clock[2:]
		}
		s = s[:dateLen] + "T" + clock
	}
	for _, layout := range dateLayouts {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		if endOfDay {
			if t.Second() != 0 || t.Nanosecond() != 0 {
				return t, false
			}
			t = t.AddDate(0, 0, 1)
		}
		return t, true
	}
	return time.Time{}, false
}
