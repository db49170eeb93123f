package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/weirflow/weir/connections"
	"github.com/weirflow/weir/hostfuncs/egress"
)

// connectionsCommand is the family of commands about stored connections.
func (a *app) connectionsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "connections COMMAND",
		Short: "List, test, rename, reauthorize and delete connections",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usagef("a command is missing; weir help connections lists them")
		},
	}
	cmd.AddCommand(a.listConnections(), a.showConnection(), a.testConnection(), a.renameConnection(), a.reauthorizeConnection(),
		a.deleteConnection(), a.rotateKey())
	return cmd
}

// stored runs f with the manager of a vault, for commands that need no connector.
func (a *app) stored(ctx context.Context, f vaultFlags, do func(*connections.Manager) error) error {
	client := egress.New(egress.Config{})
	defer client.Close()
	m, err := a.manager(ctx, f, client, false)
	if err != nil {
		return err
	}
	return do(m)
}

func (a *app) listConnections() *cobra.Command {
	var f vaultFlags
	cmd := &cobra.Command{
		Use:   "list [CONNECTOR]",
		Short: "List connections, or those of one connector",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.stored(cmd.Context(), f, func(m *connections.Manager) error {
				all, err := m.List(cmd.Context(), f.tenant)
				if err != nil {
					return err
				}
				list := []connections.View{}
				for _, v := range all {
					if len(args) == 0 || v.Connector == args[0] {
						list = append(list, v)
					}
				}
				return a.show(list, func() {
					for _, v := range list {
						a.textf("%s  %s  %s  %s", v.ID, v.Connector, v.Name, healthOf(v))
					}
				})
			})
		},
	}
	f.registerAll(cmd)
	return cmd
}

func (a *app) showConnection() *cobra.Command {
	var f vaultFlags
	cmd := &cobra.Command{
		Use:   "show NAME|ID",
		Short: "Print a connection without its secrets",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.stored(cmd.Context(), f, func(m *connections.Manager) error {
				v, err := findConnection(cmd.Context(), m, f.tenant, "", args[0])
				if err != nil {
					return err
				}
				return a.show(v, func() { a.printConnection(v) })
			})
		},
	}
	f.registerAll(cmd)
	return cmd
}

func (a *app) renameConnection() *cobra.Command {
	var f vaultFlags
	var description string
	cmd := &cobra.Command{
		Use:   "rename NAME|ID NEW-NAME",
		Short: "Rename a connection",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.stored(cmd.Context(), f, func(m *connections.Manager) error {
				v, err := findConnection(cmd.Context(), m, f.tenant, "", args[0])
				if err != nil {
					return err
				}
				if !cmd.Flags().Changed("description") {
					description = v.Description
				}
				if v, err = m.Rename(cmd.Context(), f.tenant, v.ID, args[1], description); err != nil {
					return err
				}
				return a.show(v, func() { a.printConnection(v) })
			})
		},
	}
	cmd.Flags().StringVar(&description, "description", "", "what the connection is for (default: as it is)")
	f.registerAll(cmd)
	return cmd
}

// withConnector runs f with a connector, a manager and the connection of a name.
func (a *app) withConnector(ctx context.Context, path, name string, vf vaultFlags, rf flowFlags, do func(*connections.Manager, connections.Connector, connections.View) error) error {
	l, err := a.load(ctx, path, rf.allowHosts, "")
	if err != nil {
		return err
	}
	defer l.close(ctx)
	given, err := rf.given(l.module.Manifest())
	if err != nil {
		return err
	}
	m, err := a.manager(ctx, vf, l.client, false)
	if err != nil {
		return err
	}
	v, err := findConnection(ctx, m, vf.tenant, l.module.Manifest().Key, name)
	if err != nil {
		return err
	}
	return do(m, l.connector(given), v)
}

