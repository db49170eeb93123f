package aside

import (
	"context"
	"errors"
	"testing"
)

func TestDo(t *testing.T) {
	wrong := errors.New("wrong")
	if v, err := Do(context.Background(), func() (int, error) { return 3, wrong }); v != 3 || !errors.Is(err, wrong) {
		t.Errorf("%d, %v", v, err)
	}
}

func TestDoEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	hold := make(chan bool)
	defer close(hold)
	_, err := Do(ctx, func() (int, error) {
		cancel()
		<-hold
		return 1, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the end of the context", err)
	}
}

func TestPanicsComeThrough(t *testing.T) {
	defer func() {
		if r := recover(); r != "oh" {
			t.Errorf("recovered %v", r)
		}
	}()
	_, _ = Do(context.Background(), func() (int, error) { panic("oh") })
}
