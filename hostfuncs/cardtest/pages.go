package cardtest

import (
	"net/url"
	"strconv"

	"github.com/weirflow/weir/flow"
)

// pagedRecords is how many records the paths /pages/… have, two on each page.
const pagedRecords = 5

// page answers https://example.com/pages/NAME: link names the next page in a
// header, cursor, url and odata in the body, last asks for what comes behind the
// last record, and list knows page, per_page and offset. What the others take as
// query, search and sorted take as members of a JSON body, those of "paging" too;
// the cursors of sorted are lists.
func page(name string, u *url.URL, req *flow.Request) *flow.Response {
	given := u.Query()
	if name == "search" || name == "sorted" {
		var body flow.Value
		flow.MapSecret(req.Body, func(s string) string { // a body with a secret in it is one
			body, _ = flow.ParseJSON([]byte(s), flow.JSONLimits{})
			return s
		})
		for _, o := range []flow.Value{body, flow.At(body, "paging")} {
			for k, v := range o.Object().All() {
				given.Set(k, v.String())
				if v.Kind() == flow.KindText {
					given.Set(k, v.Text())
				}
			}
		}
		if after := flow.At(body, "search_after", "0"); after.Kind() == flow.KindNumber {
			given.Set("after", after.String())
		}
	}
	for _, p := range req.Query {
		given.Set(p.Name, p.Value.String())
		if p.Value.Kind() == flow.KindText {
			given.Set(p.Name, p.Value.Text())
		}
	}
	number := func(key string, fallback int) int {
		if n, err := strconv.Atoi(given.Get(key)); err == nil {
			return n
		}
		return fallback
	}
	size := number("per_page", 2)
	from := (number("page", 1) - 1) * size
	if given.Has("offset") {
		from = number("offset", 0)
	}
	if given.Has("after") {
		from = number("after", 0)
	}
	var records []flow.Value
	for i := from; i < min(from+size, pagedRecords); i++ {
		records = append(records, flow.Members("id", flow.Number(float64(i+1))))
	}
	more := from+size < pagedRecords
	next := "https://example.com/pages/" + name + "?page=" + strconv.Itoa(from/size+2)
	switch name {
	case "link":
		res := answer(200, flow.ListOf(records...))
		if more {
			res.Headers = append(res.Headers, flow.Pair{Name: "link", Value: flow.Text("<" + next + ">; rel=\"next\"")})
		}
		return res
	case "sorted":
		for i, r := range records {
			records[i] = flow.Members("id", flow.At(r, "id"), "sort", flow.ListOf(flow.At(r, "id")))
		}
		return answer(200, flow.Members("hits", flow.ListOf(records...)))
	case "cursor", "search":
		after := flow.Null()
		if more {
			after = flow.Text(strconv.Itoa(from + size))
		}
		return answer(200, flow.Members("items", flow.ListOf(records...), "next_cursor", after))
	case "last":
		return answer(200, flow.Members("data", flow.ListOf(records...), "has_more", flow.Bool(more)))
	case "odata":
		if more {
			return answer(200, flow.Members("value", flow.ListOf(records...), "@odata.nextLink", flow.Text(next)))
		}
		return answer(200, flow.Members("value", flow.ListOf(records...)))
	case "url":
		to := flow.Text("")
		if more {
			to = flow.Text(next)
		}
		return answer(200, flow.Members("items", flow.ListOf(records...), "next", to))
	}
	return answer(200, flow.Members("items", flow.ListOf(records...)))
}
