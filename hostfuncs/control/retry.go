package control

import (
	"context"
	"encoding/binary"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/weirflow/weir/flow"
)

// longestRetry is the longest wait before another attempt: a service that asks
// for more is not waited for.
const longestRetry = 24 * time.Hour

// The statuses of rate limits.
const (
	tooMany        = 429
	gatewayTimeout = 504
)

// The inputs of control.retry.
const (
	retryError = iota
	retryFor
	retryTimes
	retryMin
	retryMax
)

// retry decides about another attempt of a step. The construct of the same name
// checks the inputs.
func retry() *flow.Card {
	return &flow.Card{
		Key: "control.retry", Title: "Retry", Category: category, Since: since,
		Doc: "Tells whether a step that failed is to be tried again, and waits before it says so: as long as Retry-After or the reset headers of the answer" +
			" ask for, or else a random time between two bounds. It is what `retry` of a step is made of.",
		In: []flow.Port{
			{Key: "error", Label: "error", Doc: "The error: statusCode, error (the code), retry_count (how many attempts there were beyond the first) and headers count.", Type: flow.ObjectType, Required: true},
			{Key: "for", Label: "for", Doc: "What is tried again: rate_limits (the statuses 429 and 504), all, or a list of statuses; an empty list is rate_limits.", Type: flow.AnyType, Default: `"rate_limits"`},
			{Key: "times", Label: "times", Doc: "How often, at most.", Type: flow.NumberType, Default: "3"},
			{Key: "min", Label: "min", Doc: "Shortest random wait in seconds.", Type: flow.NumberType, Default: "60"},
			{Key: "max", Label: "max", Doc: "Longest random wait in seconds.", Type: flow.NumberType, Default: "180"},
		},
		Out: []flow.Port{
			{Key: "again", Label: "again", Doc: "Whether the step is to be tried again.", Type: flow.BoolType, Always: true},
			{Key: "wait", Label: "wait", Doc: "How many seconds the card waited.", Type: flow.NumberType, Always: true},
		},
		Effect: flow.Reads, Suspends: true, Cost: flow.Cost{Base: 2000},
		Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeTypeConversion, flow.CodeRetryWait, flow.CodeLimitWall},
		Notes: []flow.Note{{
			Topic: "which errors count as all", Vendor: "All error codes",
			Choice: "Errors with a status, and requests without an answer. What is wrong with the inputs, what a policy forbids and http.unknown_outcome are not tried again.",
			Why:    "Waiting changes nothing about them, and a request that may have been carried out must not be made twice.",
		}, {
			Topic: "what the service says about waiting", Vendor: "not documented for HTTP cards",
			Choice: "Retry-After, in seconds or as a date, is the wait; for status 429, or where nothing remains, so are RateLimit-Reset, X-RateLimit-Reset and X-Rate-Limit-Reset, as seconds or as Unix time. Dates are compared with the Date of the answer.",
			Why:    "An earlier attempt is refused again, and clocks differ.",
		}, {
			Topic: "waits that are too long", Vendor: "not documented",
			Choice: "A wait beyond what the run may still take, or beyond a day, is retry.wait at once, with status, headers and body of the answer.",
			Why:    "Waiting would only end the run later, with an error that hides the first one.",
		}},
		Examples: []flow.Example{
			{In: `{"error": {"statusCode": 429, "error": "http.status", "headers": {"retry-after": "7"}}}`, Out: `{"again": true, "wait": 7}`},
			{In: `{"error": {"statusCode": 429, "error": "http.status", "headers": {"Date": "Wed, 07 Sep 2016 16:55:00 GMT", "X-RateLimit-Reset": "1473267320"}}}`, Out: `{"again": true, "wait": 20}`},
			{In: `{"error": {"statusCode": 504, "error": "http.status"}, "min": 5, "max": 5}`, Out: `{"again": true, "wait": 5}`},
			{In: `{"error": {"statusCode": 429, "error": "http.status", "retry_count": 3}}`, Out: `{"again": false, "wait": 0}`},
			{In: `{"error": {"statusCode": 404, "error": "http.status"}}`, Out: `{"again": false, "wait": 0}`},
			{In: `{"error": {"statusCode": 404, "error": "http.status"}, "for": [404], "min": 1, "max": 1}`, Out: `{"again": true, "wait": 1}`},
			{In: `{"error": {"statusCode": 500, "error": "http.timeout"}, "for": "all", "min": 1, "max": 1}`, Out: `{"again": true, "wait": 1}`},
			{In: `{"error": {"statusCode": 429, "error": "http.status", "headers": {"retry-after": "100000"}}}`, Err: flow.CodeRetryWait},
			{In: `{"error": {"statusCode": 429}, "min": 3, "max": 2}`, Err: flow.CodeInputInvalid},
			{In: `{"error": {"statusCode": 429}, "for": ["soon"]}`, Err: flow.CodeTypeConversion},
		},
		Run: runRetry,
	}
}

