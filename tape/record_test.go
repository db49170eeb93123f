package tape

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/internal/canary"
)

// fetcher is a function that makes requests.
type fetcher func(context.Context, *flow.Request) (*flow.Response, error)

func (f fetcher) Fetch(ctx context.Context, r *flow.Request) (*flow.Response, error) {
	return f(ctx, r)
}

func answers(body string, headers ...flow.Pair) fetcher {
	return func(context.Context, *flow.Request) (*flow.Response, error) {
		return &flow.Response{Status: 200, Headers: headers, Body: []byte(body)}, nil
	}
}

func get(url string, headers ...flow.Pair) *flow.Request {
	return &flow.Request{Method: "GET", URL: url, Headers: headers, Step: "s"}
}

func text(name, value string) flow.Pair { return flow.Pair{Name: name, Value: flow.Text(value)} }

// recorded makes requests through a recorder and returns the tape.
func recorded(t *testing.T, next flow.Fetcher, secrets []flow.Value, reqs ...*flow.Request) (*Tape, error) {
	t.Helper()
	rec := NewRecorder(next, Config{})
	for _, r := range reqs {
		_, _ = rec.Fetch(t.Context(), r) // errors go on the tape
	}
	return rec.Tape("run", Given{Flow: "f"}, Result{}, secrets...)
}

// TestLayouts: JSON that is written in a usual way comes back byte for byte as a
// value, other text as text, and other bytes as bytes.
func TestLayouts(t *testing.T) {
	for _, layout := range layouts {
		v, err := flow.ParseJSON([]byte(`{"a": [1, 2.5, "x, y: \"z\\", {}], "b": {"c": null, "d": []}}`), flow.JSONLimits{})
		if err != nil {
			t.Fatal(err)
		}
		data := writeJSON(v, layout)
		if b := bodyOf(data); b.Layout != layout || !flow.Equal(b.Value, v) || !bytes.Equal(b.Data(), data) {
			t.Errorf("%q: %s became %+v", layout, data, b)
		}
	}
	for _, s := range []string{
		"", "text", `"text"`, "12", "null", `{"a": 1.0}`, `{"a":"\/"}`, `{"a":12345678901234567890}`, "{\"a\":1}\n\n", `{"a":1,"a":2}`, "\x00\xff", "\xfe",
		"{" + strings.Repeat(" ", 3) + "}", `{"n":` + strings.Repeat("[", 60) + strings.Repeat("]", 60) + "}",
	} {
		b := bodyOf([]byte(s))
		if string(b.Data()) != s || b.Empty() != (s == "") {
			t.Errorf("%q became %+v", s, b)
		}
		if k := b.Value.Kind(); k == flow.KindObject || k == flow.KindList {
			t.Errorf("%q is taken for JSON", s)
		}
	}
	var members []string
	for i := range maxMembers + 1 {
		members = append(members, fmt.Sprintf(`"k%d":1`, i))
	}
	if b := bodyOf([]byte("{" + strings.Join(members, ",") + "}")); b.Value.Kind() != flow.KindText {
		t.Error("an object of very many members is kept as one")
	}
}

