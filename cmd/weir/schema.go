package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirflow/weir/cmd/weir/internal/schema"
)

func kindNames() []string {
	var out []string
	for _, k := range schema.Kinds() {
		out = append(out, string(k))
	}
	return out
}

func (a *app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema [" + strings.Join(kindNames(), "|") + "]",
		Short: "Print the JSON Schema of a kind of file, for editors",
		Long: "Print the JSON Schema (draft 2020-12) of connector.yaml, of flows (the default), of cards, of tests or of tapes.\n\n" +
			"An editor that reads YAML schemas takes it by a comment at the top of a file:\n\n" +
			"  # yaml-language-server: $schema=../flow.schema.json\n",
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			kind := schema.Flow
			if len(args) == 1 {
				kind = schema.Kind(args[0])
			}
			if !slices.Contains(schema.Kinds(), kind) {
				return usagef("there is no schema of %q; there are %s", args[0], strings.Join(kindNames(), ", "))
			}
			a.printf("%s", schema.Render(kind, a.reg))
			return nil
		},
	}
}
