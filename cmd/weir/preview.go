package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirflow/weir/face"
	"github.com/weirflow/weir/flow"
)

// previewFlags are the flags of weir preview.
type previewFlags struct {
	auth       string
	options    []string
	evaluate   bool
	run        flowFlags
	connection string
	vault      vaultFlags
}

func (a *app) previewCommand() *cobra.Command {
	var f previewFlags
	cmd := &cobra.Command{
		Use:   "preview DIR|FILE.wasm|FILE.weir [CARD]",
		Short: "Print a card, or the connection dialog, as people see it",
		Long: "Print a card of a connector as its user sees it, or with --auth the dialog in which a connection is made. Without a card\n" +
			"the cards and dialogs are listed. What helper flows compute is shown as a placeholder unless --evaluate runs them.",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			card := ""
			if len(args) == 2 {
				card = args[1]
			}
			return a.preview(cmd.Context(), args[0], card, f)
		},
	}
	fl := cmd.Flags()
	a.takesBundles(cmd)
	fl.StringVar(&f.auth, "auth", "", "show the dialog of this authentication instead of a card")
	fl.StringArrayVar(&f.options, "option", nil, "NAME=VALUE chooses an option of the card")
	fl.BoolVar(&f.evaluate, "evaluate", false, "run the helper flows behind dropdowns and fields")
	f.run.register(cmd)
	fl.StringVar(&f.connection, "connection", "", "NAME or id of the connection that helper flows use (see weir connect)")
	f.vault.registerAll(cmd)
	return cmd
}

func (a *app) preview(ctx context.Context, path, card string, f previewFlags) error {
	if card != "" && f.auth != "" {
		return usagef("give a card or --auth, not both")
	}
	options, err := pairs("--option", f.options)
	if err != nil {
		return err
	}
	l, err := a.load(ctx, path, f.run.allowHosts, "")
	if err != nil {
		return err
	}
	defer l.close(ctx)
	mod := l.module
	given, err := f.run.given(mod.Manifest())
	if err != nil {
		return err
	}
	given.Helper = true
	if f.connection != "" {
		if given.Connection, err = a.openConnection(ctx, f.vault, l, f.connection); err != nil {
			return err
		}
	}
	var evaluate face.Evaluator
	if f.evaluate {
		evaluate = func(ctx context.Context, key string, in flow.Value) (flow.Value, error) {
			run := given
			run.Flow, run.Input = key, in
			res, err := mod.Run(ctx, run)
			return res.Outputs, err
		}
	}
	m := mod.Manifest()
	switch {
	case f.auth != "":
		i := slices.IndexFunc(m.Auths, func(x flow.Auth) bool { return x.Key == f.auth })
		if i < 0 {
			return usagef("the connector has no authentication %q", f.auth)
		}
		d, err := face.OfAuth(ctx, &m.Auths[i], evaluate)
		if err != nil {
			return err
		}
		return a.printed(d, d.Print)
	case card != "":
		c, err := face.OfCard(ctx, m, card, face.Options{Values: options, Evaluate: evaluate})
		if err != nil {
			return err
		}
		for _, key := range slices.Sorted(maps.Keys(options)) {
			if !slices.ContainsFunc(c.Options, func(o face.Field) bool { return o.Key == key }) {
				return usagef("the card %s has no option %q", card, key)
			}
		}
		return a.printed(c, c.Print)
	}
	return a.listFaces(m)
}

// listFaces lists what can be previewed.
func (a *app) listFaces(m *flow.Manifest) error {
	type row struct {
		Key   string `json:"key"`
		Title string `json:"title"`
	}
	cards, auths := []row{}, []row{}
	for _, key := range face.Cards(m) {
		f, _ := m.Flow(key)
		cards = append(cards, row{key, f.Name})
	}
	for i := range m.Auths {
		auths = append(auths, row{m.Auths[i].Key, m.Auths[i].Name})
	}
	return a.show(map[string]any{"cards": cards, "auths": auths}, func() {
		a.heading("Cards", len(cards))
		for _, r := range cards {
			a.line("%s  %s", r.Key, r.Title)
		}
		a.heading("Authentications (--auth)", len(auths))
		for _, r := range auths {
			a.line("%s  %s", r.Key, r.Title)
		}
	})
}

// pairs reads flags of the form NAME=VALUE, each name once.
func pairs(flag string, args []string) (map[string]string, error) {
	out := map[string]string{}
	for _, s := range args {
		name, text, ok := strings.Cut(s, "=")
		if !ok {
			return nil, usagef("%s takes NAME=VALUE, not %q", flag, s)
		}
		if _, twice := out[name]; twice {
			return nil, usagef("%s %s is given twice", flag, name)
		}
		out[name] = text
	}
	return out, nil
}
