package page

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/weirflow/weir/flow"
)

func body() *flow.Card {
	return &flow.Card{
		Key: "page.body", Title: "Next Page Body", Category: category, Since: since,
		Doc: "Makes the body of the request for the next page out of that of the first: puts the page, offset or cursor at the path param, and creates the objects that are missing on the way. A member that is there keeps its place, a new one goes last." +
			" A header Idempotency-Key names one operation, which each page is: behind the first one it has a digest of the page at its end.",
		In: []flow.Port{
			{Key: "body", Label: "body", Type: flow.AnyType, Nullable: true, Doc: "Body of the first page: an object; null for an empty one.", Secret: flow.SecretPass},
			{Key: "headers", Label: "headers", Type: flow.ObjectType, Doc: "Headers of the first page.", Secret: flow.SecretPass},
			specPort(), statePort(),
		},
		Out: []flow.Port{
			{Key: "body", Label: "body", Type: flow.ObjectType, Doc: "Body of the request for the page."},
			{Key: "headers", Label: "headers", Type: flow.ObjectType, Doc: "Its headers."},
		},
		Cost:   flow.Cost{Base: 900, PerByte: 2, PerItem: 150},
		Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeTypeConversion, flow.CodeSecretFlow, flow.CodeLimitDepth},
		Examples: []flow.Example{
			{
				In:  `{"body": {"query": "q"}, "spec": {"by": "cursor", "in": "body", "param": "start_cursor"}, "state": {"cursor": "abc", "count": 5}}`,
				Out: `{"body": {"query": "q", "start_cursor": "abc"}, "headers": {}}`,
			},
			{
				In:   `{"body": {"query": "q"}, "spec": {"by": "cursor", "in": "body", "param": "start_cursor"}}`,
				Out:  `{"body": {"query": "q"}, "headers": {}}`,
				Note: "the first page has no cursor",
			},
			{
				In:   `{"body": {"variables": {"after": null, "first": 5}, "query": "q"}, "spec": {"by": "cursor", "in": "body", "param": "variables.after"}, "state": {"cursor": "abc"}}`,
				Out:  `{"body": {"variables": {"after": "abc", "first": 5}, "query": "q"}, "headers": {}}`,
				Note: "what is there keeps its place",
			},
			{
				In:   `{"spec": {"by": "offset", "in": "body", "param": "page.\"from.row\"", "start": 0}}`,
				Out:  `{"body": {"page": {"from.row": 0}}, "headers": {}}`,
				Note: "objects that are missing are made",
			},
			{
				In:   `{"body": {"size": 2}, "spec": {"by": "cursor", "in": "body", "param": "search_after"}, "state": {"cursor": [17, "b"]}}`,
				Out:  `{"body": {"size": 2, "search_after": [17, "b"]}, "headers": {}}`,
				Note: "a body can hold a cursor that is a list or an object",
			},
			{
				In:   `{"body": {}, "headers": {"Accept": "application/json", "idempotency-key": "k"}, "spec": {"by": "page", "in": "body", "param": "page"}, "state": {"page": 2}}`,
				Out:  `{"body": {"page": 2}, "headers": {"Accept": "application/json", "idempotency-key": "k-d4735e3a265e16ee"}}`,
				Note: "the second page is another operation than the first",
			},
			{In: `{"body": "a=1", "spec": {"by": "page", "in": "body", "param": "page"}}`, Err: flow.CodeInputInvalid, Note: "text has no members"},
			{In: `{"body": {"page": [1]}, "spec": {"by": "page", "in": "body", "param": "page.number", "start": 1}}`, Err: flow.CodeInputInvalid, Note: "neither has a list"},
		},
		Run: runBody,
	}
}

// position is what the request for a page says of it: a page, an offset or a
// cursor; null where it says nothing.
func position(spec, state flow.Value) flow.Value {
	at := flow.Null()
	switch by := text(spec, "by"); by {
	case "page", "offset":
		if at, _ = state.Object().Get(by); at.Kind() != flow.KindNumber {
			at = flow.Number(number(spec, "start"))
		}
	case "cursor":
		at, _ = state.Object().Get("cursor")
	}
	return at
}

// inBody reports whether the position goes into the body of the request.
func inBody(spec flow.Value) bool { return text(spec, "in") == "body" }

// runBody takes body, headers, spec and state.
func runBody(_ context.Context, c *flow.Call) (flow.Value, error) {
	body, spec, state := c.Value(0), c.Value(2), c.Value(3)
	switch body.Kind() {
	case flow.KindNull:
		body = flow.Members()
	case flow.KindObject:
	case flow.KindSecret:
		return flow.Value{}, flow.Errorf(flow.CodeSecretFlow, "the body of the request is a secret, and the next page stands in its members")
	default:
		return flow.Value{}, flow.Errorf(flow.CodeInputInvalid, "the body of the request is a %s and no object: the next page cannot stand in it", body.Kind()).
			WithFix("give the body as an object; json.parse makes one of JSON text")
	}
	at, param, headers := position(spec, state), text(spec, "param"), c.Value(1)
	if !at.IsNull() && param != "" {
		path := flow.SplitPath(param)
		if len(path) > flow.MaxPathParts {
			return flow.Value{}, flow.Errorf(flow.CodeLimitDepth, "a path has more than %d parts", flow.MaxPathParts)
		}
		var err error
		if body, err = put(body, path, at); err != nil {
			return flow.Value{}, err
		}
	}
	if !state.IsNull() {
		headers = pageKey(headers.Object(), at)
	}
	return flow.Members("body", body, "headers", headers), nil
}

// pageKey returns headers in which an Idempotency-Key is that of the page at a
// position: a service that knows the key of the page before would give that again.
func pageKey(headers *flow.Object, at flow.Value) flow.Value {
	for name, v := range headers.All() {
		if !strings.EqualFold(name, "Idempotency-Key") {
			continue
		}
		if v.Kind() != flow.KindText && v.Kind() != flow.KindSecret && v.Kind() != flow.KindNumber || flow.Equal(v, flow.Text("")) {
			continue // no key
		}
		key, _ := flow.Convert(v, flow.TextType) // never fails for these
		b, _ := at.MarshalJSON()                 // never fails
		page := sha256.Sum256(b)
		return headers.With(name, flow.MapSecret(key, func(s string) string { return s + "-" + hex.EncodeToString(page[:8]) }))
	}
	return headers.Value()
}

// put returns the object v with x at a path. Objects that are missing, or null,
// are made.
func put(v flow.Value, path []string, x flow.Value) (flow.Value, error) {
	o := v.Object()
	if len(path) > 1 {
		old, _ := o.Get(path[0])
		switch old.Kind() {
		case flow.KindNull, flow.KindObject:
		case flow.KindSecret:
			return flow.Value{}, flow.Errorf(flow.CodeSecretFlow, "the member %s of the body is a secret, and the next page stands in its members", flow.Excerpt(path[0]))
		default:
			return flow.Value{}, flow.Errorf(flow.CodeInputInvalid, "the member %s of the body is a %s and no object: the next page cannot stand in it", flow.Excerpt(path[0]), old.Kind())
		}
		var err error
		if x, err = put(old, path[1:], x); err != nil {
			return flow.Value{}, err
		}
	}
	return o.With(path[0], x), nil
}
