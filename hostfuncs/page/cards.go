// Package page has the cards that a step with paginate is made of: what makes
// the request for the next page, what takes the records out of an answer, and
// what lays the pages together; and the one that gives the records of a polling
// flow their declared types. They are pure: the request itself is made by the HTTP
// card between them.
package page

import "github.com/weirflow/weir/flow"

const (
	since    = "0.1"
	category = "Pages"
)

// Cards returns the cards of pages.
func Cards() []*flow.Card { return []*flow.Card{request(), body(), next(), collect(), shape()} }

func specPort() flow.Port {
	return flow.Port{Key: "spec", Label: "spec", Type: flow.ObjectType, Required: true,
		Doc: "How pages follow each other: by (page, offset, cursor, link, url), records, param, in, start, next, more and size."}
}

func statePort() flow.Port {
	return flow.Port{Key: "state", Label: "state", Type: flow.AnyType, Nullable: true, Doc: "What the page before remembered; null for the first page."}
}

func request() *flow.Card {
	return &flow.Card{
		Key: "page.request", Title: "Next Page Request", Category: category, Since: since,
		Doc: "Makes the address and query of the next page out of those of the first. Where the service names an address, which may be 8 KiB long, the query of the first page adds only what that address lacks.",
		In: []flow.Port{
			{Key: "url", Label: "url", Type: flow.TextType, Required: true, Doc: "Address of the first page."},
			{Key: "query", Label: "query", Type: flow.ObjectType, Doc: "Query of the first page.", Secret: flow.SecretPass},
			specPort(), statePort(),
		},
		Out: []flow.Port{
			{Key: "url", Label: "url", Type: flow.TextType, Doc: "Address of the page."},
			{Key: "query", Label: "query", Type: flow.ObjectType, Doc: "Query of the page."},
		},
		Cost:   flow.Cost{Base: 600, PerByte: 2, PerItem: 100},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeHTTPBody},
		Examples: []flow.Example{
			{
				In:  `{"url": "https://a.example/items", "query": {"per_page": 100}, "spec": {"by": "page", "param": "page", "start": 1}}`,
				Out: `{"url": "https://a.example/items", "query": {"per_page": 100, "page": 1}}`,
			},
			{
				In:  `{"url": "https://a.example/items", "query": {}, "spec": {"by": "cursor", "param": "after", "next": "body.next"}, "state": {"cursor": "abc", "count": 5}}`,
				Out: `{"url": "https://a.example/items", "query": {"after": "abc"}}`,
			},
			{
				In:   `{"url": "https://a.example/items", "query": {"key": "k", "page": 1}, "spec": {"by": "link"}, "state": {"url": "https://a.example/items?page=2", "count": 5}}`,
				Out:  `{"url": "https://a.example/items?page=2", "query": {"key": "k"}}`,
				Note: "page stands in the new address already, key does not",
			},
			{In: `{"url": "https://a.example/", "query": {}, "spec": {"by": "link"}, "state": {"url": "https://a.example:x/"}}`, Err: flow.CodeHTTPBody},
			{In: `{"url": ["a"], "query": 5, "spec": {"by": "page"}}`, Err: flow.CodeTypeConversion},
		},
		Run: runRequest,
	}
}

