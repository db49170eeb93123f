package main

import (
	"context"
	"os/user"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirflow/weir/bundle"
	"github.com/weirflow/weir/compat"
	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/versions"
)

// versionsDir is where the versions of a connector lie, in its directory.
const versionsDir = ".weir/versions"

func versionStore(dir string) versions.Store {
	return versions.OpenDir(filepath.Join(dir, filepath.FromSlash(versionsDir)))
}

func (a *app) versionCommand() *cobra.Command {
	var creator string
	cmd := &cobra.Command{
		Use:   "version DIR",
		Short: "Keep a numbered test version of a connector",
		Long: "Check a connector by the rules for released ones and, when it keeps them, keep a copy under the next number in " + versionsDir + ".\n" +
			"The copy never changes; DIR@NUMBER names it in other commands. Warnings, and what has changed since the version before, are\n" +
			"kept with it. When there is an error nothing is kept.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.makeVersion(cmd.Context(), args[0], creator)
		},
	}
	cmd.Flags().StringVar(&creator, "by", userName(), "who makes the version")
	cmd.Flags().Lookup("by").DefValue = "the user's name"
	return cmd
}

// userName returns the name of the user who runs the command; "" when the system
// has none.
func userName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}

func (a *app) makeVersion(ctx context.Context, path, creator string) error {
	dir, err := connectorDir(path)
	if err != nil {
		return err
	}
	store := versionStore(dir)
	list, err := store.List(ctx)
	if err != nil {
		return err
	}
	b, err := a.open(ctx, dir, compiler.Options{Release: true})
	if err != nil {
		return err
	}
	contents, err := contentsOf(b)
	if err != nil {
		return err
	}
	data, err := bundle.Seal(contents)
	if err != nil {
		return err
	}
	sealed, err := bundle.Open(data, bundle.TrustAnyone())
	if err != nil {
		return err
	}
	draft := versions.Draft{Content: data, Connector: b.manifest.Key, Source: b.manifest.Version, Module: sealed.Module.Digest, Creator: creator, Created: time.Now()}
	for _, w := range b.warnings {
		draft.Notices = append(draft.Notices, versions.Notice{Code: string(w.Code), Where: w.Pos.String(), Message: w.Msg})
	}
	if err := compareWithLast(ctx, store, list, sealed.Module.Manifest, &draft); err != nil {
		return err
	}
	v, err := store.Create(ctx, draft)
	if err != nil {
		return err
	}
	return a.show(versionViewOf(v), func() {
		change := ""
		if v.Against > 0 {
			change = ", " + changeText(v)
		}
		a.println(flow.Printable("version " + strconv.Itoa(v.Number) + ": deployed it is " + v.Deployed() + change))
		a.println("sha256:" + v.Digest)
	})
}

// compareWithLast notes what has changed since the last version that is not
// hidden.
func compareWithLast(ctx context.Context, store versions.Store, list []versions.Version, m *flow.Manifest, draft *versions.Draft) error {
	last := 0
	for _, v := range list {
		if !v.Hidden {
			last = v.Number
		}
	}
	if last == 0 {
		return nil
	}
	_, content, err := store.Open(ctx, last)
	if err != nil {
		return err
	}
	before, err := bundle.Open(content, bundle.TrustAnyone())
	if err != nil {
		return err
	}
	r, err := compat.Compare(before.Module.Manifest, m)
	if err != nil {
		return err
	}
	draft.Against, draft.Change = last, r.Level.String()
	for _, f := range r.Findings {
		draft.Notices = append(draft.Notices, versions.Notice{Code: f.Rule, Level: f.Level.String(), Where: f.Where, Message: f.Message})
	}
	return nil
}

func changeText(v versions.Version) string {
	if v.Change == compat.None.String() {
		return "no change since version " + strconv.Itoa(v.Against)
	}
	return "a " + v.Change + " change since version " + strconv.Itoa(v.Against)
}

// versionView is how a version prints as JSON.
type versionView struct {
	versions.Version
	Deployed string `json:"deployed"`
	Hidden   bool   `json:"hidden"`
}

func versionViewOf(v versions.Version) versionView { return versionView{v, v.Deployed(), v.Hidden} }

func (a *app) versionsCommand() *cobra.Command {
	var hide, unhide bool
	cmd := &cobra.Command{
		Use:   "versions DIR [NUMBER]",
		Short: "List the test versions of a connector, or print what is known of one",
		Long: "List the test versions that weir version has kept, or print the warnings of one and what had changed with it. Hidden versions\n" +
			"stay, and are left out where a version is compared with the one before.",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := connectorDir(args[0])
			if err != nil {
				return err
			}
			if hide && unhide || (hide || unhide) && len(args) == 1 {
				return usagef("give a number with either --hide or --unhide")
			}
			store := versionStore(dir)
			if len(args) == 1 {
				return a.listVersions(cmd.Context(), store)
			}
			n, err := strconv.Atoi(args[1])
			if err != nil {
				return usagef("a version has a number, not %q", args[1])
			}
			if hide || unhide {
				if err := store.SetHidden(cmd.Context(), n, hide); err != nil {
					return err
				}
			}
			v, _, err := store.Open(cmd.Context(), n)
			if err != nil {
				return err
			}
			return a.show(versionViewOf(v), func() { a.printVersion(v) })
		},
	}
	cmd.Flags().BoolVar(&hide, "hide", false, "hide the version")
	cmd.Flags().BoolVar(&unhide, "unhide", false, "show the version again")
	return cmd
}

func (a *app) listVersions(ctx context.Context, store versions.Store) error {
	list, err := store.List(ctx)
	if err != nil {
		return err
	}
	views := make([]versionView, len(list))
	for i, v := range list {
		views[i] = versionViewOf(v)
	}
	return a.show(map[string]any{"versions": views}, func() {
		if len(list) == 0 {
			a.println("no versions")
		}
		for _, v := range list {
			a.println(flow.Printable(versionLine(v)))
		}
	})
}

// versionLine is a version on one line: number, time, creator, change, number of
// warnings, whether it is hidden.
func versionLine(v versions.Version) string {
	s := strconv.Itoa(v.Number) + "  " + v.Deployed() + "  " + v.Created.Format(time.RFC3339) + "  " + v.Source
	if v.Creator != "" {
		s += "  by " + v.Creator
	}
	if v.Change != "" {
		s += "  " + changeText(v)
	}
	warnings := 0
	for _, n := range v.Notices {
		if n.Level == "" {
			warnings++
		}
	}
	switch {
	case warnings == 1:
		s += "  1 warning"
	case warnings > 1:
		s += "  " + strconv.Itoa(warnings) + " warnings"
	}
	if v.Hidden {
		s += "  hidden"
	}
	return s
}

func (a *app) printVersion(v versions.Version) {
	a.println(flow.Printable(versionLine(v)))
	a.println("sha256:" + v.Digest)
	for _, kind := range []struct {
		title    string
		findings bool
	}{{"Warnings", false}, {"Changes", true}} {
		if kind.findings && v.Change == "" {
			continue
		}
		n := 0
		for _, x := range v.Notices {
			if (x.Level != "") == kind.findings {
				n++
			}
		}
		a.heading(kind.title, n)
		for _, x := range v.Notices {
			if (x.Level != "") == kind.findings {
				a.line("%s", noticeText(x))
			}
		}
	}
}

func noticeText(n versions.Notice) string {
	s := n.Message + "  [" + n.Code + "]"
	if n.Where != "" {
		s = n.Where + ": " + s
	}
	if n.Level != "" {
		s = n.Level + "  " + s
	}
	return s
}
