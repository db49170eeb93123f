//go:build linux

package hostile

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/guest/wasmtest"
)

// canary begins every text that one run keeps and no other run may see.
const canary = "canary-"

// bits are the inputs of a flow that gets any i32: truth values arrive as 0 or
// 1, and adding puts them together.
func bits() []flow.FieldInfo {
	in := make([]flow.FieldInfo, 32)
	for i := range in {
		in[i] = flow.FieldInfo{Key: fmt.Sprintf("b%d", i), Type: flow.BoolType, Required: true}
	}
	return in
}

// forged puts the bits, which are locals 1 to 32 with the highest first, into a
// local.
func forged(local int) wasmtest.Code {
	c := code.I32(0).Set(local)
	for i := range 32 {
		c = c.Get(local).Get(local).Op(wasmtest.OpI32Add).Get(1 + i).Op(wasmtest.OpI32Add).Set(local)
	}
	return c
}

func bitsOf(x int32) flow.Value {
	var b flow.ObjectBuilder
	for i := range 32 {
		b.Set(fmt.Sprintf("b%d", i), flow.Bool(uint32(x)>>(31-i)&1 == 1))
	}
	return b.Value()
}

// call is an import with a forged value in one place.
type call struct {
	name  string
	sig   guest.Signature
	place int // of the parameter
}

// calls returns every core import but refuel, which Verify keeps for fuel
// sequences, with each i32 parameter forged in turn.
func calls() []call {
	var out []call
	for _, im := range guest.CoreImports() {
		if im.Name == "refuel" {
			continue
		}
		name := im.Name
		if im.Variadic != "" {
			name += ":" + im.Variadic
		}
		sig, _ := guest.CoreSignature(name)
		for i, p := range sig.Params {
			if p == guest.I32 {
				out = append(out, call{name: name, sig: sig, place: i})
			}
		}
	}
	return out
}

// forge is a module with two flows. plant keeps a text in the arena of its
// instance. main opens a loop and a try scope, calls the import with a forged
// value, and returns whatever that value and the import's result name.
func forge(c call) []byte {
	m := wasmtest.New()
	step := m.Step(0, "work", "test")
	keys := m.Const(flow.Members("result", flow.Null()))
	m.Const(flow.ListOf(flow.Text("a"), flow.Number(1)))
	const x, result = 33, 34
	drop := func(sig guest.Signature) wasmtest.Code {
		switch {
		case len(sig.Results) == 2:
			return code.Op(wasmtest.OpDrop, wasmtest.OpDrop)
		case len(sig.Results) == 1:
			return code.Set(result)
		}
		return code
	}
	body := forged(x).
		I32(step).Call(m.Core("try")).
		I32(step).I32(2).Call(m.Core("begin")).Op(wasmtest.OpDrop).
		Call(m.Core("next")).Op(wasmtest.OpDrop).
		F64(7).Call(m.Core("num")).Op(wasmtest.OpDrop)
	for i, p := range c.sig.Params {
		switch {
		case i == c.place:
			body = body.Get(x)
		case p == guest.F64:
			body = body.F64(2)
		default:
			body = body.I32(step) // a step, a constant handle, a small code
		}
	}
	body = body.Call(m.Core(c.name)).Join(drop(c.sig)).
		I32(step).I32(keys).
		I32(step).Get(x).Get(result).Call(m.Core("list:hh")).Call(m.Core("object:h"))
	m.AddFlow("main", bits(), body, guest.I32, guest.I32)
	m.AddFlow("plant", []flow.FieldInfo{{Key: "text", Type: flow.TextType, Required: true}},
		code.I32(step).I32(keys).I32(step).Get(1).Get(1).Call(m.Core("concat:hh")).Call(m.Core("object:h")))
	m.AddLoop(code.Get(1))
	return m.Bytes()
}

// forgeries are handles that might name something: around the arena of a run
// with few values, at the ends of the range, and anywhere.
func forgeries(rng *rand.Rand, n int) []int32 {
	out := []int32{0, -1, -2, -3, 1<<31 - 1, -1 << 31, -1<<31 + 1, 1 << 16, 256, 255}
	for len(out) < n {
		if rng.IntN(2) == 0 {
			out = append(out, rng.Int32N(24)-4)
		} else {
			out = append(out, int32(rng.Uint32()))
		}
	}
	return out[:n]
}

