package control

import (
	"fmt"
	"testing"
	"time"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
)

// hurried is an environment that may wait for so long and no longer.
type hurried struct {
	*cardtest.Env
	left time.Duration
}

func (h hurried) MayWait() time.Duration { return h.left }

// TestRetryWaits: what the answer says about waiting, and what is made of it. The
// clock stands at 16:55:25.670 on 2016-09-07.
func TestRetryWaits(t *testing.T) {
	for _, c := range []struct {
		status  int
		headers string
		want    float64 // -1 for a random wait, -2 for retry.wait
	}{
		{429, `{}`, -1},
		{429, `{"retry-after": "0"}`, 0},
		{503, `{"Retry-After": " 12 "}`, 12},
		{429, `{"retry-after": "1.2"}`, 2},
		{429, `{"retry-after": 3}`, 3},
		{429, `{"retry-after": "Wed, 07 Sep 2016 16:55:40 GMT"}`, 14.33},
		{429, `{"retry-after": "Wednesday, 07-Sep-16 16:55:40 GMT"}`, 14.33},
		{429, `{"retry-after": "Wed Sep  7 16:55:40 2016"}`, 14.33},
		{429, `{"retry-after": "Wed, 07 Sep 2016 16:55:40 GMT", "date": "Wed, 07 Sep 2016 16:55:38 GMT"}`, 2},
		{429, `{"retry-after": "Wed, 07 Sep 2016 16:00:00 GMT"}`, 0},
		{429, `{"retry-after": "-5"}`, -1},
		{429, `{"retry-after": "0x10"}`, -1},
		{429, `{"retry-after": "inf"}`, -1},
		{429, `{"retry-after": "soon"}`, -1},
		{429, `{"retry-after": [1]}`, -1},
		{429, `{"retry-after": "9999999999999"}`, -2},
		{429, `{"retry-after": "99999999999999999999"}`, -1},
		{429, `{"ratelimit-reset": "8"}`, 8},
		{429, `{"X-RateLimit-Reset": "1473267340"}`, 14.33},
		{429, `{"x-rate-limit-reset": "1473267340000"}`, 14.33},
		{429, `{"x-rate-limit-reset": "1473267300"}`, 0},
		{429, `{"x-rate-limit-reset": "9999999999"}`, -2},
		{504, `{"x-ratelimit-reset": "8", "x-ratelimit-remaining": "50"}`, -1},
		{503, `{"x-ratelimit-reset": "8", "x-ratelimit-remaining": "0"}`, 8},
		{429, `{"x-ratelimit-reset": "8", "retry-after": "9"}`, 9},
	} {
		name := fmt.Sprint(c.status, c.headers)
		in := fmt.Sprintf(`{"error": {"statusCode": %d, "error": "http.status", "headers": %s}, "for": "all", "min": 100, "max": 200}`, c.status, c.headers)
		v, err := flow.ParseJSON([]byte(in), flow.JSONLimits{})
		if err != nil {
			t.Fatal(err)
		}
		env := cardtest.NewEnv()
		out, err := flow.Invoke(t.Context(), retry(), v, env)
		if c.want == -2 {
			if flow.CodeOf(err) != flow.CodeRetryWait {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again, _ := out.Object().Get("again")
		wait, _ := out.Object().Get("wait")
		w := wait.Number()
		if !again.Bool() || env.Slept.Seconds() != w || c.want == -1 && (w < 100 || w > 200) || c.want >= 0 && w != c.want {
			t.Errorf("%s: %s, slept %v, want %v", name, out, env.Slept, c.want)
		}
	}
}

// TestRetryCounts: which errors are tried again.
func TestRetryCounts(t *testing.T) {
	for _, c := range []struct {
		err, tried string
		want       bool
	}{
		{`{"statusCode": 429, "error": "http.status"}`, `null`, true},
		{`{"statusCode": 504, "error": "card.external"}`, `[]`, true},
		{`{"statusCode": 504, "error": "flow.error"}`, `"rate_limits"`, true},
		{`{"statusCode": 503, "error": "http.status"}`, `"rate_limits"`, false},
		{`{"statusCode": 503, "error": "http.status"}`, `"all"`, true},
		{`{"statusCode": 503, "error": "http.status"}`, `[503]`, true},
		{`{"statusCode": 503, "error": "http.status"}`, `["503"]`, true},
		{`{"statusCode": 500, "error": "http.status"}`, `[500]`, true},
		{`{"statusCode": 500, "error": "http.timeout"}`, `[500]`, false},
		{`{"statusCode": 500, "error": "http.timeout"}`, `"all"`, true},
		{`{"statusCode": 500, "error": "http.connect"}`, `"all"`, true},
		{`{"statusCode": 500, "error": "input.invalid"}`, `"all"`, false},
		{`{"statusCode": 500, "error": "egress.denied"}`, `"all"`, false},
		{`{"statusCode": 500, "error": "http.unknown_outcome"}`, `"all"`, false},
		{`{"statusCode": 504, "error": "http.unknown_outcome"}`, `[504]`, false},
		{`{}`, `"all"`, true},
	} {
		in, err := flow.ParseJSON([]byte(`{"error": `+c.err+`, "for": `+c.tried+`, "min": 1, "max": 1}`), flow.JSONLimits{})
		if err != nil {
			t.Fatal(err)
		}
		out, err := flow.Invoke(t.Context(), retry(), in, cardtest.NewEnv())
		if again, _ := out.Object().Get("again"); err != nil || again.Bool() != c.want {
			t.Errorf("%s for %s: %s, %v", c.err, c.tried, out, err)
		}
	}
}

// TestRetryTooLong: a wait that the run has no time for is not begun; the error
// is the service's, with the reason.
func TestRetryTooLong(t *testing.T) {
	in, err := flow.ParseJSON([]byte(`{"error": {"statusCode": 429, "error": "http.status", "message": "429 Too Many Requests", "retry_count": 1,
		"kind": "HTTP Request Error", "headers": {"retry-after": "30"}, "body": "slow down"}}`), flow.JSONLimits{})
	if err != nil {
		t.Fatal(err)
	}
	for left, code := range map[time.Duration]flow.Code{31 * time.Second: "", 30 * time.Second: flow.CodeRetryWait, -time.Second: flow.CodeRetryWait} {
		env := hurried{cardtest.NewEnv(), left}
		_, err := flow.Invoke(t.Context(), retry(), in, env)
		if flow.CodeOf(err) != code {
			t.Errorf("with %v left: %v", left, err)
		}
		if err == nil {
			continue
		}
		e := flow.AsError(err)
		if env.Slept != 0 || e.Status != 429 || e.Body.Text() != "slow down" || e.Retries != 1 || e.Kind != "HTTP Request Error" {
			t.Errorf("with %v left: slept %v, %s", left, env.Slept, e.Object())
		}
	}
}

// TestBetween: both bounds can be drawn, and nothing beyond them.
func TestBetween(t *testing.T) {
	seen := map[time.Duration]bool{}
	env := cardtest.NewEnv()
	for range 200 {
		d, err := between(env, 1.5, 1.502)
		if err != nil {
			t.Fatal(err)
		}
		seen[d] = true
	}
	for _, ms := range []time.Duration{1500, 1501, 1502} {
		if !seen[ms*time.Millisecond] {
			t.Errorf("%d ms never came", ms)
		}
	}
	if len(seen) != 3 {
		t.Errorf("%v", seen)
	}
}
