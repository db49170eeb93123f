package connections

import (
	"encoding/json"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
)

// refusals are the error codes that are told to people as they are: RFC 6749,
// 4.1.2.1 and 5.2, RFC 8707 and OpenID Connect Core, 3.1.2.6. Any other text is
// the server's own and may hold what it was sent.
var refusals = []string{
	"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope",
	"access_denied", "unsupported_response_type", "server_error", "temporarily_unavailable", "slow_down", "invalid_target",
	"interaction_required", "login_required", "account_selection_required", "consent_required", "invalid_redirect_uri",
}

// unnamedRefusal stands for every error code that is not one of refusals.
const unnamedRefusal = "other_error"

func refusal(code string) string {
	if slices.Contains(refusals, code) {
		return code
	}
	return unnamedRefusal
}

const (
	// maxLifetime is the longest lifetime that is believed; what lasts longer has
	// no expiry that anybody will see.
	maxLifetime = 10 * 365 * 24 * 3600
	// maxAnswerDepth bounds the nesting of an answer.
	maxAnswerDepth = 32
)

// tokenAnswer is the form of RFC 6749, 5.1 and 5.2.
type tokenAnswer struct {
	AccessToken  string `json:"access_token,omitempty"`
	TokenType    string `json:"token_type,omitempty"`
	RefreshToken string `json:"refresh_token,omitempty"`
	ExpiresIn    int64  `json:"expires_in,omitempty"`
	Scope        string `json:"scope,omitempty"` // separated by single spaces
	Error        string `json:"error,omitempty"`
}

// canonicalAnswer reads the answer of a token address, where the authentication
// says its members stand, and writes it as RFC 6749 has it. An answer with an
// error status, or an error member, keeps the error's code alone. Errors:
// oauth.answer for anything else that holds no usable token.
func canonicalAnswer(status int, content string, body []byte, o *flow.OAuth2) ([]byte, error) {
	members, err := readAnswer(content, body)
	failed := status < 200 || status > 299
	if failed && err != nil {
		members = flow.Value{} // an error page
	} else if err != nil {
		return nil, err
	}
	var a tokenAnswer
	if e := flow.At(members, "error"); failed || e.Kind() == flow.KindText && e.Text() != "" || e.Kind() == flow.KindObject {
		a.Error = refusal(e.Text())
		return json.Marshal(a)
	}
	m := o.TokenResponse
	at := func(path, name string) flow.Value {
		if path == "" {
			path = name
		}
		return flow.At(members, flow.SplitPath(path)...)
	}
	if a.AccessToken, err = tokenText("access_token", at(m.AccessToken, "access_token")); err != nil {
		return nil, err
	}
	if a.AccessToken == "" {
		return nil, badAnswer("has no access_token")
	}
	if a.RefreshToken, err = tokenText("refresh_token", at(m.RefreshToken, "refresh_token")); err != nil {
		return nil, err
	}
	if a.TokenType, err = tokenText("token_type", at(m.TokenType, "token_type")); err != nil {
		return nil, err
	}
	if a.ExpiresIn, err = lifetime(at(m.ExpiresIn, "expires_in")); err != nil {
		return nil, err
	}
	a.Scope = strings.Join(splitScopes(at(m.Scope, "scope"), o.ScopeSeparator), " ")
	return json.Marshal(a)
}

func badAnswer(what string) error {
	return flow.Errorf(flow.CodeOAuthAnswer, "the answer of the token address %s", what)
}

// readAnswer reads a body as JSON, or as a form where it says that it is one, as
// early servers do.
func readAnswer(content string, body []byte) (flow.Value, error) {
	text := strings.TrimSpace(string(body))
	if (content == "application/x-www-form-urlencoded" || content == "text/plain") && !strings.HasPrefix(text, "{") {
		form, err := url.ParseQuery(text)
		if err != nil {
			return flow.Value{}, badAnswer("is no form")
		}
		var b flow.ObjectBuilder
		for name, values := range form {
			if len(values) != 1 {
				return flow.Value{}, badAnswer("has a member twice")
			}
			b.Set(name, flow.Text(values[0]))
		}
		return b.Value(), nil
	}
	v, err := flow.ParseJSON(body, flow.JSONLimits{Depth: maxAnswerDepth, Bytes: 64 * maxAnswer})
	if err != nil || v.Kind() != flow.KindObject {
		return flow.Value{}, badAnswer("is not a JSON object")
	}
	return v, nil
}

// tokenText reads a token: printable ASCII (RFC 6749, appendix A.12), so that no
// line break reaches a header.
func tokenText(name string, v flow.Value) (string, error) {
	switch {
	case v.IsNull():
		return "", nil
	case v.Kind() != flow.KindText:
		return "", badAnswer("has a " + name + " that is no text")
	case len(v.Text()) > flow.MaxSecret/2:
		return "", badAnswer("has a " + name + " of more than " + strconv.Itoa(flow.MaxSecret/2) + " bytes")
	case strings.ContainsFunc(v.Text(), func(r rune) bool { return r < ' ' || r > '~' }):
		return "", badAnswer("has a " + name + " with characters that tokens cannot have")
	}
	return v.Text(), nil
}

// lifetime reads expires_in: seconds, as a number or, from some servers, as
// text. Nothing, null, empty text and 0 mean that the server does not say.
func lifetime(v flow.Value) (int64, error) {
	var n float64
	switch v.Kind() {
	case flow.KindNull:
		return 0, nil
	case flow.KindNumber:
		n = v.Number()
	case flow.KindText:
		if v.Text() == "" {
			return 0, nil
		}
		var err error
		if n, err = strconv.ParseFloat(v.Text(), 64); err != nil {
			return 0, badAnswer("has an expires_in that is no number")
		}
	default:
		return 0, badAnswer("has an expires_in that is no number")
	}
	if n < 0 || math.IsNaN(n) {
		return 0, badAnswer("has an expires_in below 0")
	}
	return int64(min(n, maxLifetime)), nil
}

// splitScopes reads a scope member: text with the authentication's separator,
// spaces or commas, or a list. What is neither is as good as absent.
func splitScopes(v flow.Value, separator string) []string {
	var out []string
	add := func(s string) {
		if separator != "" {
			s = strings.ReplaceAll(s, separator, " ")
		}
		for _, name := range strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == ',' || r > '~' }) {
			if len(name) <= 255 && len(out) < 200 && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	switch v.Kind() {
	case flow.KindText:
		add(v.Text())
	case flow.KindList:
		for _, x := range v.List().All() {
			if x.Kind() == flow.KindText {
				add(x.Text())
			}
		}
	}
	return out
}
