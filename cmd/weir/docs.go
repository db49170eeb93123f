package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/weirflow/weir/cmd/weir/internal/doc"
	"github.com/weirflow/weir/cmd/weir/internal/schema"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/internal/codes"
)

// docsCommand writes the generated pages; it is for those who work on Weir.
func (a *app) docsCommand() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:    "docs ROOT",
		Short:  "Write the generated pages of docs/",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			pages, err := a.pages(args[0])
			if err != nil {
				return err
			}
			for _, name := range slices.Sorted(maps.Keys(pages)) {
				text := pages[name]
				path := filepath.Join(args[0], "docs", name)
				have, _ := os.ReadFile(path)
				switch {
				case string(have) == text:
				case check:
					return flow.Errorf(flow.CodeSourceFile, "%s is not current", path).WithFix("run make generate")
				default:
					if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
						return fileError(err)
					}
					if err := writeFile(path, []byte(text)); err != nil {
						return err
					}
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "write nothing; fail when a page is not current")
	return cmd
}

// releasePage is written by hand but for the rules of compatibility.
const releasePage = "RELEASE.md"

func (a *app) pages(root string) (map[string]string, error) {
	all, err := codes.ReadDir(os.DirFS(filepath.Join(root, "flow")))
	if err != nil {
		return nil, err
	}
	pages := map[string]string{
		"CARDS.md":         doc.Cards(a.reg),
		"COMPATIBILITY.md": doc.Compatibility(a.reg),
		"LIMITS.md":        doc.Limits(),
		"ERRORS.md":        doc.Errors(all),
		"ABI.md":           doc.ABI(),
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", releasePage))
	if err != nil {
		return nil, fileError(err)
	}
	if pages[releasePage], err = doc.Release(string(text)); err != nil {
		return nil, err
	}
	for _, kind := range schema.Kinds() {
		pages[kind.File()] = schema.Render(kind, a.reg)
	}
	return pages, nil
}
