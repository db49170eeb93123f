package main

import (
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
)

// importOptions are the flags of weir import. Which of them count is a matter of
// the kind of file.
type importOptions struct {
	output string
	only   []string
	max    int
	split  bool
	server string
	key    string
}

// importer is one kind of file that becomes the source of connectors.
type importer struct {
	kind string
	is   func(data []byte) bool
	run  func(a *app, files []compiler.File, opt importOptions) error
}

// importers lists the kinds of files, in the order in which they are looked for.
func importers() []importer {
	return []importer{openAPIImporter(), flopackImporter()}
}

func (a *app) importCommand() *cobra.Command {
	var opt importOptions
	cmd := &cobra.Command{
		Use:   "import FILE... -o DIR",
		Short: "Turn files of other systems into the source of a connector",
		Long: "Turn files of other systems into the source of a connector, in a new or empty directory, and print what became of\n" +
			"each part of them. The kind of a file is found by its content: OpenAPI 3.0 and 3.1 documents in JSON or YAML, and\n" +
			"exports of the vendor's flow designer (.flopack, .folder, .flow).",
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if opt.output == "" {
				return usagef("give the directory for the source: -o DIR")
			}
			if opt.max < 0 {
				return usagef("--max takes a number of at least 1")
			}
			return a.importFiles(args, opt)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&opt.output, "output", "o", "", "directory to write the connector to")
	flags.StringSliceVar(&opt.only, "only", nil, "OpenAPI: import these alone: tags, operation ids, paths, or \"METHOD /path\"; a star at the end stands for anything")
	flags.IntVar(&opt.max, "max", 0, "OpenAPI: import so many operations, the first ones (default: all)")
	flags.BoolVar(&opt.split, "split", false, "OpenAPI: make a connector of each tag, in directories of their own")
	flags.StringVar(&opt.server, "server", "", "OpenAPI: address of the service, instead of the document's")
	flags.StringVar(&opt.key, "key", "", "key of the connector (default: made of the title, or of the folder that the flows are in)")
	return cmd
}

// importFiles reads the files, finds out of which kind they are, and hands them
// on. Files of one import are of one kind.
func (a *app) importFiles(names []string, opt importOptions) error {
	switch entries, err := os.ReadDir(opt.output); {
	case err == nil && len(entries) > 0:
		return flow.Errorf(flow.CodeSourceFile, "the directory is not empty: %s", flow.Excerpt(opt.output)).WithFix("name a new one")
	case err != nil && !os.IsNotExist(err):
		return fileError(err)
	}
	files := make([]compiler.File, len(names))
	var kind *importer
	for i, name := range names {
		data, err := readImport(name)
		if err != nil {
			return err
		}
		files[i] = compiler.File{Name: name, Data: data}
		found := kindOf(data)
		switch {
		case found == nil:
			e := flow.Errorf(flow.CodeImportFormat, "the file is of no kind that is imported").WithFix("give an OpenAPI document, or an export of flows")
			e.Pos.File = name
			return e
		case kind != nil && found.kind != kind.kind:
			return usagef("%s and %s are of different kinds: %s and %s", names[0], name, kind.kind, found.kind)
		}
		kind = found
	}
	return kind.run(a, files, opt)
}

// maxImport bounds the bytes of a file; each kind has a lower bound of its own.
const maxImport = 256 << 20

func readImport(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fileError(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxImport+1))
	if err != nil {
		return nil, fileError(err)
	}
	if len(data) > maxImport {
		e := flow.Errorf(flow.CodeImportLimit, "the file is larger than %d bytes", maxImport)
		e.Pos.File = name
		return nil, e
	}
	return data, nil
}

func kindOf(data []byte) *importer {
	for _, im := range importers() {
		if im.is(data) {
			return &im
		}
	}
	return nil
}

// writeConnector writes the files of a connector below a directory.
func writeConnector(dir string, files []compiler.File) error {
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fileError(err)
		}
		if err := writeFile(path, f.Data); err != nil {
			return err
		}
	}
	return nil
}