func runRetry(ctx context.Context, c *flow.Call) (flow.Value, error) {
	e := c.Object(retryError)
	lo, hi := c.Number(retryMin), c.Number(retryMax)
	if !(lo >= 0 && lo <= hi && hi <= longestRetry.Seconds()) {
		return flow.Value{}, c.Invalid(retryMax, "must not be less than the shortest wait, nor more than a day")
	}
	hit, err := counts(c, e)
	if err != nil {
		return flow.Value{}, err
	}
	if !hit || numberOf(e, "retry_count") >= c.Number(retryTimes) {
		return flow.Members("again", flow.Bool(false), "wait", flow.Number(0)), nil
	}
	wait, said := asked(c.Env, e)
	if !said {
		if wait, err = between(c.Env, lo, hi); err != nil {
			return flow.Value{}, err
		}
	}
	wait = wait.Truncate(time.Millisecond)
	if left := flow.MayWait(c.Env); wait > longestRetry || wait >= left {
		return flow.Value{}, tooLong(e, wait, left)
	}
	return flow.Members("again", flow.Bool(true), "wait", flow.Number(wait.Seconds())), c.Env.Sleep(ctx, wait)
}

// counts reports whether an error is one of those that are tried again.
func counts(c *flow.Call, e *flow.Object) (bool, error) {
	status, code := numberOf(e, "statusCode"), flow.Code(textOf(e, "error"))
	// An error without a status has 500 in its object.
	answered := status != 500 || code == flow.CodeHTTPStatus || code == flow.CodeFlowError || code == flow.CodeCardExternal
	limited := answered && (status == tooMany || status == gatewayTimeout)
	if code == flow.CodeHTTPUnknownOutcome {
		return false, nil
	}
	switch v := c.Value(retryFor); {
	case v.IsNull() || v.Kind() == flow.KindText && (v.Text() == "" || v.Text() == "rate_limits"):
		return limited, nil
	case v.Kind() == flow.KindText && v.Text() == "all":
		return answered || passing(code), nil
	default:
		list, err := flow.Convert(v, flow.ListType(flow.NumberType))
		if err != nil {
			return false, err
		}
		items := list.List().Items()
		if len(items) == 0 {
			return limited, nil
		}
		return answered && slices.ContainsFunc(items, func(s flow.Value) bool { return s.Number() == status }), nil
	}
}

// passing reports whether an error without a status can be gone at the next attempt.
func passing(code flow.Code) bool {
	switch code {
	case flow.CodeHTTPConnect, flow.CodeHTTPTimeout, flow.CodeHTTPTLS, flow.CodeHTTPProtocol, flow.CodeEgressDNS, flow.CodeOAuthUnavailable:
		return true
	}
	return false
}

