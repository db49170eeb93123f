// Package connections makes, keeps and opens connections: stored credentials
// for one authentication of one connector.
//
// A Manager does what people ask for. Draft says what an authentication needs;
// Create, or Begin and Finish where a browser is needed, turns the answers into
// a stored Record; Open gives a run what it needs of it, with tokens that are
// fresh. Records lie in a Vault, encrypted field by field by a Sealer.
//
// Read record.go for what is stored, manager.go for what can be done with it.
// draft.go and template.go turn what a person typed into hosts and addresses
// that nothing changes afterwards; session.go and callback.go are the two halves
// of an authorization in the browser; token.go, answer.go and fetch.go get
// tokens, with golang.org/x/oauth2 for the protocol; refresh.go keeps them
// fresh. filevault.go is a vault in one file.
package connections
