package http

import (
	"bytes"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/internal/exchange"
)

// response returns the outputs of a connector card.
func response(res *flow.Response, body flow.Value) flow.Value {
	return flow.Members(groupResponse, flow.Members(
		"Status Code", flow.Number(float64(res.Status)),
		"Headers", exchange.Headers(res, false),
		"Body", body,
	))
}

// jsonBody returns the parsed body of an answer, whatever its content type says.
func jsonBody(c *flow.Call, res *flow.Response) (flow.Value, error) {
	if len(bytes.TrimSpace(res.Body)) == 0 {
		return flow.ObjectType.Zero(), nil
	}
	v, err := exchange.ParseJSON(c, res.Body)
	if flow.CodeOf(err) == flow.CodeJSONSyntax {
		// The parser's words can quote the answer; they stay here.
		return flow.Value{}, flow.Errorf(flow.CodeHTTPBody, "the body of the answer is not JSON").
			WithFix("use Raw Request, which gives the body as text")
	}
	if err != nil {
		return flow.Value{}, err
	}
	switch v.Kind() {
	case flow.KindObject, flow.KindList:
		return v, nil
	case flow.KindNull:
		return flow.ObjectType.Zero(), nil
	}
	return flow.Value{}, flow.Errorf(flow.CodeHTTPBody, "the body of the answer is JSON but no object or list, it is %s", v.Kind()).
		WithFix("use Raw Request, which gives the body as text")
}