func (a *app) testConnection() *cobra.Command {
	var vf vaultFlags
	var rf flowFlags
	cmd := &cobra.Command{
		Use:   "test PATH|FILE.wasm|FILE.weir NAME|ID",
		Short: "Run the connector's _authping flow and print the connection's health",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return a.withConnector(ctx, args[0], args[1], vf, rf, func(m *connections.Manager, c connections.Connector, v connections.View) error {
				v, err := m.Test(ctx, c, vf.tenant, v.ID)
				if err != nil {
					return err
				}
				return a.printHealth(v)
			})
		},
	}
	rf.register(cmd)
	vf.registerAll(cmd)
	a.takesBundles(cmd)
	return cmd
}

func (a *app) reauthorizeConnection() *cobra.Command {
	var f connectFlags
	cmd := &cobra.Command{
		Use:   "reauthorize PATH|FILE.wasm|FILE.weir NAME|ID",
		Short: "Replace the credentials of a connection",
		Long: "Replace the credentials of a connection, as weir connect makes one. What is not given again stays as it is, as long as\n" +
			"the credentials go to the same hosts.",
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.connect(cmd.Context(), args[0], args[1], f)
		},
	}
	f.register(cmd)
	a.takesBundles(cmd)
	return cmd
}

func (a *app) deleteConnection() *cobra.Command {
	var vf vaultFlags
	var rf flowFlags
	cmd := &cobra.Command{
		Use:   "delete [PATH|FILE.wasm|FILE.weir] NAME|ID",
		Short: "Delete a connection, after the connector's revoke flow has run",
		Long: "Delete a connection. With its connector, the connector's revoke flow takes the credentials back from the service first;\n" +
			"what goes wrong with that is printed and stops nothing.",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			remove := func(m *connections.Manager, c connections.Connector, v connections.View) error {
				d, err := m.Delete(ctx, c, vf.tenant, v.ID)
				if err != nil {
					return err
				}
				return a.show(d, func() {
					a.textf("deleted %s", d.View.Name)
					switch {
					case d.Revoked:
						a.line("the service was told")
					case d.Problem != "":
						a.line("the service was not told: %s", d.Problem)
					}
				})
			}
			if len(args) == 2 {
				return a.withConnector(ctx, args[0], args[1], vf, rf, remove)
			}
			return a.stored(ctx, vf, func(m *connections.Manager) error {
				v, err := findConnection(ctx, m, vf.tenant, "", args[0])
				if err != nil {
					return err
				}
				return remove(m, connections.Connector{}, v)
			})
		},
	}
	rf.register(cmd)
	vf.registerAll(cmd)
	a.takesBundles(cmd)
	return cmd
}

func (a *app) rotateKey() *cobra.Command {
	var f vaultFlags
	var newKeyFile string
	var keep bool
	cmd := &cobra.Command{
		Use:   "rotate-key",
		Short: "Encrypt a vault with a new data key, and with --new-key-file under a new key",
		Long: "Make a new data key, encrypt every connection with it and forget the others; with --keep-old the others stay, and\n" +
			"connections move to the new one as they change. With --new-key-file the vault opens with that key from then on; the file is\n" +
			"made when it does not exist.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			v, err := a.openVault(ctx, f, false)
			if err != nil {
				return err
			}
			var next connections.Key
			if newKeyFile != "" {
				text, err := a.vaultKey(vaultFlags{keyFile: newKeyFile}, true)
				if err != nil {
					return err
				}
				if next, err = connections.ParseKey(text); err != nil {
					return err
				}
			}
			err = v.Rotate(ctx)
			if err == nil && !keep {
				err = v.Reencrypt(ctx)
			}
			if err == nil && next != nil {
				err = v.Rewrap(ctx, next)
			}
			if err != nil {
				return err
			}
			n, err := v.DataKeys()
			if err != nil {
				return err
			}
			return a.show(map[string]any{"dataKeys": n, "rewrapped": newKeyFile != ""}, func() { a.textf("data keys: %d", n) })
		},
	}
	cmd.Flags().StringVar(&newKeyFile, "new-key-file", "", "file with the key that the vault opens with from now on")
	cmd.Flags().BoolVar(&keep, "keep-old", false, "keep the data keys that there were")
	f.registerAll(cmd)
	return cmd
}
