package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/connections"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/egress"
)

// Variables of the environment that stand for flags about vaults.
const (
	envVault    = "WEIR_VAULT"
	envVaultKey = "WEIR_VAULT_KEY"
)

// vaultFlags say where connections are kept.
type vaultFlags struct {
	vault   string
	keyFile string
	tenant  string
}

// register adds the flags but for --tenant, which some commands have already.
func (f *vaultFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.vault, "vault", "", "file with the connections (default: $"+envVault+")")
	fl.StringVar(&f.keyFile, "key-file", "", "file with the key of the vault: 32 bytes in Base64 or hexadecimal (default: $"+envVaultKey+" has the key)")
}

func (f *vaultFlags) registerAll(cmd *cobra.Command) {
	f.register(cmd)
	cmd.Flags().StringVar(&f.tenant, "tenant", localTenant, "whose connections these are")
}

// localTenant is the tenant of a machine that serves nobody else.
const localTenant = "local"

// openVault opens the vault of the flags. With make it is made when there is
// none, and so is its key file.
func (a *app) openVault(ctx context.Context, f vaultFlags, make bool) (*connections.FileVault, error) {
	path := f.vault
	if path == "" {
		path = a.env(envVault)
	}
	if path == "" {
		return nil, usagef("--vault or %s must say where the connections are kept", envVault)
	}
	_, err := os.Stat(path)
	missing := errors.Is(err, fs.ErrNotExist)
	if missing && !make {
		return nil, usagef("--vault: there is no file %s; weir connect makes it", path)
	}
	text, err := a.vaultKey(f, missing)
	if err != nil {
		return nil, err
	}
	key, err := connections.ParseKey(text)
	if err != nil {
		return nil, err
	}
	return connections.OpenFile(ctx, path, key)
}

// vaultKey returns the text of the vault's key. With make, a key file that does
// not exist is made.
func (a *app) vaultKey(f vaultFlags, make bool) ([]byte, error) {
	if f.keyFile == "" {
		if text := a.env(envVaultKey); text != "" {
			return []byte(text), nil
		}
		return nil, usagef("--key-file or %s must give the key of the vault; weir connect makes the file where there is none", envVaultKey)
	}
	text, err := readPrivate(f.keyFile)
	if errors.Is(err, fs.ErrNotExist) && make {
		if text, err = makeKeyFile(f.keyFile); err == nil {
			a.notef("made the key file %s; without it the vault cannot be opened", f.keyFile)
		}
	}
	if err != nil {
		return nil, usagef("--key-file: %v", err)
	}
	return text, nil
}

// makeKeyFile writes a new key into a new file.
func makeKeyFile(path string) ([]byte, error) {
	key := connections.NewKey() + "\n"
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.WriteString(key)
	return []byte(key), errors.Join(err, f.Sync(), f.Close())
}

// readPrivate reads a file that others must not be able to read.
func readPrivate(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		return nil, errors.New(path + " may be read by other users; chmod 600 it")
	}
	return readWhole(path)
}

// loaded is a module with all that runs it.
type loaded struct {
	build  *build
	client *egress.Client
	engine *engine.Engine
	module *engine.Module
}

// load compiles or reads a connector and makes it ready to run. The caller closes it.
func (a *app) load(ctx context.Context, path string, allowHosts []string, cache string) (*loaded, error) {
	if err := checkHosts(allowHosts); err != nil {
		return nil, err
	}
	b, err := a.open(ctx, path, compiler.Options{})
	if err != nil {
		return nil, err
	}
	l := &loaded{build: b, client: egress.New(egress.Config{Allow: allowHosts})}
	if l.engine, err = engine.New(ctx, engine.Config{Registry: a.reg, HTTP: l.client, CacheDir: cache}); err == nil {
		l.module, err = l.engine.Load(ctx, b.wasm)
	}
	if err != nil {
		l.close(ctx)
		return nil, err
	}
	return l, nil
}

func (l *loaded) close(ctx context.Context) {
	if l.engine != nil {
		_ = l.engine.Close(ctx) // nothing of it is used any more
	}
	l.client.Close()
}

// checkHosts says which --allow-host is none.
func checkHosts(hosts []string) error {
	for _, h := range hosts {
		if err := egress.ValidHost(h); err != nil {
			return usagef("--allow-host: %s", flow.AsError(err).Msg)
		}
	}
	return nil
}

// connector is the module as package connections sees it. Its flows run with
// what given has besides the connection.
func (l *loaded) connector(given engine.Run) connections.Connector {
	return connections.Connector{
		Manifest: l.module.Manifest(),
		RunFlow: func(ctx context.Context, key string, c *flow.Connection) (flow.Value, error) {
			run := given
			run.Flow, run.Connection, run.Helper = key, c, c == nil
			res, err := l.module.Run(ctx, run)
			return res.Outputs, err
		},
	}
}

// openConnection opens the connection of --connection for a module.
func (a *app) openConnection(ctx context.Context, f vaultFlags, l *loaded, name string) (*flow.Connection, error) {
	m, err := a.manager(ctx, f, l.client, false)
	if err != nil {
		return nil, err
	}
	of := l.module.Manifest()
	v, err := findConnection(ctx, m, f.tenant, of.Key, name)
	if err != nil {
		return nil, err
	}
	return m.Open(ctx, of, f.tenant, v.ID)
}

// manager returns the manager of the flags' vault.
func (a *app) manager(ctx context.Context, f vaultFlags, client flow.Fetcher, make bool) (*connections.Manager, error) {
	v, err := a.openVault(ctx, f, make)
	if err != nil {
		return nil, err
	}
	return connections.New(connections.Config{Vault: v, HTTP: client})
}

// findConnection returns the one connection with a name or id.
func findConnection(ctx context.Context, m *connections.Manager, tenant, connector, name string) (connections.View, error) {
	list, err := m.Find(ctx, tenant, connector, name)
	switch {
	case err != nil:
		return connections.View{}, err
	case len(list) == 0:
		return connections.View{}, flow.Errorf(flow.CodeConnectionUnknown, "there is no connection %s", flow.Excerpt(name)).
			WithFix("weir connections list names those that there are")
	case len(list) > 1:
		return connections.View{}, usagef("several connectors have a connection %q; give its id", name)
	}
	return list[0], nil
}
