package engine_test

import (
	"context"
	"encoding/binary"
	"testing"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs"
	"github.com/weirflow/weir/internal/benchmark"
)

// blankFuel replaces every fuel sequence by no-ops of the same length: the same
// module without metering.
func blankFuel(tb testing.TB, wasm []byte) []byte {
	tb.Helper()
	out := append([]byte(nil), wasm...)
	n := 0
	for i := 0; i+3 < len(out); i++ {
		if out[i] != 0x23 || out[i+1] != 0 || out[i+2] != 0x42 { // global.get 0, i64.const
			continue
		}
		_, w := binary.Uvarint(out[i+3:])
		rest := out[i+3+w:]
		// i64.sub, global.set 0, global.get 0, i64.const 0, i64.lt_s, if, global.get 0, call
		head := []byte{0x7D, 0x24, 0, 0x23, 0, 0x42, 0, 0x53, 0x04, 0x40, 0x23, 0, 0x10}
		if len(rest) < len(head) || string(rest[:len(head)]) != string(head) {
			continue
		}
		_, callee := binary.Uvarint(rest[len(head):])
		end := i + 3 + w + len(head) + callee + 3 // global.set 0, end
		for j := i; j < end; j++ {
			out[j] = 0x01
		}
		n++
	}
	if n == 0 {
		tb.Fatal("the module has no fuel checks")
	}
	return out
}

const meteredFlow = `
inputs: {user: {type: object, required: true}}
outputs: {line: text}
steps:
  - {name: a, card: text.trim, with: {string: "${input.user.name}"}}
  - {name: b, card: text.length, with: {string: "${a.output}"}}
  - {name: c, card: number.add, with: {a: "${b.length}", b: "${input.user.age}"}}
  - {name: d, card: number.multiply, with: {a: "${c.output}", b: 2}}
  - {name: e, card: text.concat, with: {string1: "${a.output}", string2: " ${d.output}"}}
  - {name: f, card: object.set, with: {object: "${input.user}", path: line, value: "${e.output}"}}
  - {name: g, card: object.get, with: {object: "${f.output}", path: line}}
  - {name: h, repeat: 50, flow: turn, with: {i: "${index}"}}
  - return: {line: "${g.output}"}
`

const meteredTurn = `
type: helper
inputs: {i: {type: number, required: true}}
outputs: {n: number}
steps:
  - {name: a, card: number.multiply, with: {a: "${input.i}", b: 3}}
  - {name: b, card: number.add, with: {a: "${a.output}", b: 1}}
  - {name: c, card: text.length, with: {string: "${b.output}"}}
  - return: {n: "${c.length}"}
`

const meteredLoop = `
inputs: {n: {type: number, required: true}}
outputs: {ok: boolean}
steps:
  - {repeat: "${input.n}", flow: turn, with: {i: "${index}"}}
  - return: {ok: true}
`

const meteredSum = `
type: helper
inputs: {i: {type: number, required: true}}
outputs: {n: number}
steps:
  - {name: a, card: number.multiply, with: {a: "${input.i}", b: 3}}
  - {name: b, card: number.add, with: {a: "${a.output}", b: 1}}
  - {name: c, card: number.subtract, with: {a: "${b.output}", b: "${input.i}"}}
  - {name: d, card: number.floor, with: {a: "${c.output}"}}
  - return: {n: "${d.output}"}
`

// BenchmarkMetering compares flows with and without their fuel checks: one of
// card calls with a loop of them, and one that only calculates.
func BenchmarkMetering(b *testing.B) {
	ctx := context.Background()
	reg := hostfuncs.Standard()
	for _, flows := range []struct {
		name   string
		source []compiler.File
		in     flow.Value
	}{
		{"flow=cards", []compiler.File{
			{Name: "flows/main.yaml", Data: []byte(meteredFlow)}, {Name: "flows/turn.yaml", Data: []byte(meteredTurn)},
		}, flow.Members("user", flow.Members("name", flow.Text(" Jane "), "age", flow.Number(41)))},
		{"flow=arithmetic", []compiler.File{
			{Name: "flows/main.yaml", Data: []byte(meteredLoop)}, {Name: "flows/turn.yaml", Data: []byte(meteredSum)},
		}, flow.Members("n", flow.Number(1000))},
	} {
		b.Run(flows.name, func(b *testing.B) {
			source := append([]compiler.File{{Name: "connector.yaml", Data: []byte("key: k\nname: K\nversion: 0.1.0\n")}}, flows.source...)
			out, err := compiler.Compile(source, compiler.Options{Registry: reg})
			if err != nil {
				b.Fatal(err)
			}
			r := engine.Run{ID: "bench", Flow: "main", Input: flows.in}
			side := func(name string, load func(e *engine.Engine) (*engine.Module, error)) benchmark.Side {
				eng, err := engine.New(ctx, engine.Config{Registry: reg})
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() { eng.Close(ctx) })
				mod, err := load(eng)
				if err != nil {
					b.Fatal(err)
				}
				return benchmark.Side{Name: name, Run: func() error { _, err := mod.Run(ctx, r); return err }}
			}
			benchmark.Ratios(b, []benchmark.Side{
				side("unmetered", func(e *engine.Engine) (*engine.Module, error) {
					return engine.LoadUnmetered(ctx, e, out.Wasm, func(w []byte) []byte { return blankFuel(b, w) })
				}),
				side("metered", func(e *engine.Engine) (*engine.Module, error) { return e.Load(ctx, out.Wasm) }),
			}, "metered/unmetered")
		})
	}
}
