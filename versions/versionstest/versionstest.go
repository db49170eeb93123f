// Package versionstest holds stores of versions to the rules of versions.Store.
package versionstest

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/versions"
)

// Run tests a store. open returns an empty store, and again returns one on the
// same place, as another process would.
func Run(t *testing.T, open func(t *testing.T) (store versions.Store, again func() versions.Store)) {
	t.Run("create", func(t *testing.T) { create(t, open) })
	t.Run("hidden", func(t *testing.T) { hidden(t, open) })
	t.Run("parallel", func(t *testing.T) { parallel(t, open) })
	t.Run("refuses", func(t *testing.T) { refuses(t, open) })
}

func draft(text string) versions.Draft {
	return versions.Draft{
		Content: []byte(text), Connector: "tracker", Source: "1.2.0", Module: "m", Creator: "jane", Created: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC),
		Against: 1, Change: "minor", Notices: []versions.Notice{{Code: "release.text", Where: "flows/a.yaml:1:1", Message: "the card has no description"}},
	}
}

type opener = func(t *testing.T) (versions.Store, func() versions.Store)

func create(t *testing.T, open opener) {
	store, again := open(t)
	ctx := t.Context()
	if list, err := store.List(ctx); err != nil || len(list) != 0 {
		t.Fatalf("an empty store has %v, %v", list, err)
	}
	var made []versions.Version
	for i := range 12 {
		d := draft(fmt.Sprint("content ", i))
		v, err := store.Create(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		if v.Number != i+1 || v.Deployed() != fmt.Sprintf("0.%d.0", i+1) || v.Bytes != len(d.Content) || !reflect.DeepEqual(v, d.Version(i+1)) {
			t.Errorf("version %+v", v)
		}
		d.Content[0] = 'X' // the store keeps its own copy
		made = append(made, v)
	}
	for _, s := range []versions.Store{store, again()} {
		list, err := s.List(ctx)
		if err != nil || !reflect.DeepEqual(list, made) {
			t.Fatalf("the list is %+v, %v", list, err)
		}
		for i := range made {
			v, content, err := s.Open(ctx, i+1)
			if err != nil || !reflect.DeepEqual(v, made[i]) || !bytes.Equal(content, []byte(fmt.Sprint("content ", i))) {
				t.Errorf("version %d is %+v with %q, %v", i+1, v, content, err)
			}
		}
	}
}

func hidden(t *testing.T, open opener) {
	store, again := open(t)
	ctx := t.Context()
	for range 3 {
		if _, err := store.Create(ctx, draft("x")); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		number int
		hide   bool
	}{{2, true}, {2, true}, {3, true}, {3, false}, {3, false}} {
		if err := store.SetHidden(ctx, step.number, step.hide); err != nil {
			t.Fatal(err)
		}
	}
	list, err := again().List(ctx)
	if err != nil || len(list) != 3 || list[0].Hidden || !list[1].Hidden || list[2].Hidden {
		t.Errorf("%+v, %v", list, err)
	}
	// A hidden version is still there.
	if v, _, err := store.Open(ctx, 2); err != nil || !v.Hidden {
		t.Errorf("%+v, %v", v, err)
	}
}

func parallel(t *testing.T, open opener) {
	store, again := open(t)
	const each = 8
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[int]string{}
	for w := range 4 {
		s := store
		if w%2 == 1 {
			s = again()
		}
		wg.Go(func() {
			for i := range each {
				text := fmt.Sprint(w, "/", i)
				v, err := s.Create(context.Background(), draft(text))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if other, twice := got[v.Number]; twice {
					t.Errorf("%s and %s have the number %d", other, text, v.Number)
				}
				got[v.Number] = text
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for n := 1; n <= 4*each; n++ {
		_, content, err := store.Open(t.Context(), n)
		if err != nil || string(content) != got[n] {
			t.Errorf("version %d has %q, want %q, %v", n, content, got[n], err)
		}
	}
}

func refuses(t *testing.T, open opener) {
	store, _ := open(t)
	ctx := t.Context()
	unknown := func() {
		t.Helper()
		for _, n := range []int{0, -1, 2, 99} {
			if _, _, err := store.Open(ctx, n); flow.CodeOf(err) != flow.CodeVersionUnknown {
				t.Errorf("opening %d: %v", n, err)
			}
			if err := store.SetHidden(ctx, n, true); flow.CodeOf(err) != flow.CodeVersionUnknown {
				t.Errorf("hiding %d: %v", n, err)
			}
		}
	}
	unknown()
	if _, err := store.Create(ctx, draft("x")); err != nil {
		t.Fatal(err)
	}
	unknown()
	for what, change := range map[string]func(*versions.Draft){
		"nothing":  func(d *versions.Draft) { d.Content = nil },
		"too much": func(d *versions.Draft) { d.Content = make([]byte, versions.MaxBytes+1) },
		"long notices": func(d *versions.Draft) {
			d.Notices = []versions.Notice{{Message: strings.Repeat("x", 4<<20)}}
		},
		"many notices": func(d *versions.Draft) { d.Notices = make([]versions.Notice, versions.MaxNotices+1) },
	} {
		d := draft("x")
		change(&d)
		if _, err := store.Create(ctx, d); flow.CodeOf(err) != flow.CodeVersionLimit {
			t.Errorf("%s: %v", what, err)
		}
	}
	if list, err := store.List(ctx); err != nil || len(list) != 1 {
		t.Errorf("what was refused is kept: %+v, %v", list, err)
	}
}
