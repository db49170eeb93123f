package http_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/cardtest"
)

// called is an environment of a run that somebody waits for.
type called struct {
	*cardtest.Env
	by *caller
}

func (c called) Host() flow.Host { return c.by }

// caller keeps the answers that it gets.
type caller struct {
	flow.Host
	replies []flow.Reply
}

func (c *caller) Reply(_ context.Context, _ string, r flow.Reply) error {
	c.replies = append(c.replies, r)
	return nil
}

// TestClose checks what the caller gets, which the cards do not give.
func TestClose(t *testing.T) {
	for _, c := range []struct{ key, in, want string }{
		{"http.close", `{"Response": {"statusCode": 200, "body": {"ok": true}}}`, `200 Content-Type: application/json|{"ok":true}`},
		{"http.close", `{}`, `200 Content-Type: application/json|{}`},
		{"http.close", `{"Response": {"statusCode": 599, "headers": {"X-A": 1}, "body": {"a": [1, "b"]}}}`, `599 X-A: 1|Content-Type: application/json|{"a":[1,"b"]}`},
		{"http.close", `{"Response": {"statusCode": 600}}`, "input.invalid"},
		{"http.close", `{"Response": {"statusCode": 399}}`, "input.invalid"},
		{"http.close", `{"Response": {"statusCode": 400.5}}`, "input.invalid"},
		{"http.closeKernel", `{"statusCode": "200", "body": {"commands": ["a"]}}`, `200 Content-Type: application/json|{"commands":["a"]}`},
		{"http.closeKernel", `{"statusCode": " 404 ", "headers": {"content-type": "text/plain"}}`, `404 content-type: text/plain|{}`},
		{"http.closeKernel", `{"statusCode": "OK"}`, "input.invalid"},
		{"http.closeKernel", `{"statusCode": "399"}`, "input.invalid"},
	} {
		in, err := flow.ParseJSON([]byte(c.in), flow.JSONLimits{})
		if err != nil {
			t.Fatal(err)
		}
		env := called{cardtest.NewEnv(), &caller{}}
		_, err = flow.Invoke(t.Context(), card(t, c.key), in, env)
		got := string(flow.CodeOf(err))
		for _, r := range env.by.replies {
			var headers strings.Builder
			for _, h := range r.Headers {
				fmt.Fprintf(&headers, "%s: %s|", h.Name, h.Value.Text())
			}
			got += fmt.Sprintf("%d %s%s", r.Status, &headers, r.Body)
		}
		if got != c.want {
			t.Errorf("%s %s answers %s (%v), want %s", c.key, c.in, got, err, c.want)
		}
	}
}
