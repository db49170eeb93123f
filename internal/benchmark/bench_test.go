package benchmark

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
)

var registry = sync.OnceValue(hostfuncs.Standard)

func source(flows map[string]string) []compiler.File {
	files := []compiler.File{{Name: "connector.yaml", Data: []byte("key: bench\nname: Bench\nversion: 0.1.0\n")}}
	for _, name := range []string{"eleven", "main", "round", "turn"} {
		if text, ok := flows[name]; ok {
			files = append(files, compiler.File{Name: "flows/" + name + ".yaml", Data: []byte(text)})
		}
	}
	return files
}

func build(b testing.TB, flows map[string]string) *compiler.Output {
	b.Helper()
	out, err := compiler.Compile(source(flows), compiler.Options{Registry: registry()})
	if err != nil {
		b.Fatal(err)
	}
	return out
}

func load(b testing.TB, out *compiler.Output, cfg engine.Config) *engine.Module {
	b.Helper()
	cfg.Registry = registry()
	eng, err := engine.New(context.Background(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { eng.Close(context.Background()) })
	mod, err := eng.Load(context.Background(), out.Wasm)
	if err != nil {
		b.Fatal(err)
	}
	return mod
}

// comparison is one flow that runs on WebAssembly, on the evaluator, and over
// JSON.
type comparison struct {
	name    string
	flows   map[string]string
	in      flow.Value
	numbers bool // nothing but numbers: over JSON there would be little to compare
}

func comparisons() []comparison {
	items := make([]flow.Value, 10000)
	for i := range items {
		items[i] = flow.Number(float64(i))
	}
	return []comparison{
		{name: "flow=20", flows: map[string]string{"main": twenty}, in: flow.Members("user", user())},
		{name: "flow=map1000", flows: map[string]string{"main": mapping, "eleven": eleven}, in: flow.Members("list", records(1000))},
		{name: "flow=reduce10000", flows: map[string]string{"main": arithmetic, "turn": turn}, in: flow.Members("list", flow.ListOf(items...)), numbers: true},
		{name: "flow=repeat10000", flows: map[string]string{"main": counting, "turn": turn}, in: flow.Members("n", flow.Number(10000)), numbers: true},
	}
}

// BenchmarkFlow compares what a whole run takes on the engine, with limits and
// accounting, with the reference evaluator, which has no sandbox, no limits and
// no accounting.
func BenchmarkFlow(b *testing.B) {
	for _, c := range comparisons() {
		b.Run(c.name, func(b *testing.B) {
			out := build(b, c.flows)
			Ratios(b, []Side{engineSide(b, out, c.in), evaluatorSide(out, c.in)}, "wasm/evaluator")
		})
	}
}

// BenchmarkJSON compares it with the same cards over JSON in linear memory.
func BenchmarkJSON(b *testing.B) {
	for _, c := range comparisons() {
		if c.numbers {
			continue
		}
		b.Run(c.name, func(b *testing.B) {
			out := build(b, c.flows)
			for name, codec := range codecs() {
				b.Run("codec="+name, func(b *testing.B) {
					Ratios(b, []Side{engineSide(b, out, c.in), jsonSide(b, out, c, codec)}, "json/wasm")
				})
			}
		})
	}
}

func engineSide(b *testing.B, out *compiler.Output, in flow.Value) Side {
	mod, ctx := load(b, out, engine.Config{}), context.Background()
	r := engine.Run{ID: "bench", Flow: "main", Input: in}
	return Side{"wasm", func() error { _, err := mod.Run(ctx, r); return err }}
}

func evaluatorSide(out *compiler.Output, in flow.Value) Side {
	ref, ctx := out.Reference(), context.Background()
	info, _ := out.Manifest.Flow("main")
	return Side{"evaluator", func() error {
		bound, err := flow.BindFields(info.In, in)
		if err == nil {
			_, err = ref.Run(ctx, "main", bound)
		}
		return err
	}}
}

func jsonSide(b *testing.B, out *compiler.Output, c comparison, codec codec) Side {
	l, in := newLinear(b, c.flows, codec), inputs(out, c.in)
	return Side{"json", func() error { _, err := l.Run(in); return err }}
}

func user() flow.Value {
	return flow.Members(
		"first", flow.Text(" Jane "), "last", flow.Text("Doe"), "age", flow.Number(41), "email", flow.Text("jane@example.com"),
		"tags", flow.ListOf(flow.Text("a"), flow.Text("b")),
		"address", flow.Members("city", flow.Text("Portland"), "zip", flow.Text("97201")),
	)
}

func records(n int) flow.Value {
	items := make([]flow.Value, n)
	shape := flow.NewShape([]string{"id", "name", "price", "count", "discount"})
	for i := range items {
		items[i] = flow.NewObject(shape, []flow.Value{
			flow.Number(float64(i)), flow.Text(fmt.Sprintf("item %d", i)), flow.Number(float64(i%97) + 0.5), flow.Number(float64(i%7 + 1)), flow.Number(0.05),
		})
	}
	return flow.ListOf(items...)
}

// fifty is a connector of 50 flows of 20 steps each.
func fifty() []compiler.File {
	files := source(nil)
	for i := range 50 {
		files = append(files, compiler.File{Name: fmt.Sprintf("flows/f%02d.yaml", i), Data: []byte(twenty)})
	}
	return files
}

func BenchmarkCompile50(b *testing.B) {
	files := fifty()
	for b.Loop() {
		if _, err := compiler.Compile(files, compiler.Options{Registry: registry()}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad50(b *testing.B) {
	ctx := context.Background()
	out, err := compiler.Compile(fifty(), compiler.Options{Registry: registry()})
	if err != nil {
		b.Fatal(err)
	}
	one := func(b *testing.B, cfg engine.Config) {
		cfg.Registry = registry()
		for b.Loop() {
			eng, err := engine.New(ctx, cfg)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := eng.Load(ctx, out.Wasm); err != nil {
				b.Fatal(err)
			}
			eng.Close(ctx)
		}
	}
	b.Run("cache=none", func(b *testing.B) { one(b, engine.Config{}) })
	b.Run("cache=disk", func(b *testing.B) { one(b, engine.Config{CacheDir: b.TempDir()}) })
}
