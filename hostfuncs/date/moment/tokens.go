package moment

import "strconv"

// token says how one token is written, what text it takes when a date is
// parsed, and what that text sets. A token without find looks for its own
// name; one without set ignores what it found; one without write is text when
// a date is formatted, yet takes input when one is parsed.
type token struct {
	write writer
	find  finder
	set   setter
}

var (
	dayOfMonth = func(w wall) int { return w.Day() }
	dayOfYear  = func(w wall) int { return w.YearDay() }
	monthOf    = func(w wall) int { return int(w.Month()) }
	yearOf     = func(w wall) int { return w.Year() }
	quarter    = func(w wall) int { return (int(w.Month()) + 2) / 3 }
	hour       = func(w wall) int { return w.Hour() }
	minute     = func(w wall) int { return w.Minute() }
	second     = func(w wall) int { return w.Second() }
)

// of100 is the last two digits of a year.
func of100(value func(w wall) int) func(w wall) int {
	return func(w wall) int { return value(w) % 100 }
}

// fraction is the fraction of a second in digits places.
func fraction(digits int) token {
	scale, div := 1, 1
	for range digits - 3 {
		scale *= 10
	}
	for range 3 - digits {
		div *= 10
	}
	t := token{padded(digits, func(w wall) int { return millis(w) * scale / div }), number(1, 3), setFraction}
	if digits > 3 {
		t.find = number(1, anyDigits)
	}
	return t
}

// clock writes hours and two digits of each further part, without separators.
func clock(hours func(w wall) int, parts ...func(w wall) int) writer {
	return func(dst []byte, w wall) []byte {
		dst = strconv.AppendInt(dst, int64(hours(w)), 10)
		for _, part := range parts {
			dst = appendPadded(dst, part(w), 2)
		}
		return dst
	}
}

