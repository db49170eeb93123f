package connections_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/weirflow/weir/connections"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/egress"
)

// A connection is drafted, made of what a person answers, and opened for runs.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "vault")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	key, err := connections.ParseKey([]byte(connections.NewKey()))
	if err != nil {
		panic(err)
	}
	vault, err := connections.OpenFile(ctx, filepath.Join(dir, "vault"), key)
	if err != nil {
		panic(err)
	}
	manager, err := connections.New(connections.Config{Vault: vault, HTTP: egress.New(egress.Config{})})
	if err != nil {
		panic(err)
	}

	// The manifest of a compiled connector.
	tracker := connections.Connector{Manifest: &flow.Manifest{
		Key: "tracker", Hosts: []string{"{{auth.subdomain}}.tracker.example"},
		Auths: []flow.Auth{{
			Key: "token", Type: flow.AuthAPIKey, Attach: true, Scheme: &flow.KeyScheme{In: "header", Field: "X-Api-Key"},
			Parameters: []flow.Parameter{{Key: "subdomain", Type: flow.ParamText}},
		}},
	}}
	draft, err := manager.Draft(ctx, tracker, "local", "token")
	if err != nil {
		panic(err)
	}
	for _, f := range draft.Fields {
		fmt.Println("asks for", f.Label)
	}
	view, err := manager.Create(ctx, draft, connections.Answers{Name: "Mine", Values: map[string]connections.Hidden{
		"api_key": connections.Hide("s3cret"), "subdomain": connections.Hide("acme"),
	}})
	if err != nil {
		panic(err)
	}
	fmt.Println(view.Name, view.State, view.Bound)

	opened, err := manager.Open(ctx, tracker.Manifest, "local", view.ID)
	if err != nil {
		panic(err)
	}
	fmt.Println(opened.Values["subdomain"], opened.Values["api_key"], opened.Attach[0].Field)
	// Output:
	// asks for API Key
	// asks for Subdomain
	// Mine ok [acme.tracker.example]
	// acme "[secret]" X-Api-Key
}