// TestHostileHandles passes forged handles to every import. A run may end well
// or with an error of its own; it never crashes, and never sees what an earlier
// run on its instance kept.
func TestHostileHandles(t *testing.T) {
	attack(t, engine.Config{IdleInstances: 1, Limits: engine.Limits{Fuel: 1_000_000}}, func(c *child) {
		all := calls()
		if len(all) < 40 {
			c.Fatalf("only %d calls", len(all))
		}
		seed := rand.Uint64()
		rng := rand.New(rand.NewPCG(seed, 0))
		each, ended := count(400, 4000), map[flow.Code]int{}
		for _, f := range all {
			m := c.load(forge(f))
			for i, x := range forgeries(rng, each) {
				if i%4 == 0 {
					in := flow.Members("text", flow.Text(fmt.Sprint(canary, i)))
					if _, err := m.Run(context.Background(), engine.Run{Flow: "plant", Input: in}); err != nil {
						c.Fatalf("plant: %v", err)
					}
				}
				res, err := m.Run(context.Background(), engine.Run{Flow: "main", Input: bitsOf(x), ID: "run", Trace: i%2 == 0})
				at := fmt.Sprintf("%s, parameter %d = %d (seed %d)", f.name, f.place, x, seed)
				got := flow.CodeOf(err)
				ended[got]++
				if got == flow.CodeInternal {
					c.Errorf("%s: %v", at, err)
				}
				if all := fmt.Sprint(res.Outputs, res.Message, err, res.Trace); strings.Contains(all, canary) {
					c.Fatalf("%s: the run shows what another run kept: %s", at, all)
				}
			}
			if err := m.Close(context.Background()); err != nil {
				c.Error(err)
			}
		}
		// The test is worth something only if both happen often.
		if ended[flow.CodeValueHandle] < len(all) || ended[""] < len(all) {
			c.Errorf("runs ended with %v", ended)
		}
		c.seen.report.Note = fmt.Sprint(ended)
	})
}

// TestHostileResults has flows and loop bodies return what is no handle.
func TestHostileResults(t *testing.T) {
	attack(t, engine.Config{}, func(c *child) {
		flows := wasmtest.New()
		flows.AddFlow("main", bits(), forged(33).Get(33), guest.I32)
		flat := c.load(flows.Bytes())
		loops := wasmtest.New()
		step := loops.Step(0, "loop", "list.map")
		list := loops.Const(flow.ListOf(flow.Text("a"), flow.Text("b")))
		loops.AddFlow("main", bits(), forged(33).
			I32(step).I32(int32(guest.LoopMap)).I32(0).I32(list).F64(2).I32(step).Get(33).Call(loops.Core("list:b")).
			Call(loops.Core("parallel")), guest.I32)
		loops.AddLoop(code.Get(0).I32(-5).Op(wasmtest.OpI32Sub)) // handle 5 or 6, which a turn does not have
		looping := c.load(loops.Bytes())
		for _, x := range forgeries(rand.New(rand.NewPCG(1, 2)), count(2000, 20000)) {
			// 0 is null, and -2 stops the flow.
			_, err := flat.Run(context.Background(), engine.Run{Flow: "main", Input: bitsOf(x)})
			if got := flow.CodeOf(err); got != flow.CodeValueHandle && x != guest.HandleNull && x != guest.HandleStopped {
				c.Errorf("a flow that returns %d: %v, want value.handle", x, err)
			}
		}
		c.ends(looping, engine.Run{Input: bitsOf(1)}, flow.CodeValueHandle)
	})
}

