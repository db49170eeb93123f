package tape_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/tape"
)

// outside answers for every card of another connector.
type outside func(*flow.ExternalCall) (*flow.ExternalAnswer, error)

func (o outside) Call(_ context.Context, c *flow.ExternalCall) (*flow.ExternalAnswer, error) {
	return o(c)
}

// TestCardsOfOthers: calls of cards of other connectors are recorded without
// secrets, read back, and replayed: pages in their order, errors as they were,
// and a call that differs is told of.
func TestCardsOfOthers(t *testing.T) {
	read := &flow.ExternalInfo{Connector: "okta", Card: "readUser"}
	search := &flow.ExternalInfo{Connector: "okta", Card: "searchUsers", Streams: true}
	key := flow.NewSecret("api_key", apiKey)
	rec := tape.NewRecorder(nil, fixed(nil))
	next := rec.External(outside(func(c *flow.ExternalCall) (*flow.ExternalAnswer, error) {
		switch {
		case c.Card == read && flow.At(c.Inputs, "User", "id").IsNull():
			e := flow.Errorf(flow.CodeHTTPStatus, "404 for %s", apiKey)
			e.Status = 404
			return nil, e
		case c.Card == read:
			return &flow.ExternalAnswer{Outputs: flow.Members("Profile", flow.Members("email", flow.Text("a@b.example"), "echo", flow.Text(apiKey), "password", flow.Text("s3cret-word")))}, nil
		case c.Page.IsNull():
			return &flow.ExternalAnswer{Records: []flow.Value{flow.Number(1), flow.Members("a", flow.DateOf(flow.Date(0).Time()))}, Next: flow.Text("p2")}, nil
		}
		return &flow.ExternalAnswer{Records: []flow.Value{flow.Number(3)}}, nil
	}))
	calls := []*flow.ExternalCall{
		{Card: search, Step: "pages", Inputs: flow.Members("q", flow.Text("x")), Stream: true},
		{Card: search, Step: "pages", Inputs: flow.Members("q", flow.Text("x")), Stream: true, Page: flow.Text("p2")},
		{Card: read, Step: "loop[10]/user", Slot: "mine", Options: flow.Members("r", flow.Text("eu")), Inputs: flow.Members("User", flow.Members("id", flow.Text("u1")))},
		{Card: read, Step: "loop[9]/user", Inputs: flow.Members()},
	}
	for _, c := range calls {
		_, _ = next.Call(t.Context(), c) // errors go on the tape
	}
	tp, err := rec.Tape("run-1", tape.Given{Flow: "f"}, tape.Result{}, key)
	if err != nil {
		t.Fatal(err)
	}
	const want = `[{"step":"loop[9]/user","card":"okta.readUser","error":{"code":"http.status","message":"404 for [secret api_key]","statusCode":404}},` +
		`{"step":"loop[10]/user","card":"okta.readUser","connection":"mine","options":{"r":"eu"},"inputs":{"User":{"id":"u1"}},"outputs":{"Profile":{"email":"a@b.example","echo":"[secret api_key]","password":"[secret password]"}}},` +
		`{"step":"pages","card":"okta.searchUsers","inputs":{"q":"x"},"stream":true,"records":[1,{"a":"1970-01-01T00:00:00.000Z"}],"next":"p2"},` +
		`{"step":"pages","card":"okta.searchUsers","inputs":{"q":"x"},"stream":true,"page":"p2","records":[3]}]`
	if got, _ := tp.Value().Object().Get("cards"); got.String() != want {
		t.Errorf("recorded\n%s\nwant\n%s", got, want)
	}
	again, err := tape.ReadJSON("x.json", []byte(tp.Value().String()))
	if err != nil {
		t.Fatal(err)
	}
	play := func(calls ...*flow.ExternalCall) string {
		p := tape.NewPlayer(again, nil)
		var b strings.Builder
		for _, c := range calls {
			a, err := p.External().Call(t.Context(), c)
			if err != nil {
				fmt.Fprintln(&b, err)
				continue
			}
			fmt.Fprintln(&b, a.Outputs, flow.ListOf(a.Records...), a.Next)
		}
		return b.String() + strings.Join(p.Faults(), "\n")
	}
	if got, want := play(calls...), `null [1,{"a":"1970-01-01T00:00:00.000Z"}] p2
null [3] null
{"Profile":{"email":"a@b.example","echo":"[secret api_key]","password":"[secret password]"}} [] null
http.status: 404 for [secret api_key]
`; got != want {
		t.Errorf("replayed\n%s\nwant\n%s", got, want)
	}
	other := *calls[2]
	other.Slot, other.Options, other.Inputs = "", flow.Members(), flow.Members("User", flow.Members("id", flow.Text("u2")))
	got := regexp.MustCompile(`,? ?\(?at x\.json:\d+:\d+\)?,?| \(x\.json:\d+:\d+\)`).ReplaceAllString(play(calls[1], &other), "")
	if !strings.Contains(got, `unexpected call: okta.searchUsers {"q":"x"} (step pages)
the exchange of this step differs:
  page: want null, got "p2"
unexpected call: okta.readUser {"User":{"id":"u2"}} (step loop[10]/user)
the exchange of this step differs:
  connection: want "mine", got ""
  options: want {"r":"eu"}, got null
  inputs.User.id: want "u1", got "u2"
expected call was not made: okta.readUser (step loop[9]/user)
expected call was not made: okta.searchUsers (step pages)`) {
		t.Errorf("other calls\n%s", got)
	}
}