func next() *flow.Card {
	return &flow.Card{
		Key: "page.next", Title: "Page Records", Category: category, Since: since,
		Doc: "Takes the records out of an answer and tells whether and how the next page is asked for.",
		In: []flow.Port{
			{Key: "headers", Label: "headers", Type: flow.ObjectType, Doc: "Headers of the answer by name in lower case."},
			{Key: "body", Label: "body", Type: flow.AnyType, Nullable: true, Doc: "Body of the answer: JSON text, or what it holds."},
			{Key: "url", Label: "url", Type: flow.TextType, Required: true, Doc: "Address that was asked."},
			specPort(), statePort(),
			{Key: "limit", Label: "limit", Type: flow.NumberType, Nullable: true, Doc: "At most so many records over all pages; null, 0 and less for no limit."},
		},
		Out: []flow.Port{
			{Key: "records", Label: "records", Type: flow.ListType(flow.AnyType), Doc: "Records of the page."},
			{Key: "state", Label: "state", Type: flow.ObjectType, Doc: "What the next page needs to know: count and page, offset, cursor or url."},
			{Key: "more", Label: "more", Type: flow.BoolType, Doc: "Whether there may be another page."},
		},
		Cost:   flow.Cost{Base: 900, PerByte: 4, PerItem: 60},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeHTTPBody, flow.CodeEgressDenied, flow.CodeLimitValue, flow.CodeLimitDepth},
		Examples: []flow.Example{
			{
				In:  `{"headers": {}, "body": "{\"items\": [1, 2]}", "url": "https://a.example/", "spec": {"by": "page", "records": "body.items", "param": "page", "start": 1, "size": 2}}`,
				Out: `{"records": [1, 2], "state": {"count": 2, "page": 2}, "more": true}`,
			},
			{
				In:  `{"headers": {"link": "<https://a.example/?page=3>; rel=\"next\""}, "body": [{"id": 1}], "url": "https://a.example/?page=2", "spec": {"by": "link", "records": "body"}, "state": {"count": 4}}`,
				Out: `{"records": [{"id": 1}], "state": {"count": 5, "url": "https://a.example/?page=3"}, "more": true}`,
			},
			{
				In:   `{"headers": {}, "body": {"d": [1, 2, 3], "next": "c"}, "url": "https://a.example/", "spec": {"by": "cursor", "records": "body.d", "param": "after", "next": "body.next"}, "limit": 2}`,
				Out:  `{"records": [1, 2], "state": {"count": 2, "cursor": "c"}, "more": false}`,
				Note: "the limit is reached",
			},
			{
				In:   `{"headers": {}, "body": {"d": [1], "next": "https://evil.example/"}, "url": "https://a.example/", "spec": {"by": "url", "records": "body.d", "next": "body.next"}}`,
				Err:  flow.CodeEgressDenied,
				Note: "pages of another host are not asked for",
			},
			{
				In:   `{"headers": {}, "body": {"data": [{"id": "a"}, {"id": "b"}], "has_more": true}, "url": "https://a.example/", "spec": {"by": "cursor", "records": "body.data", "param": "starting_after", "next": "body.data.-1.id", "more": "body.has_more"}}`,
				Out:  `{"records": [{"id": "a"}, {"id": "b"}], "state": {"count": 2, "cursor": "b"}, "more": true}`,
				Note: "the last record is the cursor",
			},
			{
				In:   `{"headers": {}, "body": {"hits": [{"sort": [1, "a"]}]}, "url": "https://a.example/", "spec": {"by": "cursor", "records": "body.hits", "in": "body", "param": "search_after", "next": "body.hits.-1.sort"}}`,
				Out:  `{"records": [{"sort": [1, "a"]}], "state": {"count": 1, "cursor": [1, "a"]}, "more": true}`,
				Note: "in bodies, lists and objects can be cursors",
			},
			{In: `{"headers": {}, "body": {"items": 5}, "url": "https://a.example/", "spec": {"by": "link", "records": "body.items"}}`, Err: flow.CodeHTTPBody},
		},
		Run: runNext,
	}
}

func collect() *flow.Card {
	return &flow.Card{
		Key: "page.collect", Title: "Collect Pages", Category: category, Since: since,
		Doc: "Lays the records of all pages end to end.",
		In:  []flow.Port{{Key: "pages", Label: "pages", Type: flow.ListType(flow.AnyType), Required: true, Doc: "A list of lists of records."}},
		Out: []flow.Port{
			{Key: "records", Label: "records", Type: flow.ListType(flow.AnyType), Doc: "All records."},
			{Key: "count", Label: "count", Type: flow.NumberType, Doc: "How many there are."},
		},
		Cost:   flow.Cost{Base: 250, PerByte: 0.5, PerItem: 40},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitValue},
		Examples: []flow.Example{
			{In: `{"pages": [[1, 2], [], [3]]}`, Out: `{"records": [1, 2, 3], "count": 3}`},
			{In: `{"pages": []}`, Out: `{"records": [], "count": 0}`},
			{In: `{"pages": [[{"a": [1]}]]}`, Out: `{"records": [{"a": [1]}], "count": 1}`},
			{In: `{"pages": [1]}`, Err: flow.CodeTypeConversion},
		},
		Run: runCollect,
	}
}
