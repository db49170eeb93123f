package exchange

import (
	"testing"

	"github.com/weirflow/weir/flow"
)

// TestLost: an answer that did not come leaves the outcome open only where the
// request must not arrive twice.
func TestLost(t *testing.T) {
	header := func(v string) []flow.Pair { return []flow.Pair{{Name: "idempotency-key", Value: flow.Text(v)}} }
	for _, c := range []struct {
		req  flow.Request
		err  flow.Code
		want flow.Code
	}{
		{flow.Request{Method: "POST"}, flow.CodeHTTPTimeout, flow.CodeHTTPUnknownOutcome},
		{flow.Request{Method: "PATCH"}, flow.CodeHTTPProtocol, flow.CodeHTTPUnknownOutcome},
		{flow.Request{Method: "POST"}, flow.CodeHTTPConnect, flow.CodeHTTPConnect},
		{flow.Request{Method: "POST"}, flow.CodeHTTPTLS, flow.CodeHTTPTLS},
		{flow.Request{Method: "POST"}, flow.CodeRunCancelled, flow.CodeRunCancelled},
		{flow.Request{Method: "PUT"}, flow.CodeHTTPTimeout, flow.CodeHTTPTimeout},
		{flow.Request{Method: "DELETE"}, flow.CodeHTTPTimeout, flow.CodeHTTPTimeout},
		{flow.Request{Method: "GET"}, flow.CodeHTTPProtocol, flow.CodeHTTPProtocol},
		{flow.Request{Method: "POST", IdempotencyKey: "k"}, flow.CodeHTTPTimeout, flow.CodeHTTPUnknownOutcome},
		{flow.Request{Method: "POST", Headers: header("k")}, flow.CodeHTTPTimeout, flow.CodeHTTPTimeout},
		{flow.Request{Method: "POST", Headers: header("")}, flow.CodeHTTPTimeout, flow.CodeHTTPUnknownOutcome},
	} {
		if got := flow.CodeOf(Lost(&c.req, flow.Errorf(c.err, "lost"))); got != c.want {
			t.Errorf("%+v: %s is %s, want %s", c.req, c.err, got, c.want)
		}
	}
}
