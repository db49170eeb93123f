package flopack

import "testing"

func TestIdentifier(t *testing.T) {
	for name, want := range map[string]string{
		"Contractor Expiry Notification": "contractor_expiry_notification",
		"1.1 - Initialize":               "initialize",
		"[2.0] Group Addition":           "group_addition",
		"listUsersWithSearch":            "list_users_with_search",
		"HTTPServer":                     "http_server",
		"User's E-Mail":                  "user_e_mail",
		"Größe":                          "groe",
		"日本":                             "flow",
		"42":                             "flow_42",
		"":                               "flow",
		"_private":                       "private",
	} {
		if got := identifier(name, "flow"); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}

func TestNamesTake(t *testing.T) {
	n := names{}
	for _, want := range []string{"a", "a_2", "a_3"} {
		if got := n.take("a"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if got := n.take("A"); got != "A_4" {
		t.Errorf("names differ in more than their case: %s", got)
	}
	if got := n.take("a_2"); got != "a_2_2" {
		t.Errorf("%s, want a_2_2", got)
	}
}

func TestRandomKeys(t *testing.T) {
	for key, want := range map[string]bool{"h2xPq81Zk": true, "a8QNi8ioO": true, "w_zk9DrYJ": true, "firstName": false, "recipient": false, "Relative URL": false, "subject": false} {
		if random(key) != want {
			t.Errorf("%s: %t", key, !want)
		}
	}
}