// TestLearns: what the names around it call a credential is taken out, in answers
// and requests, and whatever else it stands in.
func TestLearns(t *testing.T) {
	const token = "t0p-s3cret/t0ken"
	var cookie flow.Value = flow.Text("a=1; sid=" + token)
	for name, c := range map[string]struct {
		req  *flow.Request
		body string
		mark string
	}{
		"JSON member":          {get("https://a.example/x"), `{"data": {"access_token": "` + token + `"}, "link": "/?t=` + token + `"}`, "[secret access_token]"},
		"list of objects":      {get("https://a.example/x"), `[{"clientSecret": "` + token + `"}]`, "[secret clientsecret]"},
		"form":                 {get("https://a.example/x"), "a=1&refresh_token=t0p-s3cret%2Ft0ken", "[secret refresh_token]"},
		"query of the address": {get("https://a.example/x?api_key=t0p-s3cret%2Ft0ken"), "is " + token, "[secret api_key]"},
		"query":                {&flow.Request{Method: "GET", URL: "https://a.example/", Query: []flow.Pair{text("token", token)}}, "", "[secret token]"},
		"header":               {get("https://a.example/x", text("Authorization", "Bearer "+token)), "got " + token, "Bearer [secret authorization]"},
		"header of one word":   {get("https://a.example/x", text("X-API-Key", token)), "", "[secret x_api_key]"},
		"cookie":               {get("https://a.example/x", flow.Pair{Name: "Cookie", Value: cookie}), "got " + token, "sid=[secret cookie_sid]"},
		"body of a request":    {&flow.Request{Method: "POST", URL: "https://a.example/", Body: flow.Text(`{"password":"` + token + `"}`)}, "", "[secret password]"},
	} {
		tp, err := recorded(t, answers(c.body), nil, c.req)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		out := tp.Value().String()
		canary.Check(t, name, []byte(out), token)
		if !strings.Contains(out, c.mark) || len(tp.Hidden) != 1 {
			t.Errorf("%s: want %s in %s (hidden %q)", name, c.mark, out, tp.Hidden)
		}
	}
	// Names that only look alike, and answers of two logins.
	tp, err := recorded(t, answers(`{"nextPageToken": "page-two-of-all", "tokens": "many-of-them", "token": "first-token", "x": {"token": "second-token"}}`), nil,
		get("https://a.example/"))
	if err != nil {
		t.Fatal(err)
	}
	out := tp.Value().String()
	for _, want := range []string{"page-two-of-all", "many-of-them", `"token":"[secret token]"`, `"token":"[secret token 2]"`} {
		if !strings.Contains(out, want) {
			t.Errorf("want %s in %s", want, out)
		}
	}
}

// TestCredentialHeaders: headers of answers that grant something are not kept.
func TestCredentialHeaders(t *testing.T) {
	tp, err := recorded(t, answers("", text("set-cookie", "sid=s3cret-cookie; Path=/"), text("authorization", "Bearer s3cret-token"),
		text("X-Auth-Token", "s3cret-other"), text("ETag", "kept")), nil, get("https://a.example/"))
	if err != nil {
		t.Fatal(err)
	}
	out := tp.Value().String()
	canary.Check(t, "the tape", []byte(out), "s3cret-cookie", "s3cret-token", "s3cret-other")
	if got := fmt.Sprint(tp.HTTP[0].Response.Headers); got != "[{etag kept}]" {
		t.Errorf("headers %s", got)
	}
}

