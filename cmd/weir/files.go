package main

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/weirflow/weir/flow"
)

// fileError names what could not be done with a file. Its code is source.file.
func fileError(err error) error { return flow.Errorf(flow.CodeSourceFile, "%v", err) }

// writeFile replaces a file as a whole: whoever reads it, and whenever writing
// stops, the name stands for the old content or for the new one. The new file
// has the mode of the old one, and 0644 where there was none.
func writeFile(path string, data []byte) error {
	if err := replace(path, data); err != nil {
		return fileError(err)
	}
	return nil
}

func replace(path string, data []byte) (err error) {
	mode := os.FileMode(0o644)
	switch info, err := os.Stat(path); {
	case err == nil && !info.Mode().IsRegular():
		return &os.PathError{Op: "write", Path: path, Err: errors.New("not a regular file")}
	case err == nil:
		mode = info.Mode().Perm()
		// A link stays one: what it points to is replaced.
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return err
		}
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".weir-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// connectorDir returns the directory of the connector that path names: the
// directory itself, or a file in it such as connector.yaml, or one of its flows.
func connectorDir(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fileError(err)
	}
	if info.IsDir() {
		return path, nil
	}
	return filepath.Dir(path), nil
}
