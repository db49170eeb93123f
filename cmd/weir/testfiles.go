package main

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/weirflow/weir/cmd/weir/internal/suite"
	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/tape"
)

// testsDir is the folder of a connector's tests.
const testsDir = "tests"

// maxTestFile bounds what is read of one file of tests. The reader of source
// refuses less, with the file's name.
const maxTestFile = 1 << 20

// maxTapes bounds the tapes of a connector together: people keep tapes in version
// control, and each is read for every check.
const maxTapes = 64 << 20

// testFiles reads the files of tests/ by name, and the tapes there and in folders
// below. A connector without the folder has none. Errors: source.file,
// source.limit.
func testFiles(dir fs.FS) ([]compiler.File, suite.Tapes, error) {
	var tests []compiler.File
	tapes := suite.Tapes{}
	total := 0
	err := fs.WalkDir(dir, testsDir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case name == testsDir && errors.Is(err, fs.ErrNotExist):
			return fs.SkipAll
		case err != nil:
			return testFileError(name, err)
		case strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		}
		isTape := suite.IsTape(name)
		if !isTape && (path.Dir(name) != testsDir || !slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(name))) {
			return nil
		}
		limit := maxTestFile
		if isTape {
			limit = tape.MaxTape + 1 // one more tells that it is larger
		}
		data, err := readTest(dir, name, d, limit)
		if err != nil {
			return testFileError(name, err)
		}
		if !isTape {
			tests = append(tests, compiler.File{Name: name, Data: data})
			return nil
		}
		if total += len(data); total > maxTapes {
			return flow.Errorf(flow.CodeSourceLimit, "the tapes of a connector may hold %d bytes together", maxTapes)
		}
		tapes[name] = data
		return nil
	})
	return tests, tapes, err
}

func noTests() error {
	return flow.Errorf(flow.CodeSourceFile, "the connector has no tests").WithFix("add a .yaml file in %s/", testsDir)
}

func testFileError(name string, err error) error {
	fault := flow.Errorf(flow.CodeSourceFile, "cannot be read: %v", err)
	fault.Pos.File = name
	return fault
}

func readTest(dir fs.FS, name string, d fs.DirEntry, limit int) ([]byte, error) {
	if !d.Type().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrInvalid}
	}
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, int64(limit)))
}

// sourcesOf lists tests and tapes as files, for the lines that problems show.
func sourcesOf(tests []compiler.File, tapes suite.Tapes) []compiler.File {
	out := slices.Clone(tests)
	for _, name := range slices.Sorted(maps.Keys(tapes)) {
		out = append(out, compiler.File{Name: name, Data: tapes[name]})
	}
	return out
}
