package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirflow/weir/cmd/weir/internal/suite"
	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
)

// read reads the connector in a directory; naming connector.yaml inside it is
// as good.
func read(path string) ([]compiler.File, error) {
	dir, err := connectorDir(path)
	if err != nil {
		return nil, err
	}
	return compiler.ReadDir(os.DirFS(dir))
}

// compile compiles the connector at path and prints its problems.
func (a *app) compile(path string, opt compiler.Options) (*compiler.Output, error) {
	files, err := read(path)
	if err != nil {
		return nil, err
	}
	opt.Registry = a.reg
	out, err := compiler.Compile(files, opt)
	var diags flow.Diagnostics
	if errors.As(err, &diags) {
		return nil, a.report(diags, files)
	}
	if err != nil {
		return nil, err
	}
	if len(out.Warnings) > 0 {
		return out, a.report(out.Warnings, files)
	}
	return out, nil
}

func (a *app) checkCommand() *cobra.Command {
	var release bool
	cmd := &cobra.Command{
		Use:   "check PATH",
		Short: "Print the problems of a connector's source and tests",
		Long:  "Print the problems of a connector's source, and of the form of its tests and tapes, on standard error. There is no other output.",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.check(args[0], compiler.Options{Registry: a.reg, Release: release})
		},
	}
	cmd.Flags().BoolVar(&release, "release", false, "apply the rules for connectors that are handed to others")
	return cmd
}

// check prints the problems of a connector and of its tests. Where the connector
// itself has errors, tests are checked for their form alone.
func (a *app) check(path string, opt compiler.Options) error {
	dir, err := connectorDir(path)
	if err != nil {
		return err
	}
	files, err := read(dir)
	if err != nil {
		return err
	}
	var all flow.Diagnostics
	var m *flow.Manifest
	out, err := compiler.Compile(files, opt)
	switch {
	case err == nil:
		all, m = out.Warnings, out.Manifest
	case !errors.As(err, &all):
		return err
	}
	tests, tapes, err := testFiles(os.DirFS(dir))
	if err != nil {
		return err
	}
	var more flow.Diagnostics
	if _, err = suite.Read(tests, tapes, m); err != nil && !errors.As(err, &more) {
		return err
	}
	return a.report(append(all, more...), append(files, sourcesOf(tests, tapes)...))
}

func (a *app) fmtCommand() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "fmt PATH",
		Short: "Rewrite a connector's source to canonical form",
		Long: "Rewrite the files of a connector and of its tests to canonical form; comments are kept. Tapes stay as they were\n" +
			"recorded. The names of changed files are printed.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir, err := connectorDir(args[0])
			if err != nil {
				return err
			}
			files, err := read(dir)
			if err != nil {
				return err
			}
			tests, _, err := testFiles(os.DirFS(dir))
			if err != nil {
				return err
			}
			return a.format(dir, append(files, tests...), check)
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "change nothing; fail when a file is not in canonical form")
	return cmd
}

// formatted returns a file in canonical form.
func formatted(f compiler.File) ([]byte, error) {
	if strings.HasPrefix(f.Name, testsDir+"/") {
		return compiler.FormatData(f, suite.Layout())
	}
	return compiler.Format(f)
}

// format rewrites all files, or none when one of them cannot be read.
func (a *app) format(dir string, files []compiler.File, check bool) error {
	texts := make([][]byte, len(files))
	var all flow.Diagnostics
	for i, f := range files {
		text, err := formatted(f)
		var diags flow.Diagnostics
		switch {
		case errors.As(err, &diags):
			all = append(all, diags...)
		case err != nil:
			return err
		}
		texts[i] = text
	}
	if all.HasErrors() {
		return a.report(all, files)
	}
	changed := []string{}
	for i, f := range files {
		if string(texts[i]) == string(f.Data) {
			continue
		}
		changed = append(changed, f.Name)
		if check {
			continue
		}
		if err := writeFile(filepath.Join(dir, filepath.FromSlash(f.Name)), texts[i]); err != nil {
			return err
		}
	}
	if err := a.show(map[string]any{"changed": changed}, func() {
		for _, name := range changed {
			a.println(name)
		}
	}); err != nil {
		return err
	}
	if check && len(changed) > 0 {
		return verdictf("%d of %d files are not in canonical form", len(changed), len(files))
	}
	return nil
}

func (a *app) buildCommand() *cobra.Command {
	var output, emit string
	cmd := &cobra.Command{
		Use:   "build PATH -o FILE.wasm",
		Short: "Compile a connector to one WebAssembly module",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if (output == "") == (emit == "") {
				return usagef("give either -o FILE or --emit ir|wat")
			}
			return a.build(args[0], output, emit)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "file to write the module to")
	cmd.Flags().StringVar(&emit, "emit", "", "print a stage instead: ir or wat")
	return cmd
}

func (a *app) build(path, output, emit string) error {
	stage := map[string]string{"ir": "meter", "wat": "encode", "": ""}
	want, ok := stage[emit]
	if !ok {
		return usagef("--emit takes ir or wat, not %q", emit)
	}
	var text string
	out, err := a.compile(path, compiler.Options{Dump: func(pass, dump string) {
		if pass == want {
			text = dump
		}
	}})
	if err != nil {
		return err
	}
	if emit != "" {
		return a.show(map[string]any{emit: text}, func() { a.printf("%s", text) })
	}
	if err := writeFile(output, out.Wasm); err != nil {
		return err
	}
	return a.show(map[string]any{"file": output, "bytes": len(out.Wasm), "digest": "sha256:" + out.Digest}, func() {
		a.printf("%s: %d flows, %d bytes, sha256:%s\n", output, len(out.Manifest.Flows), len(out.Wasm), out.Digest)
	})
}
