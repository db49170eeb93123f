package versions

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"

	"github.com/weirflow/weir/flow"
)

// Names in the folder of a version.
const (
	contentFile = "bundle.weir"
	recordFile  = "version.json"
	hiddenFile  = "hidden"
)

// maxRecord bounds a record: MaxNotices of some 400 bytes.
const maxRecord = 4 << 20

// Dir keeps versions in a directory: each in a folder that is named like its
// number and appears with everything in it, so that a reader sees all of a
// version or nothing, whenever a writer stops. Links in the directory are not
// followed out of it.
type Dir struct{ path string }

// OpenDir returns the store in a directory, which is made when the first version
// is.
func OpenDir(path string) *Dir { return &Dir{path} }

func broken(err error) error {
	return flow.Errorf(flow.CodeVersionStore, "the store of versions: %v", err)
}

// Create implements Store.
func (d *Dir) Create(ctx context.Context, draft Draft) (Version, error) {
	if err := draft.Check(); err != nil {
		return Version{}, err
	}
	if err := os.MkdirAll(d.path, 0o755); err != nil {
		return Version{}, broken(err)
	}
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return Version{}, broken(err)
	}
	defer root.Close()
	temp := ".new-" + rand.Text()
	if err := root.Mkdir(temp, 0o755); err != nil {
		return Version{}, broken(err)
	}
	v, err := d.create(ctx, root, temp, draft)
	if err != nil {
		err = errors.Join(err, root.RemoveAll(temp))
	}
	return v, err
}

// create writes a draft into temp and gives that the next number that is free.
func (d *Dir) create(ctx context.Context, root *os.Root, temp string, draft Draft) (Version, error) {
	if err := writeNew(root, temp+"/"+contentFile, draft.Content); err != nil {
		return Version{}, broken(err)
	}
	for {
		if err := ctx.Err(); err != nil {
			return Version{}, broken(err)
		}
		numbers, err := numbers(root)
		if err != nil {
			return Version{}, broken(err)
		}
		if len(numbers) >= MaxVersions {
			return Version{}, flow.Errorf(flow.CodeVersionLimit, "a connector may have %d versions", MaxVersions)
		}
		next := 1
		if len(numbers) > 0 {
			next = numbers[len(numbers)-1] + 1
		}
		v := draft.Version(next)
		record, err := json.MarshalIndent(v, "", "  ")
		if len(record) > maxRecord {
			return Version{}, flow.Errorf(flow.CodeVersionLimit, "the notices of a version may have %d bytes", maxRecord)
		}
		if err == nil {
			err = writeNew(root, temp+"/"+recordFile, append(record, '\n'))
		}
		if err == nil {
			err = syncFolder(root, temp)
		}
		if err != nil {
			return Version{}, broken(err)
		}
		// A folder with something in it cannot be replaced: of two writers one gets
		// the number, and the other tries the next.
		switch err := root.Rename(temp, strconv.Itoa(next)); {
		case err == nil:
			if err := syncFolder(root, "."); err != nil {
				return Version{}, broken(err)
			}
			return v, nil
		case !errors.Is(err, fs.ErrExist):
			return Version{}, broken(err)
		}
	}
}

// writeNew writes a file that nobody changes later.
func writeNew(root *os.Root, name string, data []byte) error {
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o444)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncFolder makes the names in a folder survive a crash.
func syncFolder(root *os.Root, name string) error {
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// numbers lists the numbers that are taken, in order.
func numbers(root *os.Root) ([]int, error) {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	var out []int
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil && n > 0 && strconv.Itoa(n) == e.Name() && e.IsDir() {
			out = append(out, n)
		}
	}
	slices.SortFunc(out, cmp.Compare[int])
	return out, nil
}

// read opens the store to read it; nil where there is none yet.
func (d *Dir) read() (*os.Root, error) {
	root, err := os.OpenRoot(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, broken(err)
	}
	return root, nil
}

// List implements Store.
func (d *Dir) List(ctx context.Context) ([]Version, error) {
	root, err := d.read()
	if root == nil {
		return nil, err
	}
	defer root.Close()
	numbers, err := numbers(root)
	if err != nil {
		return nil, broken(err)
	}
	out := make([]Version, 0, len(numbers))
	for _, n := range numbers {
		if err := ctx.Err(); err != nil {
			return nil, broken(err)
		}
		v, err := record(root, n)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// record reads what is known of a version.
func record(root *os.Root, number int) (Version, error) {
	dir := strconv.Itoa(number) + "/"
	data, err := readAll(root, dir+recordFile, maxRecord)
	if errors.Is(err, fs.ErrNotExist) {
		return Version{}, flow.Errorf(flow.CodeVersionUnknown, "the connector has no version %d", number)
	}
	if err != nil {
		return Version{}, broken(err)
	}
	var v Version
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil || v.Number != number {
		return Version{}, flow.Errorf(flow.CodeVersionDamaged, "the record of version %d is no longer what it was", number)
	}
	_, err = root.Lstat(dir + hiddenFile)
	v.Hidden = err == nil
	return v, nil
}

func readAll(root *os.Root, name string, limit int64) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit+1))
}

// Open implements Store.
func (d *Dir) Open(_ context.Context, number int) (Version, []byte, error) {
	root, err := d.read()
	if err != nil {
		return Version{}, nil, err
	}
	if root == nil {
		return Version{}, nil, flow.Errorf(flow.CodeVersionUnknown, "the connector has no versions")
	}
	defer root.Close()
	v, err := record(root, number)
	if err != nil {
		return Version{}, nil, err
	}
	content, err := readAll(root, strconv.Itoa(number)+"/"+contentFile, MaxBytes)
	if err != nil {
		return Version{}, nil, broken(err)
	}
	if err := v.Holds(content); err != nil {
		return Version{}, nil, err
	}
	return v, content, nil
}

// SetHidden implements Store.
func (d *Dir) SetHidden(_ context.Context, number int, hidden bool) error {
	root, err := d.read()
	if err != nil {
		return err
	}
	if root == nil {
		return flow.Errorf(flow.CodeVersionUnknown, "the connector has no versions")
	}
	defer root.Close()
	if _, err := record(root, number); err != nil {
		return err
	}
	name := strconv.Itoa(number) + "/" + hiddenFile
	if hidden {
		f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o644)
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			return broken(err)
		}
		return nil
	}
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return broken(err)
	}
	return nil
}
