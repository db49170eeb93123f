package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/weirflow/weir/cmd/weir/internal/doc"
	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
)

func (a *app) cardsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "cards [KEY]",
		Short: "Print the catalogue of cards, or one card's documentation",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return a.card(args[0])
			}
			return a.catalogue()
		},
	}
}

// catalogueEntry is one line of the catalogue as JSON.
type catalogueEntry struct {
	Key       string   `json:"key"`
	VendorKey []string `json:"vendorKey"`
	Title     string   `json:"title"`
	Category  string   `json:"category"`
	Kind      string   `json:"kind"` // "card", "construct" or "event"
	Effect    string   `json:"effect,omitempty"`
	Summary   string   `json:"summary"`
}

func (a *app) entries() []catalogueEntry {
	var out []catalogueEntry
	for c := range a.reg.All() {
		out = append(out, catalogueEntry{c.Key, vendorKeys(c.Aliases), c.Title, c.Category, "card", c.Effect.String(), doc.Summary(c.Doc)})
	}
	for _, c := range compiler.Constructs() {
		out = append(out, catalogueEntry{c.Key, vendorKeys(c.Aliases), c.Title, c.Category, "construct", "", c.Doc})
	}
	for _, e := range compiler.Events() {
		out = append(out, catalogueEntry{e.Key, vendorKeys(e.Aliases), e.Title, e.Category, "event", "", e.Doc})
	}
	return out
}

func vendorKeys(aliases []string) []string { return append([]string{}, aliases...) }

func (a *app) catalogue() error {
	entries := a.entries()
	if a.json {
		return a.printJSON(a.out, entries)
	}
	w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
	for _, e := range entries {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", e.Key, e.Category, e.Title, e.Summary)
	}
	return w.Flush()
}

func (a *app) card(key string) error {
	if c, ok := a.reg.Lookup(key); ok {
		return a.show(doc.View(c), func() { a.printf("%s", doc.Card(c)) })
	}
	for _, c := range compiler.Constructs() {
		if c.Key != key && !slices.Contains(c.Aliases, key) {
			continue
		}
		return a.show(doc.ViewConstruct(c), func() { a.printf("%s", doc.Construct(c)) })
	}
	for _, e := range compiler.Events() {
		if e.Key != key && !slices.Contains(e.Aliases, key) {
			continue
		}
		return a.show(doc.ViewEvent(e), func() { a.printf("%s", doc.Event(e)) })
	}
	var near []string
	for _, e := range a.entries() {
		if strings.Contains(e.Key, key) || strings.Contains(strings.ToLower(e.Title), strings.ToLower(key)) {
			near = append(near, e.Key)
		}
	}
	err := flow.Errorf(flow.CodeCardUnknown, "no card %q", key)
	if len(near) > 0 {
		err = flow.Errorf(flow.CodeCardUnknown, "no card %q; did you mean %s?", key, strings.Join(near, ", "))
	}
	return err
}
