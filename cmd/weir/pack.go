package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirflow/weir/bundle"
	"github.com/weirflow/weir/cmd/weir/internal/report"
	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/face/manual"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/versions"
)

// packFlags are the flags of weir pack.
type packFlags struct {
	output string
	keys   []string
	noTest bool
}

func (a *app) packCommand() *cobra.Command {
	var f packFlags
	cmd := &cobra.Command{
		Use:   "pack DIR|DIR@NUMBER -o FILE.weir --key FILE",
		Short: "Make the signed bundle of a release",
		Long: "Compile a connector by the rules for released ones, run its tests, and write one signed file with its module, manifest, icon,\n" +
			"documentation and tests. DIR@NUMBER packs a test version as it was made. Equal source and keys give equal bytes.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case path.Ext(f.output) != bundleExt:
				return usagef("give -o FILE%s", bundleExt)
			case len(f.keys) == 0:
				return usagef("give --key FILE with the private key to sign with; weir keygen makes one")
			}
			return a.pack(cmd.Context(), args[0], f)
		},
	}
	fl := cmd.Flags()
	fl.StringVarP(&f.output, "output", "o", "", "file to write the bundle to")
	fl.StringArrayVar(&f.keys, "key", nil, "file with the private key to sign with; several sign together")
	fl.BoolVar(&f.noTest, "no-test", false, "do not run the tests first")
	return cmd
}

func (a *app) pack(ctx context.Context, from string, f packFlags) error {
	b, err := a.open(ctx, from, compiler.Options{Release: true})
	if err != nil {
		return err
	}
	if !f.noTest {
		if err := a.passes(ctx, b); err != nil {
			return err
		}
	}
	contents, err := contentsOf(b)
	if err != nil {
		return err
	}
	data, err := bundle.Seal(contents)
	if err != nil {
		return err
	}
	for _, path := range f.keys {
		key, err := readKey(path)
		if err != nil {
			return err
		}
		if data, err = bundle.Sign(data, key); err != nil {
			return err
		}
	}
	sealed, err := bundle.Open(data, bundle.TrustAnyone())
	if err != nil {
		return err
	}
	if err := writeFile(f.output, data); err != nil {
		return err
	}
	return a.show(bundleViewOf(sealed, f.output), func() {
		a.printf("%s: %s, %d members, %d bytes, sha256:%s\n", f.output, flow.Printable(bundleTitle(sealed)), len(sealed.Members())+1, sealed.Bytes, sealed.Digest)
	})
}

// passes runs the tests of a build, prints those that fail and says whether all
// have passed.
func (a *app) passes(ctx context.Context, b *build) error {
	results, err := a.runTests(ctx, b, testFlags{})
	var e *flow.Error
	if errors.As(err, &e) && e.Code == flow.CodeSourceFile && e.Fix != "" {
		return e.WithFix("%s, or pack the connector untested with --no-test", e.Fix)
	}
	if err != nil {
		return err
	}
	failed := slices.DeleteFunc(results.Tests, func(t report.Test) bool { return t.Passed })
	if len(failed) == 0 {
		return nil
	}
	err = verdictf("nothing is packed while tests fail: %d do; weir test says why", len(failed))
	if a.json {
		if err := a.printJSON(a.err, map[string]any{"error": errorJSON(err), "tests": failed}); err != nil {
			return err
		}
		return errFailed
	}
	for i := range failed {
		fmt.Fprintln(a.err, "FAIL ", flow.Printable(report.Title(failed[i].File, failed[i].Name)))
	}
	return err
}

// contentsOf collects what belongs into the bundle of a build.
func contentsOf(b *build) (bundle.Contents, error) {
	if b.bundle != nil {
		c := b.bundle.Contents()
		c.Number = b.number()
		return c, nil
	}
	c := bundle.Contents{Module: b.wasm, Files: map[string][]byte{}}
	add := func(name string) error {
		if err := bundle.ValidName(name); err != nil {
			return err
		}
		data, err := readMember(b.files, name)
		if err != nil {
			return err
		}
		c.Files[name] = data
		return nil
	}
	if icon := b.manifest.Branding.Icon; icon != nil {
		if err := add(icon.File); err != nil {
			return c, err
		}
	}
	for _, name := range bundle.TopFiles() {
		if there, err := plainFile(b.files, name); err != nil {
			return c, err
		} else if there {
			if err := add(name); err != nil {
				return c, err
			}
		}
	}
	if err := walkTests(b.files, add); err != nil {
		return c, err
	}
	pages, err := manualOf(b)
	if err != nil {
		return c, err
	}
	for _, p := range pages {
		c.Files[bundle.DocsDir+p.Name] = []byte(p.Text)
	}
	return c, nil
}

// plainFile reports whether a connector has a file of this name beside
// connector.yaml. What a link leads to belongs to somebody else: it is an error.
func plainFile(files fs.FS, name string) (bool, error) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return false, fileError(err)
	}
	i := slices.IndexFunc(entries, func(e fs.DirEntry) bool { return e.Name() == name })
	if i < 0 || entries[i].IsDir() {
		return false, nil
	}
	if !entries[i].Type().IsRegular() {
		return false, notPlain(name)
	}
	return true, nil
}