// TestHostileScopes calls the imports that open, close and unwind scopes in
// orders that no compiler makes: each run ends well or with an error of its own,
// twice with the same one, and the module stays usable.
func TestHostileScopes(t *testing.T) {
	for _, interpreter := range []bool{true, false} {
		t.Run(fmt.Sprintf("interpreter=%t", interpreter), func(t *testing.T) {
			cfg := engine.Config{Interpreter: interpreter, IdleInstances: 1, Modules: 4, Limits: engine.Limits{Fuel: 1_000_000}}
			attack(t, cfg, func(c *child) {
				n, ended := count(300, 10_000), map[flow.Code]int{}
				if interpreter {
					n *= 4
				}
				for range n {
					seed := rand.Uint64()
					wasm, ops := disorder(rand.New(rand.NewPCG(seed, 0)))
					m := c.load(wasm)
					var first string
					for i := range 3 {
						res, err := m.Run(context.Background(), engine.Run{Flow: "main", ID: "run", Trace: i == 0})
						got := flow.CodeOf(err)
						ended[got]++
						if got == flow.CodeInternal {
							c.Fatalf("%s (seed %d): %v", ops, seed, err)
						}
						// Only a run with a trace looks at what is to be traced, so that
						// the first one may end elsewhere.
						if all := fmt.Sprint(res.Outputs, res.Stopped, res.Message, err); i == 1 {
							first = all
						} else if i == 2 && all != first {
							c.Fatalf("%s (seed %d): %s, before %s", ops, seed, all, first)
						}
						if res.Usage.PeakMemory < 0 || res.Usage.PeakMemory > 64<<20 || res.Usage.Fuel < 0 {
							c.Fatalf("%s (seed %d): usage %+v", ops, seed, res.Usage)
						}
					}
					if err := m.Close(context.Background()); err != nil {
						c.Fatal(err)
					}
				}
				if ended[""] < n/50 || ended[flow.CodeModuleProfile] < n/10 {
					c.Errorf("runs ended with %v", ended)
				}
				c.seen.report.Note = fmt.Sprint(ended)
			})
		})
	}
}

// disorder makes a module that calls imports in a random order, and says which.
func disorder(rng *rand.Rand) ([]byte, string) {
	m := wasmtest.New()
	steps := []int32{m.Step(0, "a", "test", "v"), m.Step(0, "b", "list.map", "v"), m.Step(0, "c", "test", "v")}
	list := m.Const(flow.ListOf(flow.Text("x"), flow.Text("y"), flow.ListOf(flow.Number(1))))
	failure := m.Const(flow.Members("statusCode", flow.Number(418), "message", flow.Text("no")))
	const handle = 1 // local
	var ops []string
	names := []string{"try", "try_end", "catch", "enter", "leave", "begin", "repeat", "next", "next", "yield", "yield_num",
		"keep", "skip", "end", "break", "stop", "fail", "num", "get", "trace:h", "parallel", "list:hh"}
	body := code
	openers := []string{"try", "enter", "begin", "repeat", "begin", "fail"}
	for i := range 6 + rng.IntN(30) {
		name := names[rng.IntN(len(names))]
		if i < 5 {
			name = openers[rng.IntN(len(openers))]
		}
		sig, _ := guest.CoreSignature(name)
		step := steps[rng.IntN(len(steps))]
		if rng.IntN(40) == 0 {
			step = rng.Int32N(9) - 3
		}
		args := code
		for i, p := range sig.Params {
			stepped := i == 0 && slices.Contains([]string{"try", "catch", "enter", "begin", "repeat", "skip", "stop", "fail", "trace:h", "parallel", "list:hh"}, name)
			switch {
			case p == guest.F64:
				args = args.F64(float64(rng.IntN(5)))
			case stepped:
				args = args.I32(step)
			case name == "parallel" && i < 3:
				args = args.I32(rng.Int32N(int32(guest.LoopRepeat) + 1)).Op(wasmtest.OpDrop).I32([]int32{int32(guest.LoopMap), 0}[i-1])
			case name == "fail":
				args = args.I32(failure)
			case name == "begin" || name == "parallel":
				args = args.I32(list)
			case rng.IntN(8) == 0:
				args = args.I32(rng.Int32N(8))
			case rng.IntN(2) == 0:
				args = args.Get(handle)
			default:
				args = args.I32(list)
			}
		}
		if name == "trace:h" { // refused where there is no trace
			body = body.Get(0).If(wasmtest.Empty).Join(args).Call(m.Core(name)).End()
			ops = append(ops, fmt.Sprintf("%s@%d", name, step))
			continue
		}
		body = body.Join(args).Call(m.Core(name))
		if len(sig.Results) == 1 { // what is no handle would end the run at once
			body = body.Tee(2).I32(0).Op(wasmtest.OpI32LtS).If(wasmtest.Empty).I32(0).Set(2).End().Get(2).Set(handle)
		}
		ops = append(ops, fmt.Sprintf("%s@%d", name, step))
	}
	m.AddFlow("main", nil, body.Get(handle), guest.I32, guest.I32)
	m.AddLoop(code.Get(1))
	return m.Bytes(), strings.Join(ops, " ")
}
