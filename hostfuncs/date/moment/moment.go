// Package moment formats and parses dates with the tokens of moment.js, in the
// English locale, and does its calendar arithmetic. It exists for the cards of
// package date: flows that were written for the vendor's designer carry
// moment.js patterns as data.
//
// The behaviour is that of moment 2.30.1 with moment-timezone 0.5.48, checked
// row by row against their output (testdata/generate.mjs), with two exceptions:
// nothing reads the clock (ErrNeedsToday), and daylight saving rules go on after
// the year 2037, where the packed zone data of moment-timezone ends.
package moment

import (
	"errors"
	"math"
	"time"
)

// MaxMillis is the largest distance of an instant from 1970 in milliseconds
// (ECMA-262, "Time Values").
const MaxMillis = 8.64e15

var (
	// ErrNotADate: the text does not describe a date by the given pattern.
	ErrNotADate = errors.New("not a date")
	// ErrNeedsToday: the text leaves out the year (or the week of a weekday), which
	// moment.js would take from the clock.
	ErrNeedsToday = errors.New("the date is incomplete without today's date")
	// ErrRange: the result is beyond the dates that ECMAScript knows.
	ErrRange = errors.New("beyond the range of dates")
)

// Milliseconds of the units.
const (
	msSecond = 1000
	msMinute = 60 * msSecond
	msHour   = 60 * msMinute
	msDay    = 24 * msHour
)

// wall is one instant as clocks of one place show it.
type wall struct {
	time.Time
	named bool // a zone was named, so that its abbreviation is known
}

func isLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func daysInYear(year int) int {
	if isLeap(year) {
		return 366
	}
	return 365
}

// daysInMonth returns the length of a month counted from 0 = January.
func daysInMonth(year, month int) int {
	return time.Date(year, time.Month(month+2), 0, 0, 0, 0, 0, time.UTC).Day()
}

func weekdayOf(year, month, day int) int {
	return int(time.Date(year, time.Month(month+1), day, 0, 0, 0, 0, time.UTC).Weekday())
}

// instant returns ms as a time, or ErrRange.
func instant(ms float64) (time.Time, error) {
	if !(math.Abs(ms) <= MaxMillis) {
		return time.Time{}, ErrRange
	}
	return time.UnixMilli(int64(ms)).UTC(), nil
}
