package moment_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/weirflow/weir/hostfuncs/date/moment"
)

func TestEveryZoneLoads(t *testing.T) {
	names, err := os.ReadFile("zones.txt")
	if err != nil {
		t.Fatal(err)
	}
	list := strings.Fields(string(names))
	if len(list) < 500 {
		t.Fatalf("%d zones", len(list))
	}
	when := time.UnixMilli(1473206485670)
	for _, name := range list {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Errorf("zone %q: %v", name, err)
			continue
		}
		want := when.In(loc).Format("2006-01-02 15:04 -0700")
		for _, spelling := range []string{name, strings.ToUpper(name), strings.ReplaceAll(name, "/", "_")} {
			if got := moment.Format(when, "YYYY-MM-DD HH:mm ZZ", spelling); got != want {
				t.Errorf("Format in %q = %q, want %q", spelling, got, want)
			}
		}
	}
}

func TestNoZone(t *testing.T) {
	when := time.UnixMilli(1473206485670)
	for _, name := range []string{
		"", "Local", "local", "America/Pacific", "../etc/passwd", "/etc/localtime", "zone.tab", "posix/UTC", "Europe", " UTC", strings.Repeat("x", 1000),
	} {
		const want = "2016-09-07T00:01:25Z +00:00 UTC Coordinated Universal Time"
		if got := moment.Format(when, "YYYY-MM-DDTHH:mm:ss[Z] Z z zz", name); got != want {
			t.Errorf("Format in %q = %q, want %q", name, got, want)
		}
	}
}

// Rules go on where the packed data of moment-timezone ends.
func TestAfter2037(t *testing.T) {
	when := time.Date(2050, 7, 1, 12, 0, 0, 0, time.UTC)
	if got := moment.Format(when, "HH:mm z", "America/Los_Angeles"); got != "05:00 PDT" {
		t.Errorf("July 2050 in Los Angeles is %q, want 05:00 PDT", got)
	}
}

func TestGrowth(t *testing.T) {
	for _, layout := range []string{"x", "l", "LLLL", "zz", "N", "NNNN", "SSSSSSSSS", "DDDo", "Z", "dddd", "é", "[]", "LLLLl"} {
		for _, ms := range []int64{-8640000000000000, 8640000000000000, 1473206485670} {
			long := strings.Repeat(layout, 10)
			got := moment.Format(time.UnixMilli(ms), long, "Asia/Kathmandu")
			if len(got) > moment.MaxGrowth*len(long) {
				t.Errorf("Format(%d, %q) has %d bytes, more than %d for each of the layout's", ms, long, len(got), moment.MaxGrowth)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("2016-09-07", "YYYY-MM-DD")
	f.Add("7th Sep \xff", "[Do\\] MMM \\")
	f.Add("Wed, 07 Sep 2016 16:55:25 GMT", "")
	f.Fuzz(func(t *testing.T, text, layout string) {
		when, err := moment.Parse(text, layout)
		if err != nil {
			return
		}
		if ms := when.UnixMilli(); ms > moment.MaxMillis || ms < -moment.MaxMillis {
			t.Errorf("Parse(%q, %q) = %v, beyond the range of dates", text, layout, when)
		}
		moment.Format(when, layout, "Europe/Berlin")
	})
}
