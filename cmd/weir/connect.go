package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirflow/weir/connections"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
)

// connectFlags are the flags of weir connect, and of weir connections
// reauthorize but for auth.
type connectFlags struct {
	auth         string
	name         string
	description  string
	params       []string
	clientID     string
	clientSecret string
	scopes       []string
	callback     string
	paste        bool
	run          flowFlags
	vault        vaultFlags
}

// flowFlags are the flags of commands that run flows of a connector beside their
// own work.
type flowFlags struct {
	secrets    []string
	config     []string
	allowHosts []string
}

func (f *flowFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringArrayVar(&f.secrets, "secret", nil, "NAME=@FILE gives a secret of the connector's own to the flows that are run")
	fl.StringArrayVar(&f.config, "set", nil, "NAME=VALUE gives a config value of the connector to the flows that are run")
	fl.StringArrayVar(&f.allowHosts, "allow-host", nil, "HOST[:PORT] may be reached too, over plain HTTP and on private addresses")
}

// given returns what the flows that are run have besides a connection.
func (f *flowFlags) given(m *flow.Manifest) (engine.Run, error) {
	run := engine.Run{AllowHosts: f.allowHosts}
	err := bindRun(&run, m, runFlags{secrets: f.secrets, config: f.config, allowHosts: f.allowHosts})
	return run, err
}

func (f *connectFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.name, "name", "", "name of the connection (default: the connector's)")
	fl.StringVar(&f.description, "description", "", "what the connection is for")
	fl.StringArrayVar(&f.params, "param", nil, "KEY=VALUE or KEY=@FILE answers a question beforehand; secrets only from files")
	fl.StringVar(&f.clientID, "client-id", "", "client id of OAuth 2.0")
	fl.StringVar(&f.clientSecret, "client-secret", "", "@FILE with the client secret of OAuth 2.0")
	fl.StringArrayVar(&f.scopes, "scope", nil, "asks for this scope, where people choose; required ones are always asked for (default: all)")
	fl.StringVar(&f.callback, "callback", "http://127.0.0.1", "where the browser comes back to: http on a loopback address, with a port where the service wants a fixed one")
	fl.BoolVar(&f.paste, "paste", false, "listen to nothing: the address that the browser came back to is pasted")
	f.run.register(cmd)
	f.vault.registerAll(cmd)
}

func (a *app) connectCommand() *cobra.Command {
	var f connectFlags
	cmd := &cobra.Command{
		Use:   "connect PATH|FILE.wasm|FILE.weir",
		Short: "Make a connection of a connector and test it",
		Long: "Make a connection: ask for what its authentication needs, get consent in the browser where it is wanted, store the\n" +
			"credentials in an encrypted vault and run the connector's _authping flow. For a browser the address to open is printed,\n" +
			"and its answer is awaited on a loopback address: register http://127.0.0.1/oauth/CONNECTOR/cb with the service.\n\n" +
			"Hosts that --allow-host names may get the credentials too, from runs that are allowed them as well.\n\n" +
			"A vault, and the key file of one, are made when they do not exist.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.connect(cmd.Context(), args[0], "", f)
		},
	}
	cmd.Flags().StringVar(&f.auth, "auth", "", "key of the authentication, where there are several")
	f.register(cmd)
	a.takesBundles(cmd)
	return cmd
}

// connect makes a connection, or with name reauthorizes the one of that name.
func (a *app) connect(ctx context.Context, path, name string, f connectFlags) error {
	l, err := a.load(ctx, path, f.run.allowHosts, "")
	if err != nil {
		return err
	}
	defer l.close(ctx)
	given, err := f.run.given(l.module.Manifest())
	if err != nil {
		return err
	}
	m, err := a.manager(ctx, f.vault, l.client, name == "")
	if err != nil {
		return err
	}
	d, err := a.draft(ctx, m, l.connector(given), name, f)
	if err != nil {
		return err
	}
	answers := connections.Answers{Name: f.name, Description: f.description, Hosts: f.run.allowHosts}
	if answers.Name == "" && name == "" {
		answers.Name = l.module.Manifest().Name
	}
	if len(f.scopes) > 0 {
		answers.Scopes = f.scopes
	}
	if answers.Values, err = f.values(d); err != nil {
		return err
	}
	for _, s := range d.Shown {
		text := s.Value
		if !s.Hidden.IsZero() {
			text = s.Reveal() // it is there to be copied
		}
		a.notef("%s: %s", s.Label, text)
	}
	ask := a.prompter()
	if err := ask.fields(ctx, d, answers.Values); err != nil {
		return err
	}
	var v connections.View
	if d.NeedsBrowser() {
		v, err = a.throughBrowser(ctx, m, d, answers, ask, f)
	} else {
		v, err = m.Create(ctx, d, answers)
	}
	if err != nil {
		return err
	}
	return a.printHealth(v)
}

