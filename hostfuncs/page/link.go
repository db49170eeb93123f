package page

import "strings"

// nextLink returns the target of the link with the relation next in a Link
// header (RFC 8288, section 3), or "". Several headers arrive joined by commas,
// which targets and quoted parameters may hold too.
func nextLink(header string) string {
	for rest := header; rest != ""; {
		start := strings.IndexByte(rest, '<')
		if start < 0 {
			return ""
		}
		end := strings.IndexByte(rest[start:], '>')
		if end < 0 {
			return ""
		}
		target := rest[start+1 : start+end]
		var params string
		params, rest = cutLink(rest[start+end+1:])
		if relations(params, "next") {
			return strings.TrimSpace(target)
		}
	}
	return ""
}

// cutLink splits behind the parameters of one link: at the comma before the
// next one.
func cutLink(s string) (params, rest string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ',' && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// relations reports whether the first rel parameter (RFC 8288, 3.3) has a
// relation.
func relations(params, want string) bool {
	for params != "" {
		params = strings.TrimLeft(params, "; \t")
		name := params
		if i := strings.IndexAny(params, "=;"); i >= 0 {
			name = params[:i]
		}
		rest := strings.TrimLeft(params[len(name):], " \t")
		value := ""
		if after, ok := strings.CutPrefix(rest, "="); ok {
			value, rest = parameter(strings.TrimLeft(after, " \t"))
		}
		if strings.EqualFold(strings.TrimSpace(name), "rel") {
			for _, r := range strings.Fields(value) {
				if strings.EqualFold(r, want) {
					return true
				}
			}
			return false
		}
		if rest == params {
			return false
		}
		params = rest
	}
	return false
}

// parameter reads a token or quoted string.
func parameter(s string) (value, rest string) {
	if !strings.HasPrefix(s, `"`) {
		i := strings.IndexByte(s, ';')
		if i < 0 {
			return strings.TrimSpace(s), ""
		}
		return strings.TrimSpace(s[:i]), s[i:]
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			return b.String(), s[i+1:]
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), ""
}
