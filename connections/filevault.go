package connections

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/weirflow/weir/flow"
)

// maxConnections bounds the connections of one file, which is read as a whole.
const maxConnections = 10_000

// FileVault is a Vault in one file, for one machine. Every change writes the
// file anew beside the old one and takes its place once it is on disk, so that
// neither a crash nor a power cut leaves half of it. Readers never wait;
// processes take turns at writing, by locks in a folder beside the file.
type FileVault struct {
	path  string
	locks string // folder

	mu   sync.Mutex
	key  Key
	seen *content // what the file last read held
}

var _ Vault = (*FileVault)(nil)

// OpenFile opens the vault at path, which key wraps (see ParseKey), and makes it
// when there is none. The file and its folder of locks are for their owner
// alone; a file that others may read is refused. Errors: vault.key,
// vault.corrupt, vault.io.
func OpenFile(ctx context.Context, path string, key Key) (*FileVault, error) {
	if path == "" || key == nil {
		return nil, flow.Errorf(flow.CodeVaultIO, "a vault needs the path of a file and a key")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, vaultFault("opened", err)
	}
	// The file is replaced, not changed: a link in its place would be lost.
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	v := &FileVault{path: path, key: key, locks: path + ".locks"}
	if err := os.Mkdir(v.locks, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, vaultFault("opened", err)
	}
	_, err = v.read()
	if errors.Is(err, fs.ErrNotExist) {
		err = v.create(ctx)
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// String names the file.
func (v *FileVault) String() string { return "vault " + v.path }

// Format implements fmt.Formatter: no verb shows keys.
func (v *FileVault) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(v.String())) }

func vaultFault(what string, err error) error {
	return flow.Errorf(flow.CodeVaultIO, "the vault could not be %s: %v", what, err)
}

// create makes the file, unless another process was quicker.
func (v *FileVault) create(ctx context.Context) error {
	return v.change(ctx, func(c *content) (*content, error) {
		if c != nil {
			return nil, nil
		}
		s, err := NewSealer()
		if err != nil {
			return nil, err
		}
		return &content{sealer: s, key: v.key}, nil
	})
}

// change is how the file is written: under the lock of writers, from what is
// there now (nil for no file) to what f returns; nil leaves it as it is.
func (v *FileVault) change(ctx context.Context, f func(*content) (*content, error)) error {
	release, err := v.lock(ctx, "file")
	if err != nil {
		return err
	}
	defer release()
	now, err := v.read()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	next, err := f(now)
	if err != nil || next == nil {
		return err
	}
	if len(next.records) > maxConnections {
		return flow.Errorf(flow.CodeConnectionInvalid, "a vault holds at most %d connections", maxConnections)
	}
	next.write = strings.ToLower(rand.Text())
	if next.key == nil {
		next.key = now.key
	}
	data, err := next.encode()
	if err != nil {
		return err
	}
	if err := replaceFile(v.path, data); err != nil {
		return vaultFault("written", err)
	}
	v.mu.Lock()
	v.key, v.seen = next.key, next
	v.mu.Unlock()
	return nil
}

// Get implements Vault.
func (v *FileVault) Get(_ context.Context, tenant, id string) (*Record, error) {
	c, err := v.read()
	if err != nil {
		return nil, err
	}
	i, found := c.find(tenant, id)
	if !found {
		return nil, unknown(id)
	}
	return c.sealer.Open(c.records[i])
}

func unknown(id string) error {
	return flow.Errorf(flow.CodeConnectionUnknown, "there is no connection %s", flow.Excerpt(id))
}

// List implements Vault.
func (v *FileVault) List(_ context.Context, tenant string) ([]View, error) {
	c, err := v.read()
	if err != nil {
		return nil, err
	}
	out := []View{}
	for _, x := range c.records {
		if x.Tenant != tenant {
			continue
		}
		view, err := c.sealer.View(x)
		if err != nil {
			return nil, err
		}
		out = append(out, view)
	}
	slices.SortFunc(out, func(a, b View) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	return out, nil
}

// Put implements Vault.
func (v *FileVault) Put(ctx context.Context, r *Record) error {
	err := v.change(ctx, func(c *content) (*content, error) {
		if c == nil {
			return nil, vaultFault("written", fs.ErrNotExist)
		}
		i, found := c.find(r.Tenant, r.ID)
		if found && c.records[i].Revision != r.Revision || !found && r.Revision != 0 {
			return nil, flow.Errorf(flow.CodeConnectionExists, "the connection %s was changed meanwhile", flow.Excerpt(r.ID))
		}
		if err := c.nameFree(r, i, found); err != nil {
			return nil, err
		}
		x, err := c.sealer.Seal(r, r.Revision+1)
		if err != nil {
			return nil, err
		}
		next := &content{sealer: c.sealer, records: slices.Clone(c.records)}
		if found {
			next.records[i] = x
		} else {
			next.records = slices.Insert(next.records, i, x)
		}
		return next, nil
	})
	if err == nil {
		r.Revision++
	}
	return err
}

// Delete implements Vault.
func (v *FileVault) Delete(ctx context.Context, tenant, id string) error {
	return v.change(ctx, func(c *content) (*content, error) {
		if c == nil {
			return nil, unknown(id)
		}
		i, found := c.find(tenant, id)
		if !found {
			return nil, unknown(id)
		}
		return &content{sealer: c.sealer, records: slices.Delete(slices.Clone(c.records), i, i+1)}, nil
	})
}

// Rotate adds a data key, which seals whatever is stored from now on. What older
// keys sealed still opens. Errors: vault.*.
func (v *FileVault) Rotate(ctx context.Context) error {
	return v.reseal(ctx, (*Sealer).Rotate, false)
}

// Reencrypt seals every connection with the newest data key and forgets the
// others. Errors: vault.*.
func (v *FileVault) Reencrypt(ctx context.Context) error {
	return v.reseal(ctx, (*Sealer).Prune, true)
}

func (v *FileVault) reseal(ctx context.Context, with func(*Sealer) (*Sealer, error), all bool) error {
	return v.change(ctx, func(c *content) (*content, error) {
		if c == nil {
			return nil, vaultFault("written", fs.ErrNotExist)
		}
		s, err := with(c.sealer)
		if err != nil {
			return nil, err
		}
		next := &content{sealer: s, records: slices.Clone(c.records)}
		for i, x := range next.records {
			if !all {
				break
			}
			r, err := c.sealer.Open(x)
			if err != nil {
				return nil, err
			}
			// A revision is not sealed twice: the old ciphertexts must not open in it.
			if next.records[i], err = s.Seal(r, r.Revision+1); err != nil {
				return nil, err
			}
		}
		return next, nil
	})
}

// Rewrap wraps the data keys with another key, which opens the vault from now
// on, and this FileVault with it. Errors: vault.*.
func (v *FileVault) Rewrap(ctx context.Context, key Key) error {
	return v.change(ctx, func(c *content) (*content, error) {
		if c == nil {
			return nil, vaultFault("written", fs.ErrNotExist)
		}
		return &content{sealer: c.sealer, key: key, records: c.records}, nil
	})
}

// DataKeys returns how many data keys the vault has. Errors: vault.*.
func (v *FileVault) DataKeys() (int, error) {
	c, err := v.read()
	if err != nil {
		return 0, err
	}
	return c.sealer.Keys(), nil
}
