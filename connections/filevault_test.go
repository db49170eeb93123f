package connections

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/weirflow/weir/flow"
)

func TestFileVault(t *testing.T) {
	dir := t.TempDir()
	v := openVault(t, dir)
	r := sampleRecord()
	if err := v.Put(t.Context(), r); err != nil || r.Revision != 1 {
		t.Fatalf("revision %d, %v", r.Revision, err)
	}
	other := openVault(t, dir) // as another process would
	got := must[*Record](t)(other.Get(t.Context(), "local", "one"))
	if !reflect.DeepEqual(revealed(got), revealed(r)) || !reflect.DeepEqual(got.View(), r.View()) {
		t.Errorf("another process reads %+v", got.View())
	}
	got.Name = "Renamed"
	if err := other.Put(t.Context(), got); err != nil {
		t.Fatal(err)
	}
	if now := must[*Record](t)(v.Get(t.Context(), "local", "one")); now.Name != "Renamed" || now.Revision != 2 {
		t.Errorf("the first process reads %q, revision %d", now.Name, now.Revision)
	}
	wantCode(t, "an old revision", v.Put(t.Context(), r), flow.CodeConnectionExists)
	_, err := v.Get(t.Context(), "local", "none")
	wantCode(t, "no such id", err, flow.CodeConnectionUnknown)
	_, err = v.Get(t.Context(), "other", "one")
	wantCode(t, "another tenant's", err, flow.CodeConnectionUnknown)
	wantCode(t, "deleting none", v.Delete(t.Context(), "local", "none"), flow.CodeConnectionUnknown)

	two := sampleRecord()
	two.ID, two.Name = "two", " renamed"
	wantCode(t, "a name that is taken", v.Put(t.Context(), two), flow.CodeConnectionExists)
	two.Name = "Another"
	if err := v.Put(t.Context(), two); err != nil {
		t.Fatal(err)
	}
	two.Name = "RENAMED"
	wantCode(t, "renaming to a name that is taken", v.Put(t.Context(), two), flow.CodeConnectionExists)
	two.Name = "Another"
	elsewhere := sampleRecord()
	elsewhere.Tenant, elsewhere.Name = "other", "Renamed"
	if err := v.Put(t.Context(), elsewhere); err != nil {
		t.Errorf("the same name for another tenant: %v", err)
	}
	foreign := sampleRecord()
	foreign.ID, foreign.Connector, foreign.Name = "three", "billing", "Renamed"
	if err := v.Put(t.Context(), foreign); err != nil {
		t.Errorf("the same name for another connector: %v", err)
	}
	var names []string
	for _, x := range must[[]View](t)(v.List(t.Context(), "local")) {
		clean(t, "a view", x)
		names = append(names, x.Name+"/"+x.Connector)
	}
	if want := "[Another/tracker Renamed/tracker Renamed/billing]"; fmt.Sprint(names) != want && fmt.Sprint(names) != "[Another/tracker Renamed/billing Renamed/tracker]" {
		t.Errorf("lists %v, want %s", names, want)
	}
	if err := v.Delete(t.Context(), "local", "one"); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Get(t.Context(), "local", "one"); flow.CodeOf(err) != flow.CodeConnectionUnknown {
		t.Errorf("after deletion: %v", err)
	}
	clean(t, "the vault", v)
	raw, err := os.ReadFile(filepath.Join(dir, "vault"))
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{canary, "Renamed", "tracker", "id.example", "acme"} {
		if bytes.Contains(raw, []byte(word)) {
			t.Errorf("the file shows %q", word)
		}
	}
}

