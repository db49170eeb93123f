package control_test

import (
	"testing"
	"time"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/control"
)

func TestCards(t *testing.T) {
	cardtest.Examples(t, control.Cards())
	cardtest.Vectors(t, control.Cards(), "control")
	cardtest.Property(t, control.Cards(), 1, 300)
}

func TestHowLong(t *testing.T) {
	cards := map[string]*flow.Card{}
	for _, c := range control.Cards() {
		cards[c.Key] = c
	}
	for _, tc := range []struct {
		card, in string
		want     time.Duration
	}{
		{"control.wait", `{"delay": 90, "unit": "second"}`, 90 * time.Second},
		{"control.wait", `{"delay": 1.5, "unit": "minute"}`, 90 * time.Second},
		{"control.wait", `{"delay": 30, "unit": "day"}`, 30 * 24 * time.Hour},
		{"control.wait", `{"delay": 0}`, time.Second},
		{"control.wait", `{"delay": -5, "unit": "hour"}`, time.Second},
		{"control.until", `{"date": "2016-09-07T17:00:00.000Z"}`, 4*time.Minute + 34*time.Second + 330*time.Millisecond},
		{"control.until", `{"date": "2016-09-07T16:00:00Z"}`, 0},
	} {
		in, err := flow.ParseJSON([]byte(tc.in), flow.JSONLimits{})
		if err != nil {
			t.Fatal(err)
		}
		env := cardtest.NewEnv()
		if _, err := flow.Invoke(t.Context(), cards[tc.card], in, env); err != nil {
			t.Errorf("%s %s: %v", tc.card, tc.in, err)
		}
		if got := max(env.Slept, 0); got != tc.want {
			t.Errorf("%s %s waits %v, want %v", tc.card, tc.in, got, tc.want)
		}
	}
}
