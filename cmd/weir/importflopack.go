package main

import (
	"path/filepath"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/compiler/importer/flopack"
	"github.com/weirflow/weir/flow"
)

func flopackImporter() importer { return importer{"flow", flopack.Is, (*app).importFlopack} }

// importFlopack imports exports of flows. Several exports give a connector each,
// in directories named after their keys.
func (a *app) importFlopack(files []compiler.File, opt importOptions) error {
	results := make([]*flopack.Result, len(files))
	reports := make([]*flopack.Report, len(files))
	for i, f := range files {
		res, err := flopack.Import(f.Name, f.Data, flopack.Options{Registry: a.reg, Key: opt.key})
		if wrong, ok := err.(*flopack.OptionError); ok {
			return usagef("--%v", wrong)
		}
		if err != nil {
			return a.importFailed(err, files)
		}
		if diags := compiler.Check(res.Files, compiler.Options{Registry: a.reg}); diags.HasErrors() {
			return a.report(diags, res.Files)
		}
		results[i], reports[i] = res, res.Report
	}
	taken := map[string]bool{}
	for i, res := range results {
		dir := ""
		if len(files) > 1 {
			dir = res.Report.Connector
		}
		if taken[dir] {
			return usagef("%s gives a connector with a key that there is already: %s", files[i].Name, dir)
		}
		taken[dir] = true
	}
	for _, res := range results {
		dir := ""
		if len(files) > 1 {
			dir = res.Report.Connector
		}
		if err := writeConnector(filepath.Join(opt.output, dir), res.Files); err != nil {
			return err
		}
	}
	return a.show(map[string]any{"reports": reports}, func() {
		for _, r := range reports {
			// Nothing is left to be done where standard output cannot be written.
			_ = r.WriteText(a.out)
		}
	})
}

// importFailed prints why a file cannot be imported, with its lines.
func (a *app) importFailed(err error, files []compiler.File) error {
	if d, ok := err.(flow.Diagnostics); ok {
		return a.report(d, files)
	}
	return a.report(flow.Diagnostics{{Error: flow.AsError(err)}}, files)
}
