package benchmark

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// This file is the design that docs/BENCHMARKS.md compares with: flows whose
// values are JSON in the guest's linear memory. It is complete in what such a
// design cannot do without, and leaves out what it could.
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

// follow finds a path in a document.
func (l *linear) follow(t text, path uint64) text {
	p := l.load(l.texts[uint32(path)])
	if p[0] != '[' {
		return l.member(t, p)
	}
	for i, end := 1, 0; i < len(p); i = end + 1 {
		end = skip(p, i)
		t = l.member(t, p[i:end])
	}
	return t
}

// host returns the host function of an import. Those that the flows of this
// package have no use for are refused.
func (l *linear) host(b testing.TB, im *guest.Import) func(s []uint64) error {
	b.Helper()
	if im.Module != guest.CoreModule {
		card, _ := registry().Lookup(im.Card.Key())
		return l.card(card, im.Card)
	}
	name, reprs, _ := strings.Cut(im.Field, ":")
	switch name {
	case "refuel":
		return func(s []uint64) error { s[0] = 1 << 40; return nil }
	case "get":
		return func(s []uint64) error { s[0] = l.handle(l.follow(l.texts[uint32(s[0])], s[1])); return nil }
	case "to_bool":
		return func(s []uint64) error { // a guest would look at the first letter itself
			s[0] = 0
			if l.load(l.texts[uint32(s[1])])[0] == 't' {
				s[0] = 1
			}
			return nil
		}
	case "bool":
		return func(s []uint64) error {
			s[0] = l.handle(l.store(strconv.AppendBool(nil, uint32(s[0]) != 0)))
			return nil
		}
	case "compare":
		return l.compare
	case "object", "yield_object":
		return func(s []uint64) error {
			l.object(reprs, s)
			if name == "yield_object" {
				return l.yield(s)
			}
			return nil
		}
	case "concat":
		return func(s []uint64) error { return l.concat(reprs, s) }
	case "begin":
		return func(s []uint64) error {
			l.loops = append(l.loops, linearLoop{items: l.texts[uint32(s[1])]})
			s[0] = 0
			return nil
		}
	case "next":
		return l.next
	case "yield":
		return l.yield
	case "end":
		return l.end
	case "trace":
		return func([]uint64) error { return nil }
	case "convert":
		return l.convert
	}
	b.Fatalf("no %s over JSON", im.Field)
	return nil
}

// card is the host function of a card, and what the guest does around it.
func (l *linear) card(card *flow.Card, ci *guest.CardImport) func(s []uint64) error {
	ports := ci.Ports
	if ports == "" {
		ports = strings.Repeat("h", len(card.In))
	}
	keys, place := make([][]byte, len(card.In)), map[string]int{}
	for i := range card.In {
		keys[i] = append(flow.AppendQuoted(nil, card.In[i].Key), ':')
		place[card.In[i].Key] = i
	}
	given, set := make([]flow.Value, len(card.In)), make([]bool, len(card.In))
	single := flow.NewShape([]string{card.Out[0].Key})
	outs, _ := guest.CardOuts(ci.Outs)
	places := []int{0}
	if len(outs) > 0 {
		places = places[:0]
		for _, o := range outs {
			places = append(places, o.Place)
		}
	}
	wanted := make([][]byte, len(places))
	for i, p := range places {
		wanted[i] = flow.AppendQuoted(nil, card.Out[p].Key)
	}
	return func(s []uint64) error {
		at := 1
		var t text
		b := append(l.buf[:0], '{')
		for i := range len(ports) {
			if t, at = l.argument(ports[i], s, at); t == l.texts[guest.HandleNull] {
				continue // not given
			}
			b = append(append(append(b, keys[i]...), l.load(t)...), ',')
		}
		if ci.Extra != "" {
			names := l.names[uint32(s[at])]
			at++
			for i := range len(ci.Extra) {
				end := skip(names, 0) + 1
				t, at = l.argument(ci.Extra[i], s, at)
				b = append(append(append(b, names[:end]...), l.load(t)...), ',')
				names = names[end:]
			}
		}
		if len(b) > 1 {
			b = b[:len(b)-1]
		}
		l.buf = append(b, '}')

		in, err := l.decode(l.load(l.store(l.buf)))
		if err != nil {
			return err
		}
		clear(set)
		var extra flow.ObjectBuilder
		for k, v := range in.Object().All() {
			if i, ok := place[k]; ok {
				given[i], set[i] = v, true
			} else {
				extra.Set(k, v)
			}
		}
		c := &l.call
		*c = flow.Call{Card: card, Args: given}
		if extra.Len() > 0 {
			c.Extra = extra.Value().Object()
		}
		if err := c.Bind(given, set); err != nil {
			return err
		}
		out, err := card.Run(context.Background(), c)
		if err != nil {
			return err
		}
		if out = card.Result(out); card.Single() {
			out = flow.NewObject(single, []flow.Value{out})
		}
		doc, err := l.encode(out)
		if err != nil {
			return err
		}
		t = l.store(doc)

		for i := range wanted {
			s[i] = l.handle(l.member(t, wanted[i]))
		}
		if len(outs) > 0 {
			s[len(outs)] = 0
		}
		return nil
	}
}