func notPlain(name string) error {
	return flow.Errorf(flow.CodeBundleMember, "a member of a bundle is not a regular file: %s", flow.Excerpt(name))
}

// walkTests gives every file of a connector's tests to add, but hidden ones.
func walkTests(files fs.FS, add func(name string) error) error {
	if _, err := plainFile(files, testsDir); err != nil {
		return err // a link
	}
	return fs.WalkDir(files, testsDir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // a connector without tests
		case err != nil:
			return fileError(err)
		case strings.HasPrefix(d.Name(), ".") && d.IsDir():
			return fs.SkipDir
		case strings.HasPrefix(d.Name(), "."), d.IsDir():
			return nil
		case !d.Type().IsRegular():
			return notPlain(name)
		}
		return add(name)
	})
}

// readMember reads a file of a connector that goes into a bundle.
func readMember(files fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(files, name)
	if err != nil {
		return nil, fileError(err)
	}
	if info.Size() > bundle.MaxMember {
		return nil, flow.Errorf(flow.CodeBundleLimit, "a member of a bundle may have %d bytes, and %s has %d", bundle.MaxMember, flow.Excerpt(name), info.Size())
	}
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, fileError(err)
	}
	return data, nil
}

// changelog is the file that says what is new in each version.
const changelog = "CHANGELOG.md"

// manualOf writes the manual of a build.
func manualOf(b *build) ([]manual.Page, error) {
	var opt manual.Options
	if n := b.number(); n > 0 {
		v := versions.Version{Number: n}
		opt.Deployed = v.Deployed()
	}
	if b.files != nil {
		there, err := plainFile(b.files, changelog)
		if err != nil {
			return nil, err
		}
		if there {
			text, err := readMember(b.files, changelog)
			if err != nil {
				return nil, err
			}
			opt.Changelog = string(text)
		}
	}
	return manual.Pages(b.manifest, opt)
}

// bundleView is how a bundle prints as JSON.
type bundleView struct {
	File      string          `json:"file"`
	Digest    string          `json:"digest"`
	Bytes     int             `json:"bytes"`
	Connector string          `json:"connector"`
	Name      string          `json:"name"`
	Version   string          `json:"version"`
	Number    int             `json:"number,omitempty"`
	Signers   []bundle.Signer `json:"signers"`
	Members   []bundle.Member `json:"members"`
}

func bundleViewOf(b *bundle.Bundle, file string) bundleView {
	v := bundleView{
		File: file, Digest: "sha256:" + b.Digest, Bytes: b.Bytes, Connector: b.Module.Manifest.Key, Name: b.Module.Manifest.Name,
		Version: b.Module.Manifest.Version, Number: b.Statement.Predicate.Number, Signers: b.Signers, Members: b.Members(),
	}
	if v.Signers == nil {
		v.Signers = []bundle.Signer{}
	}
	return v
}

// bundleTitle names a bundle's connector with its versions.
func bundleTitle(b *bundle.Bundle) string {
	m := b.Module.Manifest
	title := fmt.Sprintf("%s %s (%s)", m.Name, m.Version, m.Key)
	if n := b.Statement.Predicate.Number; n > 0 {
		title += fmt.Sprintf(", test version %d", n)
	}
	return title
}

func (a *app) verifyCommand() *cobra.Command {
	var keys []string
	cmd := &cobra.Command{
		Use:   "verify FILE.weir --key FILE.pub|--trust DIR",
		Short: "Check who signed a bundle, and print what is in it",
		Long: "Check that a bundle is whole, that somebody who is trusted has signed it, and that its parts agree; then print who signed it, its\n" +
			"digest and its members. Every command that takes a bundle makes the same checks before it uses anything.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			a.trust.paths = append(a.trust.paths, keys...)
			if len(a.trust.paths) == 0 && !a.trust.untrusted {
				return usagef("give --key FILE%s or --trust DIR: whose signature counts?", publicExt)
			}
			b, err := a.readBundle(args[0])
			if err != nil {
				return err
			}
			return a.printBundle(b, args[0])
		},
	}
	cmd.Flags().StringArrayVar(&keys, "key", nil, "public key whose bundles are taken")
	a.takesBundles(cmd)
	return cmd
}

// printBundle prints who signed a bundle and what is in it.
func (a *app) printBundle(b *bundle.Bundle, file string) error {
	return a.show(bundleViewOf(b, file), func() {
		a.println(flow.Printable(bundleTitle(b)))
		a.println("sha256:" + b.Digest)
		a.heading("Signed by", len(b.Signers))
		for _, s := range b.Signers {
			if s.Trusted {
				a.line("%s  %s", s.Name, s.KeyID)
			} else {
				a.line("somebody who is not trusted  %s", s.KeyID)
			}
		}
		a.heading("Members", len(b.Members()))
		for _, m := range b.Members() {
			a.line("%8d  %s", m.Bytes, m.Name)
		}
	})
}
