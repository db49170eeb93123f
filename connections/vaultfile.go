package connections

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/weirflow/weir/flow"
)

// The file of a vault is lines of JSON: a head, then one sealed record per line,
// sorted by tenant and id. The digest in the head seals all other lines, so that
// a line that is missing, doubled, old or damaged is noticed before any is used.
type head struct {
	Weir    string `json:"weir"` // "vault"
	Version int    `json:"version"`
	Write   string `json:"write"`  // names this state of the file; no two writes share it
	Keyset  []byte `json:"keyset"` // the data keys, wrapped
	Digest  []byte `json:"digest"` // SHA-256 of all behind this line, sealed
}

const (
	headMark    = "vault"
	headVersion = 1
	// maxHead bounds the first line: a keyset has about 150 bytes per key.
	maxHead = 1 << 20
	// maxFile bounds the file: maxConnections with a private key and tokens of
	// ordinary size each have about 100 MB.
	maxFile = 512 << 20
	// lockPoll is how often a lock is tried that somebody else holds. Holding one
	// takes a write of the file, or a request to an authorization server.
	lockPoll = 5 * time.Millisecond
)

// content is what one state of the file holds. It is never changed.
type content struct {
	write   string
	key     Key // that wraps the data keys
	sealer  *Sealer
	records []*Sealed // sorted by tenant and id
}

// find returns where a record stands, or would.
func (c *content) find(tenant, id string) (int, bool) {
	return slices.BinarySearchFunc(c.records, nil, func(x, _ *Sealed) int {
		return cmp.Or(strings.Compare(x.Tenant, tenant), strings.Compare(x.ID, id))
	})
}

// nameFree says that another connection has r's name, if one has. at is where
// r stands, when found.
func (c *content) nameFree(r *Record, at int, found bool) error {
	if found {
		if old, err := c.sealer.View(c.records[at]); err != nil || foldName(old.Name) == foldName(r.Name) {
			return err
		}
	}
	for _, x := range c.records {
		if x.Tenant != r.Tenant || x.ID == r.ID {
			continue
		}
		other, err := c.sealer.View(x)
		if err != nil {
			return err
		}
		if other.Connector == r.Connector && foldName(other.Name) == foldName(r.Name) {
			return nameTaken(r.Name)
		}
	}
	return nil
}

func (c *content) encode() ([]byte, error) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	for _, x := range c.records {
		if err := enc.Encode(x); err != nil {
			return nil, flow.Errorf(flow.CodeInternal, "a sealed connection cannot be written as JSON: %v", err)
		}
	}
	digest := sha256.Sum256(body.Bytes())
	sealed, err := c.sealer.sealDigest(digest[:], c.write)
	if err != nil {
		return nil, err
	}
	wrapped, err := c.sealer.Wrap(c.key)
	if err != nil {
		return nil, err
	}
	first, err := json.Marshal(head{headMark, headVersion, c.write, wrapped, sealed})
	if err != nil {
		return nil, flow.Errorf(flow.CodeInternal, "the head of a vault cannot be written as JSON: %v", err)
	}
	return append(append(first, '\n'), body.Bytes()...), nil
}

// read returns what the file holds now. Without a file it is fs.ErrNotExist.
func (v *FileVault) read() (*content, error) {
	f, err := os.Open(v.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fs.ErrNotExist
	}
	if err != nil {
		return nil, vaultFault("read", err)
	}
	defer f.Close()
	if err := ownerOnly(f, "the vault"); err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(io.LimitReader(f, maxFile), 64<<10)
	first, err := readLine(r)
	if err != nil {
		return nil, err
	}
	h, err := readHead(first)
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	seen, key := v.seen, v.key
	v.mu.Unlock()
	if seen != nil && seen.write == h.Write {
		return seen, nil
	}
	c, err := decode(h, r, key)
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	v.seen = c
	v.mu.Unlock()
	return c, nil
}