func (l *linear) give(v flow.Value, to *uint64) error {
	doc, err := l.encode(v)
	if err == nil {
		*to = l.handle(l.store(doc))
	}
	return err
}

func (l *linear) compare(s []uint64) error {
	a, err := l.decode(l.load(l.texts[uint32(s[2])]))
	if err != nil {
		return err
	}
	b, err := l.decode(l.load(l.texts[uint32(s[3])]))
	if err != nil {
		return err
	}
	ok, err := flow.Compare(flow.Operators()[uint32(s[1])], a, b)
	s[0] = 0
	if ok {
		s[0] = 1
	}
	return err
}

func (l *linear) convert(s []uint64) error {
	v, err := l.decode(l.load(l.texts[uint32(s[1])]))
	if err != nil {
		return err
	}
	t, _ := guest.TypeOfCode(int32(uint32(s[2])))
	if v, err = flow.Convert(v, t); err != nil {
		return err
	}
	return l.give(v, &s[0])
}

// object puts a document together from the keys and the documents of values.
func (l *linear) object(reprs string, s []uint64) {
	b := append(l.buf[:0], '{')
	names := l.names[uint32(s[1])]
	at := 2
	var t text
	for i := range len(reprs) {
		if i > 0 {
			b = append(b, ',')
		}
		end := skip(names, 0) + 1
		t, at = l.argument(reprs[i], s, at)
		b = append(append(b, names[:end]...), l.load(t)...)
		names = names[end:]
	}
	l.buf = append(b, '}')
	s[0] = l.handle(l.store(l.buf))
}

func (l *linear) concat(reprs string, s []uint64) error {
	parts := make([]flow.Value, len(reprs))
	at := 1
	var t text
	for i := range parts {
		t, at = l.argument(reprs[i], s, at)
		v, err := l.decode(l.load(t))
		if err == nil {
			parts[i], err = flow.Convert(v, flow.TextType)
		}
		if err != nil {
			return err
		}
	}
	v, err := flow.Concat(parts...)
	if err != nil {
		return err
	}
	return l.give(v, &s[0])
}

func (l *linear) next(s []uint64) error {
	loop := &l.loops[len(l.loops)-1]
	rest := l.load(loop.items)
	if len(rest) < 2 || rest[1] == ']' {
		s[0] = uint64(uint32(0xFFFFFFFF))
		return nil
	}
	end := uint32(skip(rest, 1))
	s[0] = l.handle(text{loop.items.at + 1, end - 1})
	loop.items = text{loop.items.at + end, loop.items.n - end}
	return nil
}

func (l *linear) yield(s []uint64) error {
	loop := &l.loops[len(l.loops)-1]
	loop.out = append(loop.out, l.texts[uint32(s[0])])
	s[0] = 0
	return nil
}

func (l *linear) end(s []uint64) error {
	out := l.loops[len(l.loops)-1].out
	l.loops = l.loops[:len(l.loops)-1]
	b := append(l.buf[:0], '[')
	for i, t := range out {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, l.load(t)...)
	}
	l.buf = append(b, ']')
	s[0] = l.handle(l.store(l.buf))
	return nil
}

// skip returns where the compact JSON value that begins at b[i] ends.
func skip(b []byte, i int) int {
	for depth := 0; i < len(b); {
		switch b[i] {
		case '"':
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		i++
		if depth == 0 && (i == len(b) || strings.IndexByte(",:}]", b[i]) >= 0) {
			return i
		}
	}
	return i
}

// member returns what a compact document has under a key, which is JSON text, or
// a position.
func (l *linear) member(t text, key []byte) text {
	doc := l.load(t)
	part := func(i, end int) text { return text{t.at + uint32(i), uint32(end - i)} }
	switch {
	case len(doc) > 2 && doc[0] == '{':
		for i := 1; i < len(doc); {
			end := skip(doc, i)
			name := doc[i:end]
			i = end + 1
			end = skip(doc, i)
			if bytes.Equal(name, key) {
				return part(i, end)
			}
			i = end + 1
		}
	case len(doc) > 2 && doc[0] == '[':
		want, err := strconv.Atoi(strings.Trim(string(key), `"`))
		for i := 1; err == nil && i < len(doc); want-- {
			end := skip(doc, i)
			if want == 0 {
				return part(i, end)
			}
			i = end + 1
		}
	}
	return l.texts[guest.HandleNull]
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
