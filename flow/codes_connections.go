package flow

// Connections: why a connection cannot be made, kept or used.
const (
	// CodeConnectionInvalid: what was given for a connection is missing, does not fit, or names another host than it may.
	// No source gives it: it is about what a person enters.
	CodeConnectionInvalid Code = "connection.invalid"

	// CodeConnectionUnknown: there is no such connection, or not for this connector.
	// No source gives it: it is about what is stored.
	CodeConnectionUnknown Code = "connection.unknown"

	// CodeConnectionExists: the connector has another connection of this name, or the connection was changed meanwhile.
	// No source gives it: it is about what is stored.
	CodeConnectionExists Code = "connection.exists"

	// CodeConnectionReauthorize: the service takes the credentials no longer; a person must authorize again.
	// No source gives it: it is about what a service answers.
	CodeConnectionReauthorize Code = "connection.reauthorize"

	// CodeConnectionSlot: a step uses a slot of the connector's connections, and the run has no connection in it.
	// Example:
	//	# run: {}
	//	# flows/main.yaml
	//	steps:
	//	  - card: http.get
	//	    connection: other
	//	    with: {Request: {URL: "https://example.com/"}}
	//	# connector.yaml
	//	key: example
	//	name: Example
	//	version: 1.0.0
	//	connections: {other: {connector: other}}
	CodeConnectionSlot Code = "connection.slot"

	// CodeOAuthCallback: what the browser brought back does not belong to the authorization that was begun. Begin again.
	// No source gives it: it is about what a browser sends.
	CodeOAuthCallback Code = "oauth.callback"

	// CodeOAuthRefused: the authorization server refused, or the person did.
	// No source gives it: it is about what a server answers.
	CodeOAuthRefused Code = "oauth.refused"

	// CodeOAuthAnswer: the answer of the authorization server is not one of OAuth 2.0, or not where the authentication says.
	// No source gives it: it is about what a server answers.
	CodeOAuthAnswer Code = "oauth.answer"

	// CodeOAuthUnavailable: the authorization server could not be asked, although it was tried several times.
	// No source gives it: it is about what a server answers.
	CodeOAuthUnavailable Code = "oauth.unavailable"

	// CodeVaultKey: the key is not one of a vault, or opens another vault.
	// No source gives it: it is about what is stored.
	CodeVaultKey Code = "vault.key"

	// CodeVaultCorrupt: the vault is damaged, or somebody else changed it.
	// No source gives it: it is about what is stored.
	CodeVaultCorrupt Code = "vault.corrupt"

	// CodeVaultIO: the vault could not be read, written or locked.
	// No source gives it: it is about what is stored.
	CodeVaultIO Code = "vault.io"
)