// tokens are all tokens, by name.
var tokens = tokenTable(map[string]token{
	"Y":      {year, signed(1, anyDigits), setInt(fieldYear)},
	"YY":     {padded(2, of100(yearOf)), number(1, 2), setShortYear},
	"YYYY":   {padded(4, yearOf), number(1, 4), setYear},
	"YYYYY":  {padded(5, yearOf), signed(1, 6), setInt(fieldYear)},
	"YYYYYY": {signedYear, signed(1, 6), setInt(fieldYear)},
	"y":      {padded(1, eraYear), number(1, anyDigits), setInt(fieldYear)},
	"yy":     {padded(2, eraYear), number(1, anyDigits), setInt(fieldYear)},
	"yyy":    {padded(3, eraYear), number(1, anyDigits), setInt(fieldYear)},
	"yyyy":   {padded(4, eraYear), number(1, anyDigits), setInt(fieldYear)},
	"yo":     {ordinal(eraYear), number(1, anyDigits), setInt(fieldYear)},
	"N":      {eraName("BC", "AD"), findEra, setEra},
	"NN":     {eraName("BC", "AD"), findEra, setEra},
	"NNN":    {eraName("BC", "AD"), findEra, setEra},
	"NNNN":   {eraName("Before Christ", "Anno Domini"), findEra, setEra},
	"NNNNN":  {eraName("BC", "AD"), findEra, setEra},

	"Q":    {padded(1, quarter), number(1, 1), setQuarter},
	"Qo":   {ordinal(quarter), nil, nil},
	"M":    {padded(1, monthOf), number(1, 2), setMonth},
	"MM":   {padded(2, monthOf), number(1, 2), setMonth},
	"Mo":   {ordinal(monthOf), nil, nil},
	"MMM":  {text(func(w wall) string { return w.Month().String()[:3] }), findWord, setMonthName},
	"MMMM": {text(func(w wall) string { return w.Month().String() }), findWord, setMonthName},

	"D":    {padded(1, dayOfMonth), number(1, 2), setInt(fieldDay)},
	"DD":   {padded(2, dayOfMonth), number(1, 2), setInt(fieldDay)},
	"Do":   {ordinal(dayOfMonth), findOrdinal, setInt(fieldDay)},
	"DDD":  {padded(1, dayOfYear), number(1, 3), setDayOfYear},
	"DDDD": {padded(3, dayOfYear), number(3, 3), setDayOfYear},
	"DDDo": {ordinal(dayOfYear), nil, nil},

	"d":    {padded(1, weekday), number(1, 2), setWeek(weekDay)},
	"do":   {ordinal(weekday), nil, nil},
	"dd":   {text(func(w wall) string { return w.Weekday().String()[:2] }), findWord, setDayName},
	"ddd":  {text(func(w wall) string { return w.Weekday().String()[:3] }), findWord, setDayName},
	"dddd": {text(func(w wall) string { return w.Weekday().String() }), findWord, setDayName},
	"e":    {padded(1, weekday), number(1, 2), setWeek(weekLocalDay)},
	"E":    {padded(1, isoWeekday), number(1, 2), setWeek(weekISODay)},

	"w":     {padded(1, localWeek), number(1, 2), setWeek(weekLocal)},
	"wo":    {ordinal(localWeek), nil, nil},
	"ww":    {padded(2, localWeek), number(1, 2), setWeek(weekLocal)},
	"W":     {padded(1, isoWeek), number(1, 2), setWeek(weekISO)},
	"Wo":    {ordinal(isoWeek), nil, nil},
	"WW":    {padded(2, isoWeek), number(1, 2), setWeek(weekISO)},
	"g":     {nil, signed(1, anyDigits), nil},
	"gg":    {padded(2, of100(localYear)), number(1, 2), setShortWeekYear(weekLocalYear)},
	"gggg":  {padded(4, localYear), number(1, 4), setWeek(weekLocalYear)},
	"ggggg": {padded(5, localYear), signed(1, 6), setWeek(weekLocalYear)},
	"G":     {nil, signed(1, anyDigits), nil},
	"GG":    {padded(2, of100(isoYear)), number(1, 2), setShortWeekYear(weekISOYear)},
	"GGGG":  {padded(4, isoYear), number(1, 4), setWeek(weekISOYear)},
	"GGGGG": {padded(5, isoYear), signed(1, 6), setWeek(weekISOYear)},

	"H":     {padded(1, hour), number(1, 2), setInt(fieldHour)},
	"HH":    {padded(2, hour), number(1, 2), setInt(fieldHour)},
	"h":     {padded(1, hour12), number(1, 2), setInt(fieldHour)},
	"hh":    {padded(2, hour12), number(1, 2), setInt(fieldHour)},
	"k":     {padded(1, hour24), number(1, 2), setHour24},
	"kk":    {padded(2, hour24), number(1, 2), setHour24},
	"hmm":   {clock(hour12, minute), number(3, 4), setClock(1)},
	"hmmss": {clock(hour12, minute, second), number(5, 6), setClock(2)},
	"Hmm":   {clock(hour, minute), number(3, 4), setClock(1)},
	"Hmmss": {clock(hour, minute, second), number(5, 6), setClock(2)},
	"a":     {meridiem("am", "pm"), findMeridiem, setMeridiem},
	"A":     {meridiem("AM", "PM"), findMeridiem, setMeridiem},
	"m":     {padded(1, minute), number(1, 2), setInt(fieldMinute)},
	"mm":    {padded(2, minute), number(1, 2), setInt(fieldMinute)},
	"s":     {padded(1, second), number(1, 2), setInt(fieldSecond)},
	"ss":    {padded(2, second), number(1, 2), setInt(fieldSecond)},

	"S": fraction(1), "SS": fraction(2), "SSS": fraction(3), "SSSS": fraction(4), "SSSSS": fraction(5),
	"SSSSSS": fraction(6), "SSSSSSS": fraction(7), "SSSSSSSS": fraction(8), "SSSSSSSSS": fraction(9),

	"Z":  {offset(":"), findOffset, setOffset},
	"ZZ": {offset(""), findOffset, setOffset},
	"z":  {zoneName("UTC"), nil, nil},
	"zz": {zoneName("Coordinated Universal Time"), nil, nil},
	"X":  {func(dst []byte, w wall) []byte { return strconv.AppendInt(dst, w.Unix(), 10) }, findTimestamp, setSeconds},
	"x":  {func(dst []byte, w wall) []byte { return strconv.AppendInt(dst, w.UnixMilli(), 10) }, signed(1, anyDigits), setMillis},
})

func tokenTable(table map[string]token) map[string]*token {
	out := make(map[string]*token, len(table))
	for name, t := range table {
		out[name] = &t
	}
	return out
}
