package moment

import (
	"math"
	"strconv"
	"strings"
)

// setter takes over the text that a token found.
type setter func(p *parts, s string)

// toInt reads an optional sign and digits, as far as they go. Numbers beyond
// 10^9 stay there: no field of a date is valid that high.
func toInt(s string) int {
	const most = 1_000_000_000
	n, i := 0, 0
	negative := s != "" && s[0] == '-'
	if s != "" && (s[0] == '-' || s[0] == '+') {
		i = 1
	}
	for ; i < len(s) && isDigit(s[i]); i++ {
		n = min(10*n+int(s[i]-'0'), most)
	}
	if negative {
		return -n
	}
	return n
}

func setInt(field int) setter {
	return func(p *parts, s string) { p.field[field] = is(toInt(s)) }
}

func setWeek(part int) setter {
	return func(p *parts, s string) { p.week[part] = is(toInt(s)) }
}

// shortYear puts two digits into the years 1969 to 2068.
func shortYear(s string) int {
	if n := toInt(s); n > 68 {
		return 1900 + n
	} else {
		return 2000 + n
	}
}

func setShortYear(p *parts, s string) { p.field[fieldYear] = is(shortYear(s)) }

func setShortWeekYear(part int) setter {
	return func(p *parts, s string) { p.week[part] = is(shortYear(s)) }
}

func setYear(p *parts, s string) {
	if len(s) == 2 {
		setShortYear(p, s)
		return
	}
	p.field[fieldYear] = is(toInt(s))
}

func setQuarter(p *parts, s string) { p.field[fieldMonth] = is((toInt(s) - 1) * 3) }

func setMonth(p *parts, s string) { p.field[fieldMonth] = is(toInt(s) - 1) }

func setDayOfYear(p *parts, s string) { p.yday = is(toInt(s)) }

// named returns the place of the name that begins like s, or -1. Names are
// given by their shortest forms, in lower case, n characters each.
func named(s, names string, n int) int {
	if len(s) < n {
		return -1
	}
	i := strings.Index(names, strings.ToLower(s[:n]))
	if i%n != 0 {
		return -1
	}
	return i / n
}

func setMonthName(p *parts, s string) {
	if i := named(s, "janfebmaraprmayjunjulaugsepoctnovdec", 3); i >= 0 {
		p.field[fieldMonth] = is(i)
		return
	}
	p.wrong = true
}

func setDayName(p *parts, s string) {
	if i := named(s, "sumotuwethfrsa", 2); i >= 0 {
		p.week[weekDay] = is(i)
		return
	}
	p.wrong = true
}

// setHour24 reads hours from 1 to 24.
func setHour24(p *parts, s string) {
	h := toInt(s)
	if h == 24 {
		h = 0
	}
	p.field[fieldHour] = is(h)
}

// setClock reads hours and n parts of two digits each.
func setClock(n int) setter {
	return func(p *parts, s string) {
		for i := range n {
			at := len(s) - 2*(n-i)
			p.field[fieldMinute+i] = is(toInt(s[at : at+2]))
		}
		p.field[fieldHour] = is(toInt(s[:len(s)-2*n]))
	}
}

func setMeridiem(p *parts, s string) { p.meridiem = s[0] | 0x20 }

func setEra(p *parts, s string) {
	p.era = 1
	if s[0]|0x20 == 'b' {
		p.era = -1
	}
}

// setFraction reads digits behind the decimal point and drops what is less than
// a millisecond. The product is rounded as ECMAScript rounds it.
func setFraction(p *parts, s string) {
	f, err := strconv.ParseFloat("0."+s, 64)
	if err != nil {
		p.wrong = true
		return
	}
	p.field[fieldMillis] = is(int(f * 1000))
}

// setOffset reads Z, +hh, +hhmm or +hh:mm.
func setOffset(p *parts, s string) {
	if len(s) < 3 {
		p.offset = is(0)
		return
	}
	minutes := toInt(s[1:3])*60 + toInt(strings.TrimPrefix(s[3:], ":"))
	if s[0] == '-' {
		minutes = -minutes
	}
	p.offset = is(minutes)
}

func setSeconds(p *parts, s string) { setInstant(p, s, 1000) }

func setMillis(p *parts, s string) { setInstant(p, s, 1) }

func setInstant(p *parts, s string, scale float64) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		f = math.Inf(1) // a number beyond a double: out of range, like the number itself
	}
	f = math.Trunc(f * scale)
	p.instant = &f
}