func TestFileVaultIsForItsOwner(t *testing.T) {
	dir := t.TempDir()
	v := openVault(t, dir)
	if err := v.Put(t.Context(), sampleRecord()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "vault")
	err := filepath.Walk(dir, func(at string, info os.FileInfo, err error) error {
		if err == nil && at != dir && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %o", at, info.Mode().Perm())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	_, err = v.Get(t.Context(), "local", "one")
	wantCode(t, "a file that the group may read", err, flow.CodeVaultIO)
	wantCode(t, "writing it", v.Put(t.Context(), sampleRecord()), flow.CodeVaultIO)
	key := must[tink.AEAD](t)(ParseKey([]byte(testKey)))
	_, err = OpenFile(t.Context(), path, key)
	wantCode(t, "opening it", err, flow.CodeVaultIO)
}

func TestFileVaultKeys(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "vault")
	v := openVault(t, dir)
	r := sampleRecord()
	if err := v.Put(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	first := must[tink.AEAD](t)(ParseKey([]byte(testKey)))
	second := must[tink.AEAD](t)(ParseKey([]byte(NewKey())))
	_, err := OpenFile(t.Context(), path, second)
	wantCode(t, "another key", err, flow.CodeVaultKey)

	keys := func(want int) {
		t.Helper()
		if n, err := v.DataKeys(); n != want || err != nil {
			t.Errorf("%d data keys, %v; want %d", n, err, want)
		}
	}
	keys(1)
	if err := v.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	keys(2)
	reads := func(what string) {
		t.Helper()
		got, err := v.Get(t.Context(), "local", "one")
		if err != nil || !reflect.DeepEqual(revealed(got), revealed(r)) {
			t.Errorf("%s: %v", what, err)
		}
	}
	reads("after a rotation")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Reencrypt(t.Context()); err != nil {
		t.Fatal(err)
	}
	keys(1)
	reads("encrypted anew")
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range bytes.Split(before, []byte("\n"))[1:] {
		if len(line) > 0 && bytes.Contains(after, line) {
			t.Error("a line was not encrypted anew")
		}
	}
	if err := v.Rewrap(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	reads("under another key")
	_, err = OpenFile(t.Context(), path, first)
	wantCode(t, "the key before", err, flow.CodeVaultKey)
	if _, err := OpenFile(t.Context(), path, second); err != nil {
		t.Errorf("the new key: %v", err)
	}
}

// TestFileVaultNoticesDamage flips bytes all over a vault, cuts it and moves its lines about: nothing comes out but errors.
func TestFileVaultNoticesDamage(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "vault")
	v := openVault(t, dir)
	for _, id := range []string{"one", "two"} {
		r := sampleRecord()
		r.ID, r.Name = id, id
		if err := v.Put(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	earlier := whole
	r := must[*Record](t)(v.Get(t.Context(), "local", "one"))
	if err := v.Put(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if whole, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	key := must[tink.AEAD](t)(ParseKey([]byte(testKey)))
	refused := func(what string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := OpenFile(t.Context(), path, key)
		if code := flow.CodeOf(err); code != flow.CodeVaultCorrupt && code != flow.CodeVaultKey {
			t.Errorf("%s: %v", what, err)
		}
	}
	step := 3
	if testing.Short() {
		step = 37
	}
	for i := 0; i < len(whole); i += step {
		for _, bit := range []byte{0x01, 0x04, 0x20} {
			data := bytes.Clone(whole)
			data[i] ^= bit
			refused(fmt.Sprintf("bit %x of byte %d flipped", bit, i), data)
		}
		refused(fmt.Sprintf("cut at %d", i), whole[:i])
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	old := bytes.SplitAfter(earlier, []byte("\n"))
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	refused("a connection removed", join(lines[0], lines[1]))
	refused("a connection twice", join(lines[0], lines[1], lines[1], lines[2]))
	refused("connections swapped", join(lines[0], lines[2], lines[1]))
	refused("an earlier connection", join(lines[0], old[1], lines[2]))
	refused("the head of an earlier state", join(old[0], lines[1], lines[2]))
	refused("something behind the end", append(bytes.Clone(whole), '\n'))
	refused("an empty file", nil)
	refused("another file", []byte("{}\n"))
	refused("a later version", bytes.Replace(whole, []byte(`"version":1`), []byte(`"version":2`), 1))
	refused("an endless head", bytes.Repeat([]byte("{"), maxHead*2))
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFile(t.Context(), path, key); err != nil {
		t.Errorf("unchanged: %v", err)
	}
}

func TestFileVaultFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	real := t.TempDir()
	openVault(t, real)
	if err := os.Symlink(filepath.Join(real, "vault"), filepath.Join(dir, "vault")); err != nil {
		t.Fatal(err)
	}
	if err := openVault(t, dir).Put(t.Context(), sampleRecord()); err != nil {
		t.Fatal(err)
	}
	if _, err := openVault(t, real).Get(t.Context(), "local", "one"); err != nil {
		t.Errorf("the file behind the link was not written: %v", err)
	}
	if info, err := os.Lstat(filepath.Join(dir, "vault")); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v %v", info.Mode(), err)
	}
}

func TestFileVaultRefusesFolders(t *testing.T) {
	key := must[tink.AEAD](t)(ParseKey([]byte(testKey)))
	for _, path := range []string{"", t.TempDir(), filepath.Join(t.TempDir(), "missing", "vault")} {
		_, err := OpenFile(t.Context(), path, key)
		if code := flow.CodeOf(err); code != flow.CodeVaultIO && code != flow.CodeVaultCorrupt {
			t.Errorf("%q: %v", path, err)
		}
	}
	_, err := OpenFile(t.Context(), filepath.Join(t.TempDir(), "vault"), nil)
	wantCode(t, "no key", err, flow.CodeVaultIO)
}

// TestFileVaultLock: one holder at a time, over goroutines and vaults; waiting
// ends with the context.
func TestFileVaultLock(t *testing.T) {
	dir := t.TempDir()
	vaults := []*FileVault{openVault(t, dir), openVault(t, dir)}
	var wg sync.WaitGroup
	held, most, sum := 0, 0, 0
	var mu sync.Mutex
	for i := range 20 {
		wg.Go(func() {
			release, err := vaults[i%2].Lock(t.Context(), "local", "one")
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			held++
			most = max(most, held)
			mu.Unlock()
			sum++ // the race detector watches
			mu.Lock()
			held--
			mu.Unlock()
			release()
		})
	}
	wg.Wait()
	if most != 1 || sum != 20 {
		t.Errorf("%d held the lock at once, %d in all", most, sum)
	}
	release, err := vaults[0].Lock(t.Context(), "local", "one")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = vaults[1].Lock(ctx, "local", "one")
	wantCode(t, "a wait that is given up", err, flow.CodeRunCancelled)
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = vaults[1].Lock(ctx, "local", "one")
	wantCode(t, "a wait that takes too long", err, flow.CodeRunCancelled)
}

// TestFileVaultHammer has goroutines of two vaults change one record each until
// all changes are in.
func TestFileVaultHammer(t *testing.T) {
	dir := t.TempDir()
	vaults := []*FileVault{openVault(t, dir), openVault(t, dir)}
	const writers, turns = 8, 12
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			v := vaults[w%2]
			r := sampleRecord()
			r.ID, r.Name = fmt.Sprint(w), fmt.Sprint(w)
			for range turns {
				if err := v.Put(t.Context(), r); err != nil {
					t.Error(err)
					return
				}
				if _, err := v.Get(t.Context(), "local", r.ID); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for w := range writers {
		r, err := vaults[0].Get(t.Context(), "local", fmt.Sprint(w))
		if err != nil || r.Revision != turns {
			t.Errorf("record %d: %+v, %v", w, r, err)
		}
	}
}

// The vault of a child process that TestFileVaultSurvivesKill kills.
const childVault = "WEIR_TEST_CHILD_VAULT"

func TestFileVaultSurvivesKill(t *testing.T) {
	if dir := os.Getenv(childVault); dir != "" {
		v := openVault(t, dir)
		for {
			r, err := v.Get(t.Context(), "local", "one")
			if err == nil {
				r.Description = fmt.Sprint(r.Revision + 1)
				err = v.Put(t.Context(), r)
			}
			if err != nil {
				fmt.Println("failed:", err)
				return
			}
			fmt.Println(r.Revision)
		}
	}
	dir := t.TempDir()
	v := openVault(t, dir)
	first := sampleRecord()
	first.Description = "1"
	if err := v.Put(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	kills := 10
	if testing.Short() {
		kills = 3
	}
	for i := range kills {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFileVaultSurvivesKill$")
		cmd.Env = append(os.Environ(), childVault+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// What the child has told is stored, whenever it dies after that.
		var told int64
		for range i + 2 {
			if _, err := fmt.Fscan(out, &told); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Duration(i) * 700 * time.Microsecond) // anywhere in a write
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) {
			t.Fatal(err)
		}
		r, err := openVault(t, dir).Get(t.Context(), "local", "one")
		if err != nil {
			t.Fatalf("after kill %d: %v", i, err)
		}
		if r.Revision < told || r.Description != fmt.Sprint(r.Revision) {
			t.Fatalf("after kill %d: revision %d of %d says %q", i, r.Revision, told, r.Description)
		}
		r.Description = fmt.Sprint(r.Revision + 1)
		if err := openVault(t, dir).Put(t.Context(), r); err != nil { // no lock is left behind
			t.Fatal(err)
		}
	}
}
