package exchange

import (
	"slices"
	"strings"

	"github.com/weirflow/weir/flow"
)

// Lost returns err, the error of a request, as what it means for who would make
// the request again: where no answer came and nobody vouches that the service
// knows a second request from a new one, the first may have been carried out.
func Lost(req *flow.Request, err error) error {
	code := flow.CodeOf(err)
	if code != flow.CodeHTTPTimeout && code != flow.CodeHTTPProtocol || repeatable(req) {
		return err
	}
	e := *flow.AsError(err)
	e.Code, e.Kind = flow.CodeHTTPUnknownOutcome, code.Kind()
	e.Msg += "; whether the request was carried out is not known"
	return e.WithFix("ask the service, or give the request a header Idempotency-Key, if the service knows repeated requests by it")
}

// repeatable reports whether a request may arrive twice: its method is
// idempotent (RFC 9110, 9.2.2), or its author names the operation. The key that
// runs add by themselves says nothing about the service.
func repeatable(req *flow.Request) bool {
	if req.Method != "POST" && req.Method != "PATCH" {
		return true
	}
	return slices.ContainsFunc(req.Headers, func(h flow.Pair) bool {
		return strings.EqualFold(h.Name, "Idempotency-Key") && !flow.Equal(h.Value, flow.Text(""))
	})
}
