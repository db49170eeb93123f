package moment

import (
	"math"
	"time"
)

// Unit is a unit of time that Add understands.
type Unit string

// The units, as the cards write them.
const (
	Milliseconds Unit = "milliseconds"
	Seconds      Unit = "seconds"
	Minutes      Unit = "minutes"
	Hours        Unit = "hours"
	Days         Unit = "days"
	Weeks        Unit = "weeks"
	Months       Unit = "months"
	Years        Unit = "years"
)

// Units returns all units, from the smallest.
func Units() []Unit {
	return []Unit{Milliseconds, Seconds, Minutes, Hours, Days, Weeks, Months, Years}
}

// Add moves t by an amount of units, in UTC. Months and years keep the day of
// the month where the target month has it and take its last day otherwise.
// Fractions of a millisecond, a day and a month do not exist: weeks are made
// days and years are made months, and then rounded half away from zero;
// smaller units are exact to the millisecond. A result beyond the range of
// dates, or an amount that is no number, is ErrRange.
func Add(t time.Time, amount float64, unit Unit) (time.Time, error) {
	t = t.UTC()
	ms := float64(t.UnixMilli())
	switch unit {
	case Seconds:
		return instant(math.Trunc(ms + amount*msSecond))
	case Minutes:
		return instant(math.Trunc(ms + amount*msMinute))
	case Hours:
		return instant(math.Trunc(ms + amount*1000*60*60))
	case Weeks:
		return instant(ms + math.Round(amount*7)*msDay)
	case Days:
		return instant(ms + math.Round(amount)*msDay)
	case Years:
		return addMonths(t, math.Round(amount*12))
	case Months:
		return addMonths(t, math.Round(amount))
	}
	return instant(math.Trunc(ms + amount))
}

func addMonths(t time.Time, months float64) (time.Time, error) {
	// Twice the months between the first and the last date.
	const bound = 2 * 12 * 275_760 * 2
	if !(math.Abs(months) <= bound) {
		return time.Time{}, ErrRange
	}
	year, month := t.Year(), int(t.Month())-1+int(months)
	day := min(t.Day(), daysInMonth(year, month))
	moved := time.Date(year, time.Month(month+1), day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	return instant(float64(moved.UnixMilli()))
}

// MonthsBetween returns the months from b to a as a fraction: whole months, and
// the remainder as a share of the month in which it falls. It is negative when
// a is before b.
func MonthsBetween(a, b time.Time) float64 {
	a, b = a.UTC(), b.UTC()
	if a.Day() < b.Day() { // counting from the later day never has to clamp twice
		return 0 - MonthsBetween(b, a)
	}
	whole := (b.Year()-a.Year())*12 + int(b.Month()) - int(a.Month())
	anchor := shift(a, whole)
	rest := float64(b.UnixMilli() - anchor)
	length := float64(shift(a, whole+1) - anchor)
	if rest < 0 {
		length = float64(anchor - shift(a, whole-1))
	}
	return 0 - (float64(whole) + rest/length)
}

// shift returns the milliseconds of t moved by whole months, without a range.
func shift(t time.Time, months int) int64 {
	year, month := t.Year(), int(t.Month())-1+months
	day := min(t.Day(), daysInMonth(year, month))
	return time.Date(year, time.Month(month+1), day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC).UnixMilli()
}
