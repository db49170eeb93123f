package tape

import (
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

func TestFits(t *testing.T) {
	m := newMatcher([]string{"a", "b"})
	for _, c := range []struct {
		want, got, stop string
		fits            bool
	}{
		{"x", "x", "", true},
		{"x", "y", "", false},
		{"[secret a]", "anything", "", true},
		{"[secret a]", "", "", false},
		{"[secret c]", "anything", "", false},
		{"[secret a]", "[secret a]", "", true},
		{"x[secret a]y", "x1y", "", true},
		{"x[secret a]y", "xy", "", false},
		{"x[secret a]y", "x1", "", false},
		{"x[secret a]y", "x1yz", "", false},
		{"x[secret a]y", "xyy", "", true},
		{"x[secret a]y[secret b]z", "x1y2z", "", true},
		{"x[secret a]y[secret b]z", "x1yz", "", false},
		{"x[secret a]y[secret b]", "x1y", "", false},
		{"[secret a][secret b]", "12", "", true},
		{"[secret a][secret b]", "1", "", false},
		{"t=[secret a]", "t=1&u=2", "&", false},
		{"t=[secret a]&u=2", "t=1&u=2", "&", true},
		{"t=[secret a]&u=2", "t=1&v=1&u=2", "&", false},
		{"/x/[secret a]/y", "/x/1/2/y", "/", false},
		{"é[secret a]é", "é😀é", "", true},
	} {
		if got := m.fits(c.want, c.got, c.stop); got != c.fits {
			t.Errorf("%q is fitted by %q without %q: %t", c.want, c.got, c.stop, got)
		}
	}
}

// TestCompareBounded: differences of large values stay short.
func TestCompareBounded(t *testing.T) {
	want, got := make([]flow.Value, 500), make([]flow.Value, 500)
	for i := range want {
		want[i], got[i] = flow.Text(strings.Repeat("a", 5000)), flow.Members("b", flow.Text(strings.Repeat("c", 5000)))
	}
	d := Compare("x", flow.ListOf(want...), flow.ListOf(got...))
	if len(d) != maxDifferences+1 || d[maxDifferences] != "and more" {
		t.Errorf("%d differences", len(d))
	}
	for _, s := range d {
		if len(s) > 3*maxShown {
			t.Errorf("a difference has %d bytes", len(s))
		}
	}
	if d := Compare("x", flow.Members("a", flow.Number(1), "b", flow.Null()), flow.Members("b", flow.Null(), "a", flow.Number(1))); len(d) != 0 {
		t.Errorf("the order of members makes a difference: %q", d)
	}
}
