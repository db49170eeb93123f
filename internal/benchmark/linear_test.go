package benchmark

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// The files linear*_test.go are the design that docs/BENCHMARKS.md compares with:
// flows whose values are JSON in the guest's linear memory. It is complete in
// what such a design cannot do without, and leaves out what it could. This one
// has the instance and its memory, linear_host_test.go what the host does for the
// guest, linear_text_test.go what is done on the text itself.
//
// The guest is what the compiler makes, in the same runtime, with the same
// control flow. What is an i32 handle in a Weir module names a piece of text in
// the guest's memory here: a JSON value. A card call is one document in and one
// out, the object of its inputs and the object of its outputs: the guest puts the
// first together in its memory, the host reads it there, decodes it, runs the
// same card, encodes the result, asks the guest's allocator for room and writes
// it there. No number travels unboxed, because every card takes and gives JSON. A
// run takes values and gives values, as Module.Run does, and leaves nothing in
// the memory for the next.
//
// In favour of the design: the allocator is six instructions that never free; the
// guest's own work, which is to find fields and to put objects and lists
// together, is done on the text itself, without decoding, and by the host at its
// speed; nothing is limited, accounted or traced.

// codec turns documents into values and back.
type codec struct {
	decode func([]byte) (flow.Value, error)
	encode func(flow.Value) ([]byte, error)
}

// codecs returns the codecs by name.
func codecs() map[string]codec {
	return map[string]codec{"std": encodingJSON, "own": flowJSON}
}

// encodingJSON is the standard library's codec, through the interfaces that
// flow.Value has for it: objects keep the order of their keys, which a map would
// lose.
var encodingJSON = codec{
	decode: func(b []byte) (v flow.Value, err error) { err = json.Unmarshal(b, &v); return v, err },
	encode: func(v flow.Value) ([]byte, error) { return json.Marshal(v) },
}

// flowJSON is flow's own, made for these values alone.
var flowJSON = codec{
	decode: func(b []byte) (flow.Value, error) { return flow.ParseJSON(b, flow.JSONLimits{}) },
	encode: func(v flow.Value) ([]byte, error) { return flow.AppendJSON(nil, v) },
}

// throughMemory returns a registry of the same cards with every input and
// output of any type, so that the compiler unboxes and inlines nothing.
func throughMemory(b testing.TB) *flow.Registry {
	b.Helper()
	var cards []*flow.Card
	for c := range registry().All() {
		over := *c
		over.Inline, over.NoFold = flow.InlineNone, true
		over.In, over.Out = slices.Clone(c.In), slices.Clone(c.Out)
		for i := range over.In {
			p := &over.In[i]
			p.Type, p.Nullable, p.Required, p.Default = flow.AnyType, true, false, ""
		}
		for i := range over.Out {
			over.Out[i].Type, over.Out[i].Always = flow.AnyType, false
		}
		cards = append(cards, &over)
	}
	reg, err := flow.NewRegistry(cards...)
	if err != nil {
		b.Fatal(err)
	}
	return reg
}

// linear is one instance of such a flow.
type linear struct {
	codec
	texts  []text   // by handle, first the module's constants
	consts int      // how many there are of them
	names  [][]byte // keys of a constant that is an object, as JSON, one after the other
	memory api.Memory
	alloc  api.Function
	run    api.Function
	fuel   api.MutableGlobal
	free   api.MutableGlobal // where the allocator goes on
	start  uint64            // where it begins in each run

	loops []linearLoop
	err   error
	stack [1]uint64
	call  flow.Call
	buf   []byte
}

// text is a piece of the guest's memory.
type text struct{ at, n uint32 }

type linearLoop struct {
	items text // what is left of the list
	out   []text
}

// linearMemory is a module with a memory and its allocator, since compiled
// flows have neither:
//
//	(module (memory (export "memory") 64) (global $free (export "free") (mut i32) (i32.const 65536))
//	  (func (export "alloc") (param i32) (result i32)
//	    global.get $free  global.get $free  local.get 0  i32.add  global.set $free))
var linearMemory = slices.Concat([]byte{0, 'a', 's', 'm', 1, 0, 0, 0},
	[]byte{1, 6, 1, 0x60, 1, 0x7F, 1, 0x7F}, []byte{3, 2, 1, 0}, []byte{5, 4, 1, 0, 0xC0, 0x00},
	[]byte{6, 8, 1, 0x7F, 1, 0x41, 0x80, 0x80, 0x04, 0x0B},
	[]byte{7, 25, 3, 6, 'm', 'e', 'm', 'o', 'r', 'y', 2, 0, 4, 'f', 'r', 'e', 'e', 3, 0, 5, 'a', 'l', 'l', 'o', 'c', 0, 0},
	[]byte{10, 13, 1, 11, 0, 0x23, 0, 0x23, 0, 0x20, 0, 0x6A, 0x24, 0, 0x0B})