func compressed(t *testing.T, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	_, err := io.WriteString(zw, s)
	if err = errors.Join(err, zw.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestRefusesToLeak: a secret that cannot be taken out is tape.secret.
func TestRefusesToLeak(t *testing.T) {
	secret := func(plain string) []flow.Value { return []flow.Value{flow.NewSecret("key", plain, "a.example")} }
	for name, c := range map[string]struct {
		body    string
		secrets []flow.Value
		code    flow.Code
	}{
		"nothing":           {"text", secret("s3cret-text"), ""},
		"plain":             {"s3cret-text", secret("s3cret-text"), ""},
		"bytes":             {"\xff\xfes3cret-text", secret("s3cret-text"), ""},
		"compressed":        {"\x00" + string(compressed(t, "the s3cret-text")), secret("s3cret-text"), flow.CodeTapeSecret},
		"compressed, clean": {string(compressed(t, "the text")), secret("s3cret-text"), ""},
		"too short":         {"x", secret("abc"), flow.CodeTapeSecret},
		"empty":             {"x", secret(""), ""},
		"short and plain":   {"x", []flow.Value{flow.Text("eu")}, ""},
		"a usual word":      {`{"secret of": 1}`, secret("secret"), flow.CodeTapeSecret},
	} {
		tp, err := recorded(t, answers(c.body), c.secrets, get("https://a.example/"))
		if flow.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
		if err == nil && name != "empty" {
			canary.Check(t, name, []byte(tp.Value().String()), "s3cret-text")
		}
	}
}

func TestRecorderLimits(t *testing.T) {
	req := get("https://a.example/")
	for name, c := range map[string]struct {
		run  func(*Recorder)
		code flow.Code
	}{
		"largest body": {func(r *Recorder) { fetched(t, r, MaxBody) }, ""},
		"larger body":  {func(r *Recorder) { fetched(t, r, MaxBody+1) }, flow.CodeTapeLimit},
		"all together": {func(r *Recorder) {
			for range 6 {
				fetched(t, r, MaxBody)
			}
		}, flow.CodeTapeLimit},
		"most readings": {func(r *Recorder) { readings(r, maxReadings) }, ""},
		"more readings": {func(r *Recorder) { readings(r, maxReadings+1) }, flow.CodeTapeLimit},
	} {
		r := NewRecorder(answers(""), Config{})
		c.run(r)
		if _, err := r.Tape("run", Given{}, Result{}); flow.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %q", name, err, c.code)
		}
	}
	deep := flow.Null()
	for range 70 {
		deep = flow.ListOf(deep)
	}
	r := NewRecorder(answers(""), Config{})
	if _, err := r.Fetch(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Tape("run", Given{Input: flow.Members("deep", deep)}, Result{}); flow.CodeOf(err) != flow.CodeTapeLimit {
		t.Errorf("a deep input: %v", err)
	}
}

func fetched(t *testing.T, r *Recorder, n int) {
	t.Helper()
	r.next = answers(strings.Repeat("x", n))
	if _, err := r.Fetch(t.Context(), get("https://a.example/")); err != nil {
		t.Fatal(err)
	}
}

func readings(r *Recorder, n int) {
	for range n {
		r.Now("s")
	}
}

// TestRecordsErrors: what the client gave instead of an answer is on the tape; a
// request that was refused before it was made, or that ended with the run, is not.
func TestRecordsErrors(t *testing.T) {
	failed := flow.Errorf(flow.CodeHTTPTimeout, "\"a.example\" was too slow")
	failed.Status = 504
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"timeout":   {failed, 1},
		"cancelled": {flow.Errorf(flow.CodeRunCancelled, "over"), 0},
		"limit":     {flow.Errorf(flow.CodeLimitFileBytes, "too much"), 0},
		"too large": {flow.Errorf(flow.CodeLimitHTTPBytes, "too much"), 1},
	} {
		rec := NewRecorder(fetcher(func(context.Context, *flow.Request) (*flow.Response, error) { return nil, c.err }), Config{})
		if _, err := rec.Fetch(t.Context(), get("https://a.example/")); err != c.err {
			t.Errorf("%s: the run gets %v", name, err)
		}
		tp, err := rec.Tape("run", Given{}, Result{})
		if err != nil || len(tp.HTTP) != c.want {
			t.Errorf("%s: %d exchanges (%v), want %d", name, len(tp.HTTP), err, c.want)
			continue
		}
		if c.want == 1 {
			e := flow.AsError(c.err)
			if got := tp.HTTP[0].Error; got.Code != e.Code || got.Msg != e.Msg || got.Status != e.Status {
				t.Errorf("%s: recorded %v", name, got)
			}
			if _, err := NewPlayer(tp, nil).Fetch(t.Context(), get("https://a.example/")); flow.CodeOf(err) != e.Code {
				t.Errorf("%s: the replay gives %v", name, err)
			}
		}
	}
	refusal := flow.Errorf(flow.CodeEgressDenied, "no")
	rec := NewRecorder(answers("never"), Config{Resolve: func(*flow.Request) (*flow.Request, error) { return nil, refusal }})
	_, err := rec.Fetch(t.Context(), get("https://a.example/"))
	if tp, taped := rec.Tape("run", Given{}, Result{}); err != refusal || taped != nil || len(tp.HTTP) != 0 {
		t.Errorf("a refused request: %v, %v", err, taped)
	}
}

// TestRecorderWaits: waiting is real, and ends with the run.
func TestRecorderWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := NewRecorder(nil, Config{})
		began := time.Now()
		if err := rec.Sleep(t.Context(), "s", time.Hour); err != nil || time.Since(began) != time.Hour {
			t.Errorf("waited for %v (%v)", time.Since(began), err)
		}
		if got := rec.Now("s").Sub(rec.Now("")); got != time.Hour {
			t.Errorf("the clock says %v", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := rec.Sleep(ctx, "s", time.Hour); flow.CodeOf(err) != flow.CodeRunCancelled || time.Since(began) != time.Hour+time.Minute {
			t.Errorf("waited for %v (%v)", time.Since(began), err)
		}
	})
}

func TestComparePaths(t *testing.T) {
	order := []string{"", "a", "a/b", "b[0]", "b[0]/x", "b[2]/x", "b[10]/a[0]", "b[10]/a[1]/x", "b[10]/a[10]", "c"}
	for i, a := range order {
		for j, b := range order {
			if got := comparePaths(a, b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%q and %q: %d", a, b, got)
			}
		}
	}
}
