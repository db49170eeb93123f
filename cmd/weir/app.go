package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1 // the connector or the run failed; diagnostics are on stderr
	exitUsage  = 2 // wrong usage
)

// app is one invocation of the command.
type app struct {
	in   io.Reader
	out  io.Writer
	err  io.Writer
	env  func(string) string // reads the environment
	json bool                // --json
	reg  *flow.Registry

	trust trustFlags // of commands that take bundles
}

func newApp(in io.Reader, out, err io.Writer) *app {
	return &app{in: in, out: out, err: err, env: os.Getenv, reg: hostfuncs.Standard()}
}

// usageError is an error that means the command line is wrong.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// verdict is an error that says what a printed result amounts to: tests that
// failed, files that are not in canonical form. Its code is "failed".
type verdict struct{ error }

func verdictf(format string, args ...any) error { return verdict{fmt.Errorf(format, args...)} }

// errFailed is returned by commands that have already printed why they failed.
var errFailed = errors.New("failed")

// run executes a command line and returns the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	// A command line that cannot be parsed is answered in the wanted form too.
	flags, _, _ := cutAt(args, "--")
	a.json = slices.Contains(flags, "--json")
	root := a.rootCommand()
	root.SetArgs(args)
	ran := false
	root.PersistentPreRun = func(*cobra.Command, []string) { ran = true }
	cmd, err := root.ExecuteContextC(ctx)
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errFailed):
		return exitFailed
	case errors.As(err, &usage), !ran:
		// Errors before a command begins to run are cobra's own: unknown
		// commands, wrong numbers of arguments.
		a.problem(usageError{err})
		if !a.json {
			fmt.Fprintln(a.err, "usage:", cmd.UseLine())
		}
		return exitUsage
	}
	a.problem(err)
	return exitFailed
}

// cutAt splits a list around the first item that is sep.
func cutAt(list []string, sep string) (before, after []string, found bool) {
	if i := slices.Index(list, sep); i >= 0 {
		return list[:i], list[i+1:], true
	}
	return list, nil, false
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "weir COMMAND",
		Short:         "Build, test, run and inspect connectors",
		Version:       compiler.Release,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usagef("a command is missing; weir help lists them")
		},
	}
	root.PersistentFlags().BoolVar(&a.json, "json", a.json, "print results and problems as JSON")
	root.PersistentFlags().Lookup("json").DefValue = "false"
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetVersionTemplate("weir {{.Version}}\n")
	if a.json {
		root.SetVersionTemplate("{\"version\": \"{{.Version}}\"}\n")
	}
	text := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if !a.json {
			text(cmd, args)
			return
		}
		_ = a.printJSON(a.out, helpOf(cmd)) // as with the text, nothing is left to be done where it cannot be written
	})
	root.AddCommand(a.newCommand(), a.importCommand(), a.checkCommand(), a.fmtCommand(), a.buildCommand(), a.testCommand(), a.runCommand(),
		a.inspectCommand(), a.connectCommand(), a.connectionsCommand(), a.previewCommand(), a.diffCommand(), a.versionCommand(), a.versionsCommand(),
		a.packCommand(), a.verifyCommand(), a.keygenCommand(), a.manualCommand(), a.tablesCommand(), a.cardsCommand(), a.schemaCommand(), a.docsCommand())
	root.SetHelpCommand(&cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Print what a command does and takes",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return usagef("there is no command %q", args[len(args)-max(1, len(rest))])
			}
			return cmd.Help()
		},
	})
	return root
}

// problem prints an error on stderr.
func (a *app) problem(err error) {
	if a.json {
		// Nothing is left to be done where standard error cannot be written.
		_ = a.printJSON(a.err, map[string]any{"error": errorJSON(err)})
		return
	}
	fmt.Fprintln(a.err, "weir:", flow.Printable(err.Error()))
	var e *flow.Error
	if errors.As(err, &e) && e.Fix != "" {
		fmt.Fprintln(a.err, "  fix:", flow.Printable(e.Fix))
	}
}

// printed prints a result on stdout: v with --json, and what print writes
// without.
func (a *app) printed(v any, print func(io.Writer) error) error {
	if a.json {
		return a.printJSON(a.out, v)
	}
	return print(a.out)
}

// show prints a result on stdout: v with --json, and what text prints without.
func (a *app) show(v any, text func()) error {
	if a.json {
		return a.printJSON(a.out, v)
	}
	text()
	return nil
}

func (a *app) printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// errorView is how an error prints as JSON.
type errorView struct {
	Code     flow.Code `json:"code"`
	Vendor   string    `json:"vendorCode,omitempty"` // of the same problem
	Severity string    `json:"severity,omitempty"`
	File     string    `json:"file,omitempty"`
	Line     int       `json:"line,omitempty"`
	Column   int       `json:"column,omitempty"`
	Step     string    `json:"step,omitempty"`
	Message  string    `json:"message"`
	Fix      string    `json:"fix,omitempty"`
	Status   int       `json:"statusCode,omitempty"`
}

// errorJSON returns the view of an error. Wrong usage has the code "usage" and a
// verdict the code "failed", which no flow.Error has.
func errorJSON(err error) errorView {
	var usage usageError
	var failed verdict
	switch {
	case errors.As(err, &usage):
		return errorView{Code: "usage", Message: err.Error()}
	case errors.As(err, &failed):
		return errorView{Code: "failed", Message: err.Error()}
	}
	e := flow.AsError(err)
	return errorView{
		Code: e.Code, Vendor: e.Code.Vendor(), File: e.Pos.File, Line: e.Pos.Line, Column: e.Pos.Col,
		Step: e.Step, Message: e.Msg, Fix: e.Fix, Status: e.Status,
	}
}

func (a *app) printf(format string, args ...any) { fmt.Fprintf(a.out, format, args...) }

func (a *app) println(args ...any) { fmt.Fprintln(a.out, args...) }

// report prints diagnostics on stderr and says whether there are errors.
func (a *app) report(diags flow.Diagnostics, files []compiler.File) error {
	if a.json {
		views := make([]errorView, len(diags))
		for i, d := range diags {
			views[i] = errorJSON(d.Error)
			views[i].Severity = d.Severity.String()
		}
		if err := a.printJSON(a.err, map[string]any{"diagnostics": views}); err != nil {
			return err
		}
	} else if err := compiler.Render(a.err, diags, files); err != nil {
		return err
	}
	if diags.HasErrors() {
		return errFailed
	}
	return nil
}
