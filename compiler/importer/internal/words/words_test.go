package words

import (
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "",
		"userID":                     "user ID",
		"getUserIDs":                 "get User IDs",
		"getUserIDsV2":               "get User IDs V2",
		"HTTPServer":                 "HTTP Server",
		"per_page":                   "per page",
		"X-GitHub-Api-Version":       "X Git Hub Api Version",
		"List a user's OAuth apps":   "List a user OAuth apps",
		"filter[name]":               "filter name",
		"Ünïcode naïve":              "Unicode naive",
		"two\u00a0words":             "two words",
		"日本語":                        "",
		"../../etc/passwd":           "etc passwd",
		"listCoreV1NamespacedPod":    "list Core V1 Namespaced Pod",
		"  spaced   out  ":           "spaced out",
		"a1b2":                       "a1b2",
		"repos/create-release-asset": "repos create release asset",
	} {
		if got := strings.Join(Split(in), " "); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
