package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirflow/weir/compat"
	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
)

func (a *app) diffCommand() *cobra.Command {
	var most string
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Say what the change between two builds means for those who use them",
		Long: "Compare two builds of a connector (each a directory, DIR@NUMBER, FILE.wasm or FILE.weir) and print whether the change is none, a\n" +
			"patch, minor or major, with every difference that counts. docs/RELEASE.md has the rules.",
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			level, ok := compat.Major, true
			if most != "" {
				level, ok = compat.ParseLevel(most)
			}
			if !ok {
				return usagef("--max takes none, patch, minor or major, not %q", most)
			}
			return a.diff(cmd.Context(), args[0], args[1], level)
		},
	}
	cmd.Flags().StringVar(&most, "max", "", "fail when the change is greater: none, patch, minor or major")
	a.takesBundles(cmd)
	return cmd
}

func (a *app) diff(ctx context.Context, older, newer string, most compat.Level) error {
	x, err := a.open(ctx, older, compiler.Options{})
	if err != nil {
		return err
	}
	y, err := a.open(ctx, newer, compiler.Options{})
	if err != nil {
		return err
	}
	r, err := compat.Compare(x.manifest, y.manifest)
	if err != nil {
		return err
	}
	if err := a.show(r, func() { a.printReport(r) }); err != nil {
		return err
	}
	return r.Within(most)
}

// printReport prints a verdict for people.
func (a *app) printReport(r *compat.Report) {
	a.println(flow.Printable(r.Level.String() + ": " + r.Connector + " " + r.Old + " -> " + r.New))
	switch {
	case r.Level == compat.None:
		return
	case r.New != r.Next:
		a.println(flow.Printable("after " + r.Old + " this would be " + r.Next))
	}
	for i, f := range r.Findings {
		if i == 0 || f.Level != r.Findings[i-1].Level {
			a.heading(strings.ToUpper(f.Level.String()[:1])+f.Level.String()[1:], len(r.Findings))
		}
		a.line("%s: %s  [%s]", f.Where, f.Message, f.Rule)
	}
}
