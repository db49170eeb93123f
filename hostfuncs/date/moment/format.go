package moment

import (
	"strconv"
	"time"
)

// MaxGrowth is the most bytes that one byte of a layout becomes: "x" at the
// earliest date has 17 digits and a sign.
const MaxGrowth = 18

// Format prints t in the zone of an IANA name by a layout of moment.js tokens.
// An empty or unknown zone is UTC. An empty layout stands for
// "YYYY-MM-DDTHH:mm:ssZ", with a plain Z in UTC.
func Format(t time.Time, layout, place string) string {
	loc, named := zone(place)
	w := wall{t.In(loc), named}
	if layout == "" {
		layout = "YYYY-MM-DDTHH:mm:ssZ"
		if _, offset := w.Zone(); offset == 0 {
			layout = "YYYY-MM-DDTHH:mm:ss[Z]"
		}
	}
	out := make([]byte, 0, 2*len(layout))
	for _, it := range items(layout) {
		if it.tok != nil && it.tok.write != nil {
			out = it.tok.write(out, w)
		} else {
			out = append(out, it.shown()...)
		}
	}
	return string(out)
}

// writer appends one token's value.
type writer func(dst []byte, w wall) []byte

// padded writes a number with at least width digits.
func padded(width int, value func(w wall) int) writer {
	return func(dst []byte, w wall) []byte { return appendPadded(dst, value(w), width) }
}

func appendPadded(dst []byte, n, width int) []byte {
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	digits := strconv.Itoa(n)
	for range width - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// ordinal writes a number with its English suffix.
func ordinal(value func(w wall) int) writer {
	return func(dst []byte, w wall) []byte {
		n := value(w)
		suffix := "th"
		if n%100/10 != 1 {
			switch n % 10 {
			case 1:
				suffix = "st"
			case 2:
				suffix = "nd"
			case 3:
				suffix = "rd"
			}
		}
		return append(strconv.AppendInt(dst, int64(n), 10), suffix...)
	}
}

func text(value func(w wall) string) writer {
	return func(dst []byte, w wall) []byte { return append(dst, value(w)...) }
}

// year is the writer of Y: four digits, and a sign from 10000 on.
func year(dst []byte, w wall) []byte {
	if w.Year() > 9999 {
		dst = append(dst, '+')
	}
	return appendPadded(dst, w.Year(), 4)
}

// signedYear is the writer of YYYYYY.
func signedYear(dst []byte, w wall) []byte {
	if w.Year() >= 0 {
		dst = append(dst, '+')
	}
	return appendPadded(dst, w.Year(), 6)
}

// eraYear counts years of the era: 1 BC is the year 0.
func eraYear(w wall) int {
	if w.Year() < 1 {
		return 1 - w.Year()
	}
	return w.Year()
}

func eraName(before, since string) writer {
	return text(func(w wall) string {
		if w.Year() < 1 {
			return before
		}
		return since
	})
}

func isoYear(w wall) int   { y, _ := isoWeeks.of(w.Year(), w.YearDay()); return y }
func isoWeek(w wall) int   { _, n := isoWeeks.of(w.Year(), w.YearDay()); return n }
func localYear(w wall) int { y, _ := localWeeks.of(w.Year(), w.YearDay()); return y }
func localWeek(w wall) int { _, n := localWeeks.of(w.Year(), w.YearDay()); return n }

func weekday(w wall) int { return int(w.Weekday()) }

func isoWeekday(w wall) int { return (weekday(w)+6)%7 + 1 }

func hour12(w wall) int { return (w.Hour()+11)%12 + 1 }

func hour24(w wall) int { return (w.Hour()+23)%24 + 1 }

func millis(w wall) int { return w.Nanosecond() / 1e6 }

func meridiem(am, pm string) writer {
	return text(func(w wall) string {
		if w.Hour() < 12 {
			return am
		}
		return pm
	})
}

// offset is the writer of Z and ZZ: hours and whole minutes.
func offset(separator string) writer {
	return func(dst []byte, w wall) []byte {
		_, seconds := w.Zone()
		sign := byte('+')
		if seconds < 0 {
			sign, seconds = '-', -seconds
		}
		dst = appendPadded(append(dst, sign), seconds/3600, 2)
		return appendPadded(append(dst, separator...), seconds/60%60, 2)
	}
}

// zoneName is the writer of z and zz: the abbreviation of a named zone.
func zoneName(utc string) writer {
	return text(func(w wall) string {
		if !w.named {
			return utc
		}
		abbr, _ := w.Zone()
		return abbr
	})
}
