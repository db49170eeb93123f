package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirflow/weir/blobs"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/tables"
)

// storeFlags are the flags of weir run about files and tables.
type storeFlags struct {
	files  []string
	outDir string
	tables string
	tenant string
}

func (f *storeFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringArrayVar(&f.files, "file", nil, "NAME=@FILE gives the input NAME the content of a file")
	fl.StringVar(&f.outDir, "out-dir", "", "directory that files in the outputs are written to; existing files are kept")
	fl.StringVar(&f.tables, "tables", "", "SQLite file with the connector's tables (see weir tables)")
	fl.StringVar(&f.tenant, "tenant", localTenant, "whose tables and connections these are")
}

// open gives the run its files and tables. The function it returns closes them.
func (f *storeFlags) open(ctx context.Context, run *engine.Run, m *flow.Manifest) (func() error, error) {
	store := blobs.New(blobs.Config{})
	run.Files = store
	closers := []io.Closer{store}
	closeAll := func() error {
		var errs []error
		for _, c := range closers {
			errs = append(errs, c.Close())
		}
		return errors.Join(errs...)
	}
	if err := f.takeFiles(ctx, run, store); err != nil {
		return nil, errors.Join(err, closeAll())
	}
	if f.tables != "" {
		db, err := tables.Open(f.tables)
		if err != nil {
			return nil, errors.Join(err, closeAll())
		}
		closers = append(closers, db)
		for _, t := range m.Tables {
			if err := db.Define(ctx, f.tenant, m.Key, t); err != nil {
				return nil, errors.Join(err, closeAll())
			}
		}
		run.Tables = db.For(f.tenant, m.Key)
	}
	return closeAll, nil
}

// takeFiles puts the files of --file into the run's store and its input.
func (f *storeFlags) takeFiles(ctx context.Context, run *engine.Run, store flow.Blobs) error {
	var in flow.ObjectBuilder
	for k, v := range run.Input.Object().All() {
		in.Set(k, v)
	}
	for _, arg := range f.files {
		name, from, ok := strings.Cut(arg, "=")
		path, isFile := strings.CutPrefix(from, "@")
		if !ok || !isFile {
			return usagef("--file takes NAME=@FILE, not %q", arg)
		}
		if in.Has(name) {
			return usagef("--file %s: the input is given twice", name)
		}
		content, err := os.Open(path)
		if err != nil {
			return usagef("--file %s: %v", name, err)
		}
		file, err := store.Create(ctx, flow.FileMeta{Name: filepath.Base(path)}, content)
		content.Close()
		if err != nil {
			return err
		}
		in.Set(name, flow.FileOf(file))
	}
	if len(f.files) > 0 {
		run.Input = in.Value()
	}
	return nil
}

// keepFiles writes the files of the outputs to --out-dir, under their own names
// with a number where one is taken.
func (f *storeFlags) keepFiles(ctx context.Context, store flow.Blobs, v flow.Value) error {
	if f.outDir == "" {
		return nil
	}
	if err := os.MkdirAll(f.outDir, 0o777); err != nil {
		return usagef("--out-dir: %v", err)
	}
	root, err := os.OpenRoot(f.outDir)
	if err != nil {
		return usagef("--out-dir: %v", err)
	}
	defer root.Close()
	for _, file := range filesIn(v, nil) {
		if err := keepFile(ctx, root, store, file); err != nil {
			return err
		}
	}
	return nil
}

func filesIn(v flow.Value, found []*flow.File) []*flow.File {
	switch v.Kind() {
	case flow.KindFile:
		return append(found, v.File())
	case flow.KindList:
		for _, x := range v.List().All() {
			found = filesIn(x, found)
		}
	case flow.KindObject:
		for _, x := range v.Object().All() {
			found = filesIn(x, found)
		}
	}
	return found
}

func keepFile(ctx context.Context, root *os.Root, store flow.Blobs, file *flow.File) error {
	from, err := store.Open(ctx, file)
	if err != nil {
		return err
	}
	defer from.Close()
	name := strings.TrimLeft(flow.CleanFileName(file.Name), ".")
	if name == "" {
		name = "file"
	}
	ext := filepath.Ext(name)
	for n := 1; ; n++ {
		path := name
		if n > 1 {
			path = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), n, ext)
		}
		to, err := root.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) && n < 1000 {
			continue
		}
		if err != nil {
			return err
		}
		_, err = io.Copy(to, from)
		return errors.Join(err, to.Close())
	}
}

// tablesCommand defines and lists the tables in a SQLite file.
func (a *app) tablesCommand() *cobra.Command {
	var tenant string
	cmd := &cobra.Command{
		Use:   "tables FILE CONNECTOR [DEFINITION.json]",
		Short: "List a connector's tables in a SQLite file, after defining one",
		Long: "Lists the tables that weir run --tables FILE gives to the connector with this key. A definition is a JSON object\n" +
			"{\"name\": …, \"columns\": [{\"name\": …, \"type\": \"text\"|\"number\"|\"date\"|\"boolean\"}]}; it makes the table, or adds columns to it.",
		Args: cobra.RangeArgs(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			db, err := tables.Open(args[0])
			if err != nil {
				return err
			}
			defer db.Close()
			if len(args) == 3 {
				if err := define(cmd.Context(), db, tenant, args[1], args[2]); err != nil {
					return err
				}
			}
			list, err := db.List(cmd.Context(), tenant, args[1])
			if err != nil {
				return err
			}
			return a.printTables(list)
		},
	}
	cmd.Flags().StringVar(&tenant, "tenant", localTenant, "whose tables these are")
	return cmd
}

func define(ctx context.Context, db *tables.Store, tenant, connector, path string) error {
	text, err := readWhole(path)
	if err != nil {
		return usagef("%v", err)
	}
	var t flow.Table
	if err := json.Unmarshal(text, &t); err != nil {
		return flow.Errorf(flow.CodeTableInvalid, "%s is no definition of a table: %v", path, err)
	}
	return db.Define(ctx, tenant, connector, t)
}

func (a *app) printTables(list []flow.Table) error {
	if a.json {
		return a.printJSON(a.out, append([]flow.Table{}, list...))
	}
	for _, t := range list {
		a.printf("%s  %d rows\n", flow.Printable(t.Name), t.Rows)
		for _, c := range t.Columns {
			a.printf("  %s  %s\n", flow.Printable(c.Name), c.Type)
		}
	}
	return nil
}