// tooLong is the error of a wait that the run has no time for: what the service
// answered, with the reason why it is not asked again.
func tooLong(e *flow.Object, wait, left time.Duration) error {
	msg := textOf(e, "message")
	if msg != "" {
		msg += "; "
	}
	if left > longestRetry {
		left = longestRetry
	}
	err := flow.Errorf(flow.CodeRetryWait, "%sthe next attempt would be in %v, and the run may wait %v", msg, wait.Round(time.Second), max(0, left.Round(time.Second))).
		WithFix("raise the wall limit of the run, or catch the error and run the flow again later")
	err.Status, err.Kind = int(numberOf(e, "statusCode")), textOf(e, "kind")
	err.Headers, _ = e.Get("headers")
	err.Body, _ = e.Get("body")
	err.Retries = int(numberOf(e, "retry_count"))
	return err
}

// between draws a wait between two bounds in seconds, both possible.
func between(env flow.Env, lo, hi float64) (time.Duration, error) {
	from, span := int64(lo*1000), uint64((hi-lo)*1000)
	if span > 0 {
		var b [8]byte
		if _, err := io.ReadFull(env.Random(), b[:]); err != nil {
			return 0, flow.Errorf(flow.CodeInternal, "the source of randomness failed: %v", err)
		}
		from += int64(binary.LittleEndian.Uint64(b[:]) % (span + 1))
	}
	return time.Duration(from) * time.Millisecond, nil
}

// asked returns how long the service asks to wait, and whether it does.
func asked(env flow.Env, e *flow.Object) (time.Duration, bool) {
	h := headersOf(e)
	now := env.Now()
	if t, err := httpTime(h["date"]); err == nil {
		now = t
	}
	if after := h["retry-after"]; after != "" {
		if s, ok := seconds(after); ok {
			return time.Duration(min(s, 2*int64(longestRetry/time.Second))) * time.Second, true
		}
		if t, err := httpTime(after); err == nil {
			return max(0, t.Sub(now)), true
		}
	}
	spent := numberOf(e, "statusCode") == tooMany
	for _, name := range []string{"ratelimit-remaining", "x-ratelimit-remaining", "x-rate-limit-remaining"} {
		spent = spent || h[name] == "0"
	}
	for _, name := range []string{"ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset"} {
		s, ok := seconds(h[name])
		switch {
		case !ok || !spent:
			continue
		case s < 1e8:
			return time.Duration(s) * time.Second, true
		case s >= 1e11: // Unix time in milliseconds
			s /= 1000
		}
		return max(0, time.Unix(s, 0).Sub(now)), true
	}
	return 0, false
}

// httpTime reads a date of a header in the three forms that there are (RFC 9110,
// 5.6.7).
func httpTime(s string) (t time.Time, err error) {
	for _, layout := range []string{"Mon, 02 Jan 2006 15:04:05 GMT", time.RFC850, time.ANSIC} {
		if t, err = time.Parse(layout, s); err == nil {
			break
		}
	}
	return t, err
}

// headersOf returns the headers of an error by name in lower case.
func headersOf(e *flow.Object) map[string]string {
	v, _ := e.Get("headers")
	out := map[string]string{}
	for k, x := range v.Object().All() {
		if t, err := flow.Convert(x, flow.TextType); err == nil && t.Kind() == flow.KindText {
			out[strings.ToLower(k)] = strings.TrimSpace(t.Text())
		}
	}
	return out
}

// seconds reads a whole number of seconds; a fraction is rounded up. Numbers with
// more than 9 digits can only be times, and those with more than 13 nothing.
func seconds(s string) (int64, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	if len(whole) == 0 || len(whole) > 13 || strings.Trim(whole+fraction, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err == nil && strings.Trim(fraction, "0") != "" {
		n++
	}
	return n, err == nil
}

func numberOf(o *flow.Object, key string) float64 {
	v, _ := o.Get(key)
	if v.Kind() != flow.KindNumber {
		return 0
	}
	return v.Number()
}

func textOf(o *flow.Object, key string) string {
	v, _ := o.Get(key)
	if v.Kind() != flow.KindText {
		return ""
	}
	return v.Text()
}
