package schema

import "github.com/weirflow/weir/flow"

// authSchema is the schema of one way to connect. What belongs to which type is
// left to rules at its end.
func authSchema() object {
	address := func(what string) object { return about(what, texts(member{"pattern", `^https?://`})) }
	label := func(what string) object {
		o := closed(nil, member{"label", texts()}, member{"doc", texts()})
		o[0] = member{"type", list{"object", "null"}}
		return about(what, o)
	}
	pairs := func(what string) object { return about(what, mapping(texts())) }
	shared := []member{
		{"key", about("The Auth Selection Key.", ref("name"))},
		{"name", about("What people see.", texts())},
		{"type", about("How people connect.", enum(flow.AuthBasic, flow.AuthOAuth2, flow.AuthAPIKey, flow.AuthCustom))},
		{"parameters", about("What people are asked for, by key.", named(parameterSchema()))},
		{"config_values", about("What is shown for copying, or only used in flows, by key.", named(configValueSchema()))},
		{"attach", about("The credential goes on every request that has none.", object{{"type", "boolean"}})},
		{"hosts", about("Where its secrets may be sent; all hosts of the connector when absent.", ref("hosts"))},
	}
	own := map[string][]member{
		flow.AuthBasic:  {{"username", label("How the user name is shown.")}, {"password", label("How the password is shown.")}},
		flow.AuthCustom: nil,
		flow.AuthAPIKey: {
			{"in", about("Where the key goes.", enum("header", "query", "cookie"))},
			{"field", about("The name of the header, parameter or cookie.", texts(member{"minLength", 1}))},
			{"prefix", about("What stands before the key.", texts())},
			{"label", about("What people see.", texts())},
			{"doc", about("Where people find the key.", texts())},
		},
		flow.AuthOAuth2: {
			{"grant", enum(flow.GrantAuthorizationCode, flow.GrantClientCredentials, flow.GrantJWTBearer)},
			{"authorize_url", address("Where people consent.")},
			{"token_url", address("Where tokens are got.")},
			{"refresh_url", address("Where tokens are renewed; token_url when absent.")},
			{"issuer", about("When given, iss of the answer must be it (RFC 9207).", texts())},
			{"client", closed(nil, member{"auth", enum(flow.ClientAuthBasic, flow.ClientAuthPost, flow.ClientAuthNone)}, member{"id", texts()})},
			{"scopes", listOf(when(texts(), object{}, closed([]string{"name"}, member{"name", texts()}, member{"label", texts()},
				member{"required", object{{"type", "boolean"}}})))},
			{"customize_scopes", about("People choose scopes; required ones stay.", object{{"type", "boolean"}})},
			{"scope_separator", about("A space when absent.", texts())},
			{"authorize_params", pairs("Further parameters of the authorize address.")},
			{"token_params", pairs("Further parameters of the token address.")},
			{"token_headers", pairs("Further headers of the token address.")},
			{"token_response", about("Where the members of the answer stand: dotted paths.", closed(nil, member{"access_token", texts()},
				member{"refresh_token", texts()}, member{"expires_in", texts()}, member{"scope", texts()}, member{"token_type", texts()}))},
			{"jwt", about("The assertion of the grant jwt_bearer (RFC 7523).", closed([]string{"issuer"},
				member{"algorithm", enum("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")},
				member{"key", texts()}, member{"key_id", texts()}, member{"issuer", texts()}, member{"subject", texts()}, member{"audience", texts()},
				member{"lifetime", whole(1, 3600)}))},
		},
	}
	required := map[string][]string{flow.AuthAPIKey: {"in", "field"}, flow.AuthOAuth2: {"grant", "token_url"}}
	fields := shared
	var rules list
	for _, typ := range []string{flow.AuthBasic, flow.AuthOAuth2, flow.AuthAPIKey, flow.AuthCustom} {
		fields = append(fields, own[typ]...)
		test := object{{"required", list{"type"}}, {"properties", object{{"type", enum(typ)}}}}
		rules = append(rules, when(test, closed(required[typ], append(shared[:len(shared):len(shared)], own[typ]...)...), nil))
	}
	return append(closed([]string{"key", "type"}, fields...), member{"allOf", rules})
}

func parameterSchema() object {
	return closed(nil,
		member{"type", enum(flow.ParamText, flow.ParamPassword, flow.ParamDropdown)},
		member{"label", about("What people see.", texts())},
		member{"doc", about("What it means.", texts())},
		member{"options", about("The rows of a dropdown.", listOf(choice()))})
}

func configValueSchema() object {
	return closed(nil,
		member{"type", enum(flow.ParamText, flow.ParamPassword)},
		member{"label", about("What people see.", texts())},
		member{"value", about("The value itself.", texts())},
		member{"flow", about("The helper flow that computes it.", texts(member{"pattern", flowKeyPat}))},
		member{"visible", about("Shown when a connection is made; true when absent.", object{{"type", "boolean"}})})
}
