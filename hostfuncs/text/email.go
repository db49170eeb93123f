package text

import (
	"context"
	"strings"

	"github.com/weirflow/weir/flow"
)

func email() *flow.Card {
	return &flow.Card{
		Key: "text.email", Aliases: []string{"kernel:string:email"}, Title: "Find Email", Category: category, Since: since,
		Doc:    "Gives the first e-mail address in a text, or an empty text. An address is a local part as HTML's e-mail fields take it, an @ and a domain of at least two labels.",
		In:     []flow.Port{required("string", "text", "The text to search.")},
		Out:    outputs("email", "email", "The address, without a full stop behind it.", flow.TextType),
		Cost:   flow.Cost{Base: 80, PerByte: 4},
		Errors: []flow.Code{flow.CodeTypeConversion},
		Notes: []flow.Note{
			{Topic: "what an e-mail address is", Vendor: "say nothing", Choice: "letters, digits and .!#$%&'*+/=?^_`{|}~- before the @, letters, digits and - in two or more labels behind it", Why: "this finds the addresses that people write"},
			{Topic: "no address", Vendor: "say that the result is empty", Choice: "an empty text, not null", Why: "the output is a text"},
		},
		Examples: []flow.Example{
			{In: `{"string":"You can reach me at fred@example.com or support@example.com"}`, Out: `{"email":"fred@example.com"}`},
			{In: `{"string":"no address here"}`, Out: `{"email":""}`},
			{In: `{"string":"@home, me@localhost, you@mail.example.org."}`, Out: `{"email":"you@mail.example.org"}`},
			{In: `{"text":"fred@example.com"}`, Err: flow.CodeCardInput, Note: "the input is called string"},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			s := c.Text(0)
			lo, hi := address(s)
			return piece(s, lo, hi), nil
		},
	}
}

// address returns where the first address of s begins and ends, or 0, 0.
func address(s string) (lo, hi int) {
	for at := 0; ; at++ {
		i := strings.IndexByte(s[at:], '@')
		if i < 0 {
			return 0, 0
		}
		at += i
		lo = at
		for lo > 0 && isLocal(s[lo-1]) {
			lo--
		}
		if hi = domainEnd(s, at+1); lo < at && hi > 0 {
			return lo, hi
		}
	}
}

// domainEnd returns the end of the domain that begins at i, or 0.
func domainEnd(s string, i int) int {
	labels := 0
	for {
		start := i
		for i < len(s) && (isAlphanumeric(s[i]) || s[i] == '-') {
			i++
		}
		if i == start { // nothing stands behind the dot: it is no part of the domain
			i--
			break
		}
		labels++
		if i == len(s) || s[i] != '.' {
			break
		}
		i++
	}
	if labels < 2 {
		return 0
	}
	return i
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func isLocal(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte(".!#$%&'*+/=?^_`{|}~-", c) >= 0
}