func newLinear(b testing.TB, flows map[string]string, c codec) *linear {
	b.Helper()
	ctx := context.Background()
	untyped := map[string]string{}
	for name, text := range flows { // declared numbers and truth values would be converted and unboxed
		untyped[name] = strings.NewReplacer(": number,", ": any,", ": number}", ": any}", ": boolean}", ": any}").Replace(text)
	}
	out, err := compiler.Compile(source(untyped), compiler.Options{Registry: throughMemory(b)})
	if err != nil {
		b.Fatal(err)
	}
	m, err := guest.Verify(out.Wasm)
	if err != nil {
		b.Fatal(err)
	}
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
	b.Cleanup(func() { rt.Close(ctx) })
	l := &linear{codec: c}
	hosts := map[string]wazero.HostModuleBuilder{}
	for i := range m.Imports {
		im := &m.Imports[i]
		if hosts[im.Module] == nil {
			hosts[im.Module] = rt.NewHostModuleBuilder(im.Module)
		}
		f := l.host(b, im)
		hosts[im.Module].NewFunctionBuilder().WithGoFunction(api.GoFunc(func(_ context.Context, s []uint64) {
			if err := f(s); err != nil {
				l.err = err
				s[0] = uint64(uint32(0xFFFFFFFF))
			}
		}), types(im.Sig.Params), types(im.Sig.Results)).Export(im.Field)
	}
	for _, h := range hosts {
		if _, err := h.Instantiate(ctx); err != nil {
			b.Fatal(err)
		}
	}
	beside, err := rt.InstantiateWithConfig(ctx, linearMemory, wazero.NewModuleConfig().WithName("memory"))
	if err != nil {
		b.Fatal(err)
	}
	mod, err := rt.InstantiateWithConfig(experimental.WithCompilationWorkers(ctx, 1), out.Wasm, wazero.NewModuleConfig().WithName("flow"))
	if err != nil {
		b.Fatal(err)
	}
	l.memory, l.alloc = beside.ExportedMemory("memory"), beside.ExportedFunction("alloc")
	l.run = mod.ExportedFunction(guest.FlowExport("main"))
	l.fuel = mod.ExportedGlobal(guest.FuelGlobal).(api.MutableGlobal)
	l.free = beside.ExportedGlobal("free").(api.MutableGlobal)
	for _, v := range m.Consts {
		doc, err := flow.AppendJSON(nil, v)
		if err != nil {
			b.Fatal(err)
		}
		l.texts = append(l.texts, l.store(doc))
		var names []byte
		for k := range v.Object().All() {
			names = append(flow.AppendQuoted(names, k), ':')
		}
		l.names = append(l.names, names)
	}
	l.consts, l.start = len(l.texts), l.free.Get()
	return l
}

func types(ts []guest.ValType) []api.ValueType {
	out := make([]api.ValueType, len(ts))
	for i, t := range ts {
		out[i] = api.ValueType(t)
	}
	return out
}

// Run runs the flow on its inputs in order and returns its outputs.
func (l *linear) Run(inputs []flow.Value) (flow.Value, error) {
	l.fuel.Set(1 << 40)
	l.loops, l.texts, l.err = l.loops[:0], l.texts[:l.consts], nil
	stack := make([]uint64, 8)
	for i, v := range inputs {
		if err := l.give(v, &stack[1+i]); err != nil {
			return flow.Value{}, err
		}
	}
	if err := l.run.CallWithStack(context.Background(), stack); err != nil {
		return flow.Value{}, err
	}
	if int32(uint32(stack[0])) < 0 {
		return flow.Value{}, l.err
	}
	out, err := l.decode(l.load(l.texts[uint32(stack[0])]))
	used, _ := l.memory.Read(uint32(l.start), uint32(l.free.Get()-l.start))
	clear(used)
	l.free.Set(l.start)
	return out, err
}

// store writes text into memory.
func (l *linear) store(doc []byte) text {
	l.stack[0] = uint64(len(doc))
	if err := l.alloc.CallWithStack(context.Background(), l.stack[:]); err != nil {
		panic(err)
	}
	t := text{uint32(l.stack[0]), uint32(len(doc))}
	if !l.memory.Write(t.at, doc) {
		panic("out of memory")
	}
	return t
}

// load returns a piece of memory: the memory itself.
func (l *linear) load(t text) []byte {
	doc, ok := l.memory.Read(t.at, t.n)
	if !ok {
		panic("no such memory")
	}
	return doc
}

// handle gives the guest a name for a text.
func (l *linear) handle(t text) uint64 {
	l.texts = append(l.texts, t)
	return uint64(len(l.texts) - 1)
}

// argument returns the text of a parameter, and the place behind it.
func (l *linear) argument(r byte, s []uint64, at int) (text, int) {
	t := l.texts[uint32(s[at])]
	if r != byte(guest.Field) {
		return t, at + 1
	}
	return l.follow(t, s[at+1]), at + 2
}

// inputs returns the inputs of main in order.
func inputs(out *compiler.Output, in flow.Value) []flow.Value {
	info, _ := out.Manifest.Flow("main")
	vals := make([]flow.Value, len(info.In))
	for i := range info.In {
		vals[i] = flow.At(in, info.In[i].Key)
	}
	return vals
}

// TestLinear: the design over JSON computes what the evaluator computes.
func TestLinear(t *testing.T) {
	for _, c := range comparisons() {
		if c.numbers {
			continue
		}
		out := build(t, c.flows)
		want, err := out.Reference().Run(context.Background(), "main", c.in)
		if err != nil {
			t.Fatal(err)
		}
		for name, codec := range codecs() {
			l := newLinear(t, c.flows, codec)
			for range 2 {
				got, err := l.Run(inputs(out, c.in))
				if err != nil || !flow.Equal(got, want.Outputs) {
					t.Fatalf("%s, %s: %.300s (%v), want %.300s", c.name, name, got, err, want.Outputs)
				}
			}
		}
	}
}
