package main

import (
	"bytes"
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirflow/weir/cmd/weir/internal/coverage"
	"github.com/weirflow/weir/cmd/weir/internal/report"
	"github.com/weirflow/weir/cmd/weir/internal/suite"
	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// testFlags are the flags of weir test.
type testFlags struct {
	run         string
	tap         bool
	junit       string
	coverage    bool
	coverageOut string
	minCoverage float64

	pattern *regexp.Regexp
	measure bool // coverage in any form
}

func (a *app) testCommand() *cobra.Command {
	var f testFlags
	cmd := &cobra.Command{
		Use:   "test DIR|FILE.weir",
		Short: "Run the tests of a connector",
		Long: "Run the tests in the tests/ folder of a connector. HTTP requests are answered by the tests or by the tapes that they\n" +
			"name; nothing reaches the network. The source language's documentation describes the format.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			switch {
			case f.tap && a.json:
				return usagef("give --json or --tap, not both")
			case f.minCoverage < 0 || f.minCoverage > 100:
				return usagef("--min-coverage takes a percentage from 0 to 100")
			}
			if f.pattern, err = regexp.Compile(f.run); err != nil {
				return usagef("--run: %v", err)
			}
			f.measure = f.coverage || f.coverageOut != "" || cmd.Flags().Changed("min-coverage")
			return a.test(cmd.Context(), args[0], f)
		},
	}
	a.takesBundles(cmd)
	fl := cmd.Flags()
	fl.BoolVar(&f.tap, "tap", false, "print results in the Test Anything Protocol, version 14")
	fl.StringVar(&f.junit, "junit", "", "file to write the results to as JUnit XML")
	fl.StringVar(&f.run, "run", "", "run only tests whose FILE: NAME matches this regular expression")
	fl.BoolVar(&f.coverage, "coverage", false, "print which steps and branches the tests reach, and which they do not")
	fl.StringVar(&f.coverageOut, "coverage-out", "", "file to write the coverage to as JSON")
	fl.Float64Var(&f.minCoverage, "min-coverage", 0, "fail when less than this percentage of the steps, or of the branches, is covered")
	return cmd
}

func (a *app) test(ctx context.Context, path string, f testFlags) error {
	// What optional passes take away would be missing from the coverage.
	b, err := a.open(ctx, path, compiler.Options{Coverage: f.measure, NoOptimize: f.measure})
	if err != nil {
		return err
	}
	if f.measure && b.module != nil {
		return usagef("coverage is measured on source: give the directory of the connector")
	}
	result, err := a.runTests(ctx, b, f)
	if err != nil {
		return err
	}
	return a.printTests(result, b.manifest.Key, f)
}

// runTests runs the tests of a build that match the pattern, one after the other,
// and measures what they cover if that is asked for.
func (a *app) runTests(ctx context.Context, b *build, f testFlags) (*report.Run, error) {
	tests, err := a.readTests(b, f.pattern)
	if err != nil {
		return nil, err
	}
	runner, err := suite.NewRunner(ctx, b.wasm, suite.Config{Registry: a.reg, Trace: f.measure})
	if err != nil {
		return nil, err
	}
	m, err := guest.Verify(b.wasm)
	if err != nil {
		return nil, err
	}
	profile := coverage.New(m.Manifest, m.Steps)
	result := &report.Run{Tests: []report.Test{}}
	for i := range tests {
		t := &tests[i]
		began := time.Now()
		res := runner.Run(ctx, t)
		result.Add(report.Test{
			File: t.Pos.File, Line: t.Pos.Line, Name: t.Name, Passed: len(res.Failures) == 0, Failures: res.Failures, Duration: time.Since(began),
		})
		profile.Add(res.Trace)
	}
	if f.measure {
		covered := profile.Report()
		result.Coverage, result.Brief = &covered, !f.coverage
		result.Require(f.minCoverage)
	}
	return result, runner.Close(ctx)
}

// readTests reads the tests of a build that match pattern; nil matches all.
func (a *app) readTests(b *build, pattern *regexp.Regexp) ([]suite.Test, error) {
	if b.files == nil {
		return nil, noTests()
	}
	files, tapes, err := testFiles(b.files)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, noTests()
	}
	tests, err := suite.Read(files, tapes, b.manifest)
	if d, ok := err.(flow.Diagnostics); ok {
		return nil, a.report(d, sourcesOf(files, tapes))
	}
	if err != nil || pattern == nil {
		return tests, err
	}
	tests = slices.DeleteFunc(tests, func(t suite.Test) bool { return !pattern.MatchString(report.Title(t.Pos.File, t.Name)) })
	if len(tests) == 0 {
		return nil, usagef("--run: no test matches %q", pattern.String())
	}
	return tests, nil
}

// printTests writes the results as they were asked for, and says whether all is
// as it must be.
func (a *app) printTests(r *report.Run, key string, f testFlags) error {
	if f.junit != "" {
		var b bytes.Buffer
		if err := r.JUnit(&b, key); err != nil {
			return err
		}
		if err := writeFile(f.junit, b.Bytes()); err != nil {
			return err
		}
	}
	if f.coverageOut != "" {
		b, err := json.MarshalIndent(r.Coverage, "", "  ")
		if err != nil {
			return err
		}
		if err := writeFile(f.coverageOut, append(b, '\n')); err != nil {
			return err
		}
	}
	switch {
	case a.json:
		if err := a.printJSON(a.out, r); err != nil {
			return err
		}
	case f.tap:
		r.TAP(a.out)
	default:
		r.Text(a.out)
	}
	switch {
	case r.Failed > 0:
		return verdictf("%d of %d tests failed", r.Failed, r.Failed+r.Passed)
	case len(r.Below) > 0:
		return verdictf("the coverage is less than --min-coverage asks for")
	}
	return nil
}
