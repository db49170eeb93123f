package conformance

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
)

// TestWallLimit waits in virtual time just less than, and just longer than, the
// wall limit allows.
func TestWallLimit(t *testing.T) {
	out := compile(t, files{
		"flows/main.yaml": "outputs: {ok: boolean}\nsteps:\n  - {card: control.wait, with: {delay: 10, unit: second}}\n  - return: {ok: true}\n",
	}, compiler.Options{})
	for _, tc := range []struct {
		wall time.Duration
		want flow.Code
	}{
		{10*time.Second - 1, flow.CodeLimitWall},
		{10*time.Second + 1, ""},
		{time.Second, flow.CodeLimitWall},
	} {
		synctest.Test(t, func(t *testing.T) {
			eng, err := engine.New(context.Background(), engine.Config{Registry: registry()})
			if err != nil {
				t.Fatal(err)
			}
			defer eng.Close(context.Background())
			mod, err := eng.Load(context.Background(), out.Wasm)
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			_, err = mod.Run(context.Background(), engine.Run{Flow: "main", Limits: engine.Limits{Wall: tc.wall}})
			if flow.CodeOf(err) != tc.want {
				t.Errorf("a wait of 10 s with a wall limit of %v: %v, want %q", tc.wall, err, tc.want)
			}
			if late := time.Since(began) - min(tc.wall, 10*time.Second); late > 0 {
				t.Errorf("the run ended %v late", late)
			}
		})
	}
}
