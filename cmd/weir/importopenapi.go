package main

import (
	"path/filepath"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/compiler/importer/openapi"
	"github.com/weirflow/weir/flow"
)

func openAPIImporter() importer { return importer{"OpenAPI", openapi.Is, (*app).importOpenAPI} }

// importOpenAPI imports documents. Several documents, and the connectors of one
// that is split, have directories of their own, named after their keys.
func (a *app) importOpenAPI(files []compiler.File, opt importOptions) error {
	results := make([]*openapi.Result, len(files))
	reports := make([]*openapi.Report, len(files))
	for i, f := range files {
		res, err := openapi.Import(f.Name, f.Data, openapi.Options{Only: opt.only, Max: opt.max, Split: opt.split, Server: opt.server, Key: opt.key})
		if err != nil {
			return a.importProblem(err, files)
		}
		results[i], reports[i] = res, res.Report
	}
	connectors := map[string]openapi.Connector{}
	for i, res := range results {
		for _, c := range res.Connectors {
			dir := c.Dir
			if dir == "" && len(files) > 1 {
				dir = res.Report.Connectors[0].Key
			}
			if _, taken := connectors[dir]; taken {
				return usagef("%s gives a connector with a key that there is already: %s", files[i].Name, dir)
			}
			if diags := compiler.Check(c.Files, compiler.Options{Registry: a.reg}); diags.HasErrors() {
				return a.report(diags, c.Files)
			}
			connectors[dir] = c
		}
	}
	for dir, c := range connectors {
		if err := writeConnector(filepath.Join(opt.output, dir), c.Files); err != nil {
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

// importProblem prints why a document cannot be imported, with its line; a wrong
// option is wrong usage.
func (a *app) importProblem(err error, files []compiler.File) error {
	if wrong, ok := err.(*openapi.OptionError); ok {
		return usagef("--%v", wrong)
	}
	return a.report(flow.Diagnostics{{Error: flow.AsError(err)}}, files)
}
