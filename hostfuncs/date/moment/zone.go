package moment

import (
	_ "embed"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones work on machines without zone files
)

// zoneNames are the IANA names that zones are accepted by, one a line. A fixed
// list keeps time.LoadLocation away from other files and from "Local".
//
//go:embed zones.txt
var zoneNames string

var zones = sync.OnceValue(func() map[string]func() *time.Location {
	lines := strings.Fields(zoneNames)
	m := make(map[string]func() *time.Location, len(lines))
	for _, name := range lines {
		m[zoneKey(name)] = sync.OnceValue(func() *time.Location {
			loc, err := time.LoadLocation(name)
			if err != nil {
				return nil
			}
			return loc
		})
	}
	return m
})

// zoneKey is how names are compared: without case, and with "_" for "/".
func zoneKey(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), "/", "_")
}

// zone returns the zone of an IANA name. Empty and unknown names are UTC, and
// are not reported as named.
func zone(name string) (loc *time.Location, named bool) {
	if name == "" || len(name) > 64 {
		return time.UTC, false
	}
	if load, ok := zones()[zoneKey(name)]; ok {
		if loc := load(); loc != nil {
			return loc, true
		}
	}
	return time.UTC, false
}
