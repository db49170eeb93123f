package moment

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// isoForm is one form of ISO 8601 dates, and whether a time may follow.
type isoForm struct {
	pattern *regexp.Regexp
	layout  string
	timed   bool
}

func isoForms(rows ...[2]string) []isoForm {
	out := make([]isoForm, len(rows))
	for i, r := range rows {
		// Dates without a day cannot have a time.
		timed := strings.HasSuffix(r[1], "D") || strings.HasSuffix(r[1], "E")
		out[i] = isoForm{regexp.MustCompile("^" + r[0] + "$"), r[1], timed}
	}
	return out
}

var (
	isoExtended = isoForms(
		[2]string{`[+-]\d{6}-\d\d-\d\d`, "YYYYYY-MM-DD"},
		[2]string{`\d{4}-\d\d-\d\d`, "YYYY-MM-DD"},
		[2]string{`\d{4}-W\d\d-\d`, "GGGG-[W]WW-E"},
		[2]string{`\d{4}-W\d\d`, "GGGG-[W]WW"},
		[2]string{`\d{4}-\d{3}`, "YYYY-DDD"},
		[2]string{`\d{4}-\d\d`, "YYYY-MM"},
	)
	isoBasic = isoForms(
		[2]string{`[+-]\d{10}`, "YYYYYYMMDD"},
		[2]string{`\d{8}`, "YYYYMMDD"},
		[2]string{`\d{4}W\d{3}`, "GGGG[W]WWE"},
		[2]string{`\d{4}W\d\d`, "GGGG[W]WW"},
		[2]string{`\d{7}`, "YYYYDDD"},
		[2]string{`\d{6}`, "YYYYMM"},
		[2]string{`\d{4}`, "YYYY"},
	)
	isoExtendedTime = regexp.MustCompile(`^\d\d(?:(:\d\d)(?:(:\d\d)([.,]\d+)?)?)?([+-]\d\d(?::?\d\d)?|\s*Z)?$`)
	isoBasicTime    = regexp.MustCompile(`^\d\d(?:(\d\d)(?:(\d\d)([.,]\d+)?)?)?([+-]\d\d(?::?\d\d)?|\s*Z)?$`)

	// "/Date(1473206485670)/", how ASP.NET writes dates in JSON.
	aspNet = regexp.MustCompile(`(?i)^/?Date\((-?\d+)`)
	// RFC 2822, section 3.3, with the obsolete zones of section 4.3.
	rfc2822 = regexp.MustCompile(`^(?:(Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s)?(\d{1,2})\s(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s(\d{2,4})\s` +
		`(\d\d):(\d\d)(?::(\d\d))?\s(UT|GMT|[ECMP][SD]T|[Zz]|[+-]\d{4})$`)
	rfc2822Space = regexp.MustCompile(`\([^()]*\)|\s+`)
)

// obsoleteZones are the zones of RFC 2822 section 4.3, in hours.
var obsoleteZones = map[string]int{
	"UT": 0, "GMT": 0, "Z": 0, "z": 0, "EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8,
}

// maxText is the longest text that ParseText looks at, in bytes: dates have some
// forty, comments of RFC 2822 aside.
const maxText = 4 << 10

// ParseText reads a date whose form the text itself shows: ISO 8601 (calendar,
// week and ordinal dates, basic and extended), RFC 2822, and the form of
// ASP.NET. A missing offset is UTC. Everything else, for which moment.js falls
// back to the guesses of the JavaScript engine, is ErrNotADate.
func ParseText(s string) (time.Time, error) {
	s = strings.TrimSpace(s)
	if len(s) > maxText {
		return time.Time{}, ErrNotADate
	}
	if m := aspNet.FindStringSubmatch(s); m != nil {
		var p parts
		setMillis(&p, m[1])
		return p.time()
	}
	if layout := isoLayout(s); layout != "" {
		return Parse(s, layout)
	}
	return parseRFC2822(s)
}

// isoLayout returns the layout of an ISO 8601 text, or "".
func isoLayout(s string) string {
	date, clock, hasTime := strings.Cut(s, "T")
	join := "T"
	if !hasTime {
		date, clock, hasTime = strings.Cut(s, " ")
		join = " "
	}
	for i, forms := range [...][]isoForm{isoExtended, isoBasic} {
		timePattern, colon := isoExtendedTime, ":"
		if i == 1 {
			timePattern, colon = isoBasicTime, ""
		}
		for _, form := range forms {
			if !form.pattern.MatchString(date) {
				continue
			}
			if !hasTime {
				return form.layout
			}
			m := timePattern.FindStringSubmatch(clock)
			if m == nil || !form.timed {
				return ""
			}
			layout := form.layout + join + "HH"
			if m[1] != "" {
				layout += colon + "mm"
			}
			if m[2] != "" {
				layout += colon + "ss"
			}
			if m[3] != "" {
				layout += m[3][:1] + "SSSS"
			}
			if m[4] != "" {
				layout += "Z"
			}
			return layout
		}
	}
	return ""
}

func parseRFC2822(s string) (time.Time, error) {
	s = strings.TrimSpace(rfc2822Space.ReplaceAllString(s, " "))
	s = rfc2822Space.ReplaceAllString(s, " ") // a comment between two spaces
	m := rfc2822.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, ErrNotADate
	}
	var p parts
	if m[1] != "" {
		setDayName(&p, m[1])
	}
	setMonthName(&p, m[3])
	year := toInt(m[4])
	switch { // RFC 2822, section 4.3
	case year <= 49:
		year += 2000
	case year <= 999:
		year += 1900
	}
	p.field[fieldYear] = is(year)
	for field, digits := range map[int]string{fieldDay: m[2], fieldHour: m[5], fieldMinute: m[6], fieldSecond: m[7]} {
		p.field[field] = is(toInt(digits))
	}
	if hours, ok := obsoleteZones[m[8]]; ok {
		p.offset = is(hours * 60)
	} else {
		n, _ := strconv.Atoi(m[8])
		p.offset = is(n/100*60 + n%100)
	}
	return p.time()
}
