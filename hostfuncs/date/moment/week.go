package moment

// weeks is a rule for numbering weeks: first is the weekday that begins a week,
// and day is the day of January that week 1 always holds.
type weeks struct{ first, day int }

var (
	isoWeeks   = weeks{first: 1, day: 4} // ISO 8601
	localWeeks = weeks{first: 0, day: 1} // English locale
)

// start returns the day on which week 1 of year begins, counted from 0 = 1
// January; it is never later than the rule's day.
func (w weeks) start(year int) int {
	back := (7 + weekdayOf(year, 0, w.day) - w.first) % 7
	return w.day - 1 - back
}

// count returns how many weeks year has.
func (w weeks) count(year int) int {
	return (daysInYear(year) - w.start(year) + w.start(year+1)) / 7
}

// of returns the week year and week of the yday-th day of year, from 1.
func (w weeks) of(year, yday int) (int, int) {
	switch d := yday - 1 - w.start(year); {
	case d < 0:
		return year - 1, w.count(year - 1)
	case d/7 >= w.count(year):
		return year + 1, 1
	default:
		return year, d/7 + 1
	}
}

// dayOf returns the day of the year, from 1, of a weekday (0 = Sunday) in a
// week. It may be below 1 or beyond the year's end.
func (w weeks) dayOf(year, week, weekday int) int {
	return 1 + w.start(year) + 7*(week-1) + (7+weekday-w.first)%7
}
