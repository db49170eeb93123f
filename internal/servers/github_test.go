package servers

import (
	"strings"
	"testing"
	"time"
)

// startGitHub starts Prism with GitHub's own document: it refuses requests that
// the document does not allow, and answers with the document's examples.
func startGitHub(t *testing.T) *server {
	t.Helper()
	prism, document := program(t, "prism"), program(t, "github.json")
	return start(t, 4*time.Minute, "/zen", func(port string) []string {
		return []string{"node", prism, "mock", "--host", "127.0.0.1", "--port", port, document}
	})
}

// TestSlowServerGitHub uses every card of the GitHub example: what they send
// is valid by the document, at any depth.
func TestSlowServerGitHub(t *testing.T) {
	s := startGitHub(t)
	u := newUser(t, example("github"), s)
	u.given = append(u.given, "--set", "base_url="+s.url)
	u.connect("GitHub", "--auth", "token", "--param", "api_key="+u.secret("token", "ghp_of-jane-d0e"))
	in := func(pairs ...any) string {
		return input(t, append([]any{"owner", "octocat", "repo", "Hello-World"}, pairs...)...)
	}
	notes := []map[string]any{
		{"path": "main.go", "line": 3, "level": "warning", "message": "unused"},
		{"path": "docs/ü.md", "line": 14, "level": "failure", "message": "a \"word\"\nmissing"},
	}
	for _, c := range []struct {
		tape, flow, input string
		want              string // members of the outputs, as JSON without braces
	}{
		{"read_repository", "read_repository", in(), `"full_name":"octocat/Hello-World"`},
		{"", "read_repository", in(), `"permissions":{"admin":false,"pull":true,"push":false}`},
		{"", "read_repository", in(), `"topics":["octocat","atom","electron","api"]`},
		{"update_repository", "update_repository", in("description", "Says \"hello\"", "homepage", "https://example.com/?a=b&c", "visibility", "private",
			"has_issues", true, "has_wiki", false, "squash", true, "secret_scanning", "enabled", "push_protection", "disabled"), `"full_name":"octocat/Hello-World"`},
		{"", "update_repository", in("archived", true), `"full_name":"octocat/Hello-World"`},
		{"create_check_run", "create_check_run", in("name", "lint", "commit", "ce587453ced02b1526dfb4cb910479d431683101", "status", "completed", "conclusion", "failure",
			"completed", "2026-01-02T03:04:05Z", "title", "Two notes", "summary", "Look at them.", "notes", notes), `"app":{"owner":"github","slug":"octoapp"}`},
		{"", "create_check_run", in("name", "lint", "commit", "abc", "status", "queued"), `"id":4`},
		{"list_issues", "list_issues", in("state", "all", "labels", "bug,ui", "record_limit", 1), `"issues":[{"number":1347,"state":"open","title":"Found a bug"}]`},
		{"search_issues", "search_issues", `{"words": "repo:octocat/Hello-World is:open", "record_limit": 1}`, `"count":1`},
		{"create_issue", "create_issue", in("title", "Found a bug", "body", "It is <here> & there", "labels", []string{"bug"}, "assignees", []string{"octocat"}), `"number":1347`},
		{"update_issue", "update_issue", in("number", 1347, "state", "closed", "labels", []string{"bug"}), `"url":"https://github.com/octocat/Hello-World/issues/1347"`},
		// The document's example of one issue has it one level too deep: there is nothing to read.
		{"", "read_issue", in("number", 1347), `"title":""`},
		{"review_pull_request", "review_pull_request", in("number", 12, "verdict", "REQUEST_CHANGES", "body", "Please look.", "comments",
			[]map[string]any{{"path": "main.go", "line": 3, "text": "Why?"}, {"path": "b.go", "line": 4, "text": "How?"}}), `"id":80`},
		{"", "review_pull_request", in("number", 12, "verdict", "COMMENT", "body", "Fine."), `"state":"CHANGES_REQUESTED"`},
	} {
		var out map[string]any
		if c.tape == "" {
			out = u.run("GitHub", c.flow, c.input)
		} else {
			out = u.taped(c.tape+".tape.yaml", "GitHub", c.flow, c.input)
		}
		if got := text(t, out); !strings.Contains(got, c.want) {
			t.Errorf("%s %s: %s, want %s", c.flow, c.input, got, c.want)
		}
	}
	custom := u.run("GitHub", "custom_api_action", `{"relative_url": "/repos/octocat/Hello-World/topics", "body": {"names": ["octocat", "atom"]}}`, "--option", "request_type=PUT")
	u.want("custom_api_action", custom["status_code"], "200")

	for _, c := range []struct{ request, input string }{
		{"GET", `{"relative_url": "/repos/octocat/Hello-World/issues", "query": {"sort": "colour"}}`},
		{"PUT", `{"relative_url": "/repos/octocat/Hello-World/topics", "body": {"names": "octocat"}}`},
		{"PATCH", `{"relative_url": "/repos/octocat/Hello-World", "body": {"security_and_analysis": {"secret_scanning": {"status": 1}}}}`},
		{"POST", `{"relative_url": "/repos/octocat/Hello-World/pulls/1/reviews", "body": {"comments": [{"path": "a.go", "body": "b", "line": "three"}]}}`},
		{"POST", `{"relative_url": "/repos/octocat/Hello-World/check-runs", "body": {"name": "lint", "head_sha": "abc", "output": {"title": "no summary"}}}`},
	} {
		if f := u.fails("GitHub", "custom_api_action", c.input, "--option", "request_type="+c.request); f.Code != "http.status" || f.Status != 422 {
			t.Errorf("%s: %+v", c.input, f)
		}
	}
	if out := u.done("test", u.connector); !strings.Contains(out, "passed") {
		t.Errorf("weir test printed %s", out)
	}
}