// readHead reads the first line. JSON has many spellings; the one that encode
// writes is accepted, so that no byte of it can change unnoticed.
func readHead(line []byte) (*head, error) {
	var h head
	if err := json.Unmarshal(line, &h); err == nil && h.Weir == headMark && h.Version != headVersion {
		return nil, flow.Errorf(flow.CodeVaultCorrupt, "the vault has version %d, and this release reads version %d", h.Version, headVersion)
	}
	if again, err := json.Marshal(h); err != nil || !bytes.Equal(again, line) || h.Weir != headMark || h.Write == "" {
		return nil, flow.Errorf(flow.CodeVaultCorrupt, "the file is no vault, or its head is damaged")
	}
	return &h, nil
}

// ownerOnly refuses a file that other users may read or write.
func ownerOnly(f *os.File, what string) error {
	info, err := f.Stat()
	if err != nil {
		return vaultFault("read", err)
	}
	// Windows has no such bits; there the folder's access list decides.
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return flow.Errorf(flow.CodeVaultIO, "%s may be read by other users: its mode is %04o", what, mode).
			WithFix("chmod 600 %s", f.Name())
	}
	return nil
}

// readLine reads the first line without its end.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line[:len(line)-1], nil
		case !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF):
			return nil, vaultFault("read", err)
		case errors.Is(err, io.EOF) || len(line) > maxHead:
			return nil, flow.Errorf(flow.CodeVaultCorrupt, "the file is no vault, or its head is damaged")
		}
	}
}

// decode reads what stands behind the head, and believes nothing of it before
// the digest is right.
func decode(h *head, r io.Reader, key Key) (*content, error) {
	s, err := UnwrapSealer(h.Keyset, key)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r)
	if err != nil {
		return nil, vaultFault("read", err)
	}
	digest := sha256.Sum256(body)
	if want, err := s.openDigest(h.Digest, h.Write); err != nil || !bytes.Equal(want, digest[:]) {
		return nil, flow.Errorf(flow.CodeVaultCorrupt, "the vault is not what was written to it").
			WithFix("restore it from a copy")
	}
	c := &content{write: h.Write, key: key, sealer: s}
	dec := json.NewDecoder(bytes.NewReader(body))
	for dec.More() {
		x := &Sealed{}
		if err := dec.Decode(x); err != nil {
			return nil, flow.Errorf(flow.CodeVaultCorrupt, "the vault is not in the form that this release reads")
		}
		c.records = append(c.records, x)
	}
	return c, nil
}

// replaceFile puts data in the place of the file at path. The data is on disk
// before it takes the name, and the name is on disk before it returns.
func replaceFile(path string, data []byte) (err error) {
	// The writers' lock is held: what lies here was left by a writer that died.
	temp := path + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp) // the error that matters is known
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a rename in a folder durable.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there; the file system orders renames
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Lock implements Vault. Connections share 256 locks: one that is taken may
// belong to another connection, which costs a wait and nothing else.
func (v *FileVault) Lock(ctx context.Context, tenant, id string) (func(), error) {
	sum := sha256.Sum256(associated(tenant, id, 0, "lock"))
	return v.lock(ctx, hex.EncodeToString(sum[:1]))
}

// lock takes a lock of the operating system, which a process that dies gives
// back. Every call opens the file anew, so that goroutines exclude each other
// as processes do. Lock files are never removed: whoever waits for one that is
// gone would not see who takes its successor.
func (v *FileVault) lock(ctx context.Context, name string) (func(), error) {
	l := flock.New(filepath.Join(v.locks, name))
	ok, err := l.TryLockContext(ctx, lockPoll)
	if ctx.Err() != nil && !ok {
		return nil, flow.Errorf(flow.CodeRunCancelled, "the vault's lock was not waited for: %v", ctx.Err())
	}
	if err != nil || !ok {
		return nil, vaultFault("locked", err)
	}
	return func() { _ = l.Unlock() }, nil
}
