package moment_test

import (
	"strings"
	"testing"
	"time"

	"github.com/weirflow/weir/hostfuncs/date/moment"
)

func BenchmarkFormat(b *testing.B) {
	for _, zone := range []string{"", "Europe/Berlin"} {
		b.Run(zone, func(b *testing.B) {
			t := time.UnixMilli(1473206485670)
			for b.Loop() {
				moment.Format(t, "dddd, MMMM Do YYYY, HH:mm:ss.SSS Z z", zone)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct{ name, text, layout string }{
		{"numbers", "2016-09-07 16:55:25.670 +02:00", "YYYY-MM-DD HH:mm:ss.SSS Z"},
		{"names", "Wednesday, September 7th 2016", "dddd, MMMM Do YYYY"},
		{"iso", "2016-09-07T16:55:25.670Z", ""},
		{"hostile", strings.Repeat("1", 10_000), strings.Repeat("MMM", 100)},
		{"hostile2", strings.Repeat("+", 10_000), strings.Repeat("Z", 100)},
		{"hostile3", strings.Repeat("1x", 5_000), strings.Repeat("DDDD", 100)},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				_, _ = moment.Parse(c.text, c.layout)
			}
		})
	}
}