func (a *app) draft(ctx context.Context, m *connections.Manager, c connections.Connector, name string, f connectFlags) (*connections.Draft, error) {
	if name == "" {
		return m.Draft(ctx, c, f.vault.tenant, f.auth)
	}
	v, err := findConnection(ctx, m, f.vault.tenant, c.Manifest.Key, name)
	if err != nil {
		return nil, err
	}
	return m.Reauthorize(ctx, c, f.vault.tenant, v.ID)
}

// values reads the answers that the command line gives.
func (f *connectFlags) values(d *connections.Draft) (map[string]connections.Hidden, error) {
	secret := map[string]bool{}
	for _, field := range d.Fields {
		secret[field.Key] = field.Secret
	}
	given := append([]string(nil), f.params...)
	if f.clientID != "" {
		given = append(given, "client_id="+f.clientID)
	}
	if f.clientSecret != "" {
		given = append(given, "client_secret="+f.clientSecret)
	}
	out := map[string]connections.Hidden{}
	for _, s := range given {
		key, text, ok := strings.Cut(s, "=")
		if _, asked := secret[key]; !ok || !asked {
			return nil, usagef("the authentication %q does not ask for %q; it asks for %s", d.Auth().Key, key, fieldKeys(d))
		}
		if _, twice := out[key]; twice {
			return nil, usagef("%s is given twice", key)
		}
		if file, isFile := strings.CutPrefix(text, "@"); isFile {
			b, err := readWhole(file)
			if err != nil {
				return nil, usagef("%s: %v", key, err)
			}
			text = strings.TrimRight(string(b), "\r\n")
		} else if secret[key] {
			return nil, usagef("%s takes @FILE: a secret on the command line would show in process lists", key)
		}
		out[key] = connections.Hide(text)
	}
	return out, nil
}

func fieldKeys(d *connections.Draft) string {
	var keys []string
	for _, f := range d.Fields {
		keys = append(keys, f.Key)
	}
	if len(keys) == 0 {
		return "nothing"
	}
	return strings.Join(keys, ", ")
}

// notef prints a line about what is going on, beside the result.
func (a *app) notef(format string, args ...any) {
	fmt.Fprintln(a.err, flow.Printable(fmt.Sprintf(format, args...)))
}

// textf prints a line of a result.
func (a *app) textf(format string, args ...any) {
	a.println(flow.Printable(fmt.Sprintf(format, args...)))
}

// printHealth prints a connection and whether it works; one that does not is a
// failure.
func (a *app) printHealth(v connections.View) error {
	if err := a.show(v, func() { a.printConnection(v) }); err != nil {
		return err
	}
	if v.State != connections.StateOK {
		return verdictf("the connection %q does not work; weir run PATH _authping --connection NAME --trace shows why", v.Name)
	}
	return nil
}

func (a *app) printConnection(v connections.View) {
	a.textf("%s  %s", v.Name, v.ID)
	a.line("connector  %s", v.Connector)
	a.line("auth       %s (%s)", v.Auth, v.Type)
	a.line("health     %s", healthOf(v))
	if len(v.Bound) > 0 {
		a.line("hosts      %s", strings.Join(v.Bound, ", "))
	}
	if len(v.Scopes) > 0 {
		a.line("scopes     %s", strings.Join(v.Scopes, " "))
	}
	if !v.Expires.IsZero() {
		a.line("token      until %s%s", v.Expires.Format("2006-01-02 15:04:05 MST"), map[bool]string{true: ", renewed by itself"}[v.Refreshes])
	}
}

// healthOf tells the state of a connection in words.
func healthOf(v connections.View) string {
	s := strings.ReplaceAll(string(v.State), "_", " ")
	if v.State == connections.StateOK && v.Tested.IsZero() {
		s = "not tested"
	}
	if v.Health != "" {
		s += ": " + v.Health
	}
	return s
}
