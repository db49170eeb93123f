package flow

import "strings"

// CredentialHeader reports whether a header field grants something to whoever
// reads it. Errors and tapes travel further than results, so they do without.
func CredentialHeader(name string) bool {
	switch strings.ToLower(name) {
	case "authentication-info", "authorization", "cookie", "proxy-authentication-info", "proxy-authorization", "set-cookie", "set-cookie2",
		"x-access-token", "x-amz-security-token", "x-api-key", "x-auth-token", "x-csrf-token", "x-refresh-token", "x-xsrf-token":
		return true
	}
	return false
}
