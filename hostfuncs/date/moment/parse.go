package moment

import (
	"math"
	"strings"
	"time"
)

// Parse reads a date from text by a layout of moment.js tokens, as moment.utc
// does without its strict mode: what a token wants is looked for in the rest of
// the text, whatever stands before it is skipped, and tokens that find nothing
// are ignored. An offset in the text is applied; without one the text is UTC.
// Parts that are not given are the lowest possible. An empty layout leaves the
// form to ParseText. Errors: ErrNotADate,
// ErrNeedsToday.
func Parse(s, layout string) (time.Time, error) {
	if layout == "" {
		return ParseText(s)
	}
	p := parts{empty: true}
	for _, it := range items(layout) {
		var start, end int
		if it.tok != nil && it.tok.find != nil {
			start, end = it.tok.find(s)
		} else {
			start, end = literal(s, it.sought())
		}
		if start < 0 {
			continue
		}
		found := s[start:end]
		s = s[end:]
		if it.tok == nil || it.tok.write == nil {
			continue
		}
		p.empty = false
		if it.tok.set != nil {
			it.tok.set(&p, found)
		}
	}
	return p.time()
}

func literal(s, sought string) (int, int) {
	if sought == "" {
		return -1, -1
	}
	i := strings.Index(s, sought)
	return i, i + len(sought)
}

// The fields of a date, in falling size.
const (
	fieldYear  = iota
	fieldMonth // from 0
	fieldDay
	fieldHour
	fieldMinute
	fieldSecond
	fieldMillis
	fields
)

// The parts of a date that is given by weeks.
const (
	weekDay       = iota // d: weekday from 0 = Sunday
	weekLocalDay         // e
	weekISODay           // E
	weekLocal            // w
	weekISO              // W
	weekLocalYear        // gg
	weekISOYear          // GG
	weekParts
)

// given is a number that may be absent.
type given struct {
	n  int
	ok bool
}

func is(n int) given { return given{n, true} }

// or returns g, or other where g is absent.
func (g given) or(other given) given {
	if g.ok {
		return g
	}
	return other
}

// parts is what a text said, before it is put together.
type parts struct {
	field    [fields]given
	week     [weekParts]given
	yday     given
	offset   given // minutes east of UTC
	instant  *float64
	meridiem byte // 'a', 'p' or 0
	era      int  // 1, -1, or 0 where none is named
	empty    bool // no token found anything
	wrong    bool // a name was found that is none
}

// time puts the parts together.
func (p *parts) time() (time.Time, error) {
	if p.empty || p.wrong || p.meridiem != 0 && !p.anyField() {
		return time.Time{}, ErrNotADate
	}
	p.applyMeridiem()
	p.applyEra()
	if p.instant != nil {
		if p.overflows() {
			return time.Time{}, ErrNotADate
		}
		t, err := instant(*p.instant)
		if err != nil {
			return time.Time{}, ErrNotADate
		}
		return t, nil
	}
	if err := p.applyWeeks(); err != nil {
		return time.Time{}, err
	}
	year := p.field[fieldYear]
	if !year.ok {
		return time.Time{}, ErrNeedsToday
	}
	if p.yday.ok {
		if p.yday.n < 1 || p.yday.n > daysInYear(year.n) {
			return time.Time{}, ErrNotADate
		}
		first := time.Date(year.n, 1, p.yday.n, 0, 0, 0, 0, time.UTC)
		p.field[fieldMonth], p.field[fieldDay] = is(int(first.Month())-1), is(first.Day())
	}
	if !p.field[fieldDay].ok {
		p.field[fieldDay] = is(1)
	}
	for i := range p.field {
		p.field[i].ok = true
	}
	if p.overflows() {
		return time.Time{}, ErrNotADate
	}
	f := p.field
	if d := p.week[weekDay]; d.ok && d.n != weekdayOf(f[fieldYear].n, f[fieldMonth].n, f[fieldDay].n) {
		return time.Time{}, ErrNotADate
	}
	// Hour 24, which only 24:00:00.000 has, normalises to the next day.
	t := time.Date(f[fieldYear].n, time.Month(f[fieldMonth].n+1), f[fieldDay].n, f[fieldHour].n,
		f[fieldMinute].n-p.offset.n, f[fieldSecond].n, f[fieldMillis].n*1e6, time.UTC)
	if _, err := instant(float64(t.UnixMilli())); err != nil {
		return time.Time{}, ErrNotADate
	}
	return t, nil
}

func (p *parts) anyField() bool {
	for _, f := range p.field {
		if f.ok {
			return true
		}
	}
	return false
}

func (p *parts) applyMeridiem() {
	h := &p.field[fieldHour]
	switch {
	case !h.ok:
	case p.meridiem == 'p' && h.n < 12:
		h.n += 12
	case p.meridiem == 'a' && h.n == 12:
		h.n = 0
	}
}

// applyEra turns years of an era into years; an era alone is its first year.
func (p *parts) applyEra() {
	y := p.field[fieldYear].or(is(1))
	switch p.era {
	case 1:
		p.field[fieldYear] = y
	case -1:
		p.field[fieldYear] = is(1 - y.n)
	}
}

// applyWeeks turns a date by weeks into a day of the year, where no month and
// day are given.
func (p *parts) applyWeeks() error {
	if p.week == ([weekParts]given{}) || p.field[fieldMonth].ok || p.field[fieldDay].ok {
		return nil
	}
	var (
		rule              weeks
		year, week, day   given
		lowest, dayOffset int
	)
	if w := p.week; w[weekISOYear].ok || w[weekISO].ok || w[weekISODay].ok {
		rule, lowest = isoWeeks, 1
		year, week, day = w[weekISOYear], w[weekISO].or(is(1)), w[weekISODay].or(is(1))
	} else {
		rule = localWeeks
		year, week, day = w[weekLocalYear], w[weekLocal], w[weekDay].or(w[weekLocalDay]).or(is(0))
	}
	year = year.or(p.field[fieldYear])
	if !year.ok || !week.ok {
		return ErrNeedsToday
	}
	if week.n < 1 || week.n > rule.count(year.n) || day.n < lowest || day.n > lowest+6 {
		return ErrNotADate
	}
	yday := rule.dayOf(year.n, week.n, day.n)
	switch n := daysInYear(year.n); {
	case yday < 1:
		dayOffset = daysInYear(year.n - 1)
		year.n--
	case yday > n:
		dayOffset = -n
		year.n++
	}
	p.field[fieldYear], p.yday = year, is(yday+dayOffset)
	return nil
}

// overflows reports whether a field is beyond its range.
func (p *parts) overflows() bool {
	f := p.field
	out := func(i, lo, hi int) bool { return f[i].ok && (f[i].n < lo || f[i].n > hi) }
	if out(fieldMonth, 0, 11) || out(fieldHour, 0, 24) || out(fieldMinute, 0, 59) || out(fieldSecond, 0, 59) || out(fieldMillis, 0, 999) {
		return true
	}
	if f[fieldHour].n == 24 && (f[fieldMinute].n != 0 || f[fieldSecond].n != 0 || f[fieldMillis].n != 0) {
		return true
	}
	last := math.MaxInt
	if f[fieldYear].ok && f[fieldMonth].ok {
		last = daysInMonth(f[fieldYear].n, f[fieldMonth].n)
	}
	return out(fieldDay, 1, last)
}
