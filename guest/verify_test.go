package guest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
	"github.com/weirflow/weir/guest/wasmtest"
)

var upper = &flow.Card{
	Key: "text.upper", Version: 2, Effect: flow.Reads,
	In: []flow.Port{{Key: "text", Type: flow.TextType}}, Out: []flow.Port{{Key: "output", Type: flow.TextType}},
}

// sample is a module that has one of everything.
func sample() *wasmtest.Module {
	m := wasmtest.New()
	call := m.Card(upper, "")
	list := m.Core("list:nh")
	text := m.Const(flow.Text("hello"))
	step := m.Step(0, "loud", "text.upper", "text")
	m.AddFlow("main", nil, wasmtest.Code{}.I32(step).I32(text).Call(call).
		Set(1).I32(step).F64(1.5).Get(1).Call(list).Call(m.Func(2)), guest.I32)
	m.AddLoop(wasmtest.Code{}.Get(1))
	m.AddFunc(wasmtest.Func{
		Sig:  guest.Signature{Params: []guest.ValType{guest.I32}, Results: []guest.ValType{guest.I32}},
		Body: wasmtest.Code{}.Loop(wasmtest.Empty).Get(0).BrIf(0).End().Get(0),
	})
	return m
}

// TestVerifyReports compares what Verify says about a module with how it was made.
func TestVerifyReports(t *testing.T) {
	made := sample()
	wasm := made.Bytes()
	m, err := guest.Verify(wasm)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(wasm)
	card := guest.CardImport{Family: "text", Name: "upper", Version: 2}
	wantImports := []guest.Import{
		{Module: "weir/1", Field: "refuel", Sig: made.Imports[0].Sig},
		{Module: "card/text@2", Field: "upper", Sig: card.Signature(upper), Card: &card},
		{Module: "weir/1", Field: "list:nh", Sig: made.Imports[2].Sig},
	}
	wantExports := map[string]guest.Signature{
		"flow:main": guest.FlowSignature(&made.Manifest.Flows[0]),
		"loop:0":    guest.LoopSignature(),
	}
	check := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
	}
	check("Manifest", m.Manifest, made.Manifest)
	check("Steps", m.Steps, made.Steps)
	check("Consts", m.Consts, []flow.Value{flow.Null(), flow.Text("hello")})
	check("Imports", m.Imports, wantImports)
	check("Exports", m.Exports, wantExports)
	check("FuelGlobal", m.FuelGlobal, 0)
	check("Digest", m.Digest, hex.EncodeToString(sum[:]))
	check("Functions", m.Functions, 3)
	check("CallDepth", m.CallDepth, 2)
	if m.MaxBody <= 0 || m.CodeBytes <= m.MaxBody || m.CodeBytes >= len(wasm) {
		t.Errorf("CodeBytes %d, MaxBody %d of %d bytes", m.CodeBytes, m.MaxBody, len(wasm))
	}
}

// TestVerifyKeepsNothing changes the bytes afterwards: the module must not.
func TestVerifyKeepsNothing(t *testing.T) {
	wasm := sample().Bytes()
	m, err := guest.Verify(wasm)
	if err != nil {
		t.Fatal(err)
	}
	clear(wasm)
	again, err := guest.Verify(sample().Bytes())
	if err != nil || !reflect.DeepEqual(m, again) {
		t.Errorf("the module changed with its bytes: %+v, want %+v (%v)", m, again, err)
	}
}

// TestMessages says where: section, function and byte.
func TestMessages(t *testing.T) {
	for _, c := range []struct{ name, arg, want string }{
		{"unmetered-function", "", "module.profile: code section, function 1, byte "},
		{"opcode", "17", "module.profile: code section, function 1, byte "},
		{"import", "wasi", `module.profile: import section, byte `},
		{"import", "wasi", `"fd_write" of "wasi_snapshot_preview1"`},
		{"import", "card-unlisted", `card "text.trim", version 1, is not in the manifest`},
		{"import", "core-unknown", `weir/1 has no function "exec"`},
		{"memory", "", "module.profile: memory section, byte "},
		{"custom", "3", `custom section, byte`},
		{"custom", "3", `"padding"`},
		{"manifest", "abi-next", "module.abi: the module was built for ABI 2, this is ABI 1"},
		{"manifest", "unknown-inner", `".flows[].admin" is unknown`},
		{"manifest", "missing", "module.manifest: section weir.manifest is missing"},
		{"steps", "flow", "step 1 is out of range"},
		{"export", "flow-type", `"flow:main" has another type`},
	} {
		_, err := guest.Verify(wasmtest.Generate(c.name, c.arg))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, want %q in it", c.name, c.arg, err, c.want)
		}
	}
	_, err := guest.Verify(wasmtest.Generate("manifest", "abi-next"))
	if e := flow.AsError(err); e.Fix == "" {
		t.Errorf("%v has no fix", err)
	}
}

// TestTruncated cuts a module after every byte: no prefix is a module.
func TestTruncated(t *testing.T) {
	wasm := sample().Bytes()
	for n := range wasm {
		if m, err := guest.Verify(wasm[:n]); err == nil {
			t.Errorf("the first %d of %d bytes are accepted: %+v", n, len(wasm), m)
		}
	}
}

// TestMutated flips bits and swaps pieces at random: whatever Verify says, it
// says by a code of its own, and it accepts no module without metering.
func TestMutated(t *testing.T) {
	const seed = 7
	random := rand.New(rand.NewPCG(seed, seed))
	original := sample().Bytes()
	for round := range 20_000 {
		wasm := bytes.Clone(original)
		for range 1 + random.IntN(4) {
			i := random.IntN(len(wasm))
			if random.IntN(3) == 0 {
				j := random.IntN(len(wasm))
				copy(wasm[i:], original[j:min(j+random.IntN(20), len(original))])
				continue
			}
			wasm[i] = byte(random.IntN(256))
		}
		judge(t, wasm)
		if t.Failed() {
			t.Fatalf("seed %d, round %d: %x", seed, round, wasm)
		}
	}
}

// judge checks what holds for Verify on any bytes.
func judge(t *testing.T, wasm []byte) {
	t.Helper()
	before := sha256.Sum256(wasm)
	m, err := guest.Verify(wasm)
	if sha256.Sum256(wasm) != before {
		t.Error("Verify changed the bytes")
	}
	if err != nil {
		switch flow.CodeOf(err) {
		case flow.CodeModuleInvalid, flow.CodeModuleProfile, flow.CodeModuleManifest, flow.CodeModuleABI:
		default:
			t.Errorf("the code of %v is not one of Verify's", err)
		}
		if m != nil {
			t.Errorf("a refused module is returned: %+v", m)
		}
		return
	}
	sequences := bytes.Count(wasm, []byte{0x7D, 0x24}) // i64.sub, global.set: once in each fuel sequence
	if sequences < m.Functions {
		t.Errorf("%d functions are accepted with %d fuel sequences", m.Functions, sequences)
	}
	if len(m.Consts) == 0 || !m.Consts[0].IsNull() || m.Manifest.ABI != guest.ABI || len(m.Exports) < len(m.Manifest.Flows) {
		t.Errorf("an accepted module is not complete: %+v", m)
	}
	if m.CallDepth > guest.MaxCallDepth || m.MaxBody > guest.MaxBody || len(m.Imports) > guest.MaxImports {
		t.Errorf("an accepted module is beyond the profile: %+v", m)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(sample().Bytes())
	for _, c := range corpus(f) {
		if wasm := c.Wasm(); len(wasm) <= 4096 {
			f.Add(wasm)
			f.Add(wasm[:len(wasm)/2])
		}
	}
	f.Fuzz(judge)
}

// BenchmarkVerify judges a module of 250 functions with 100 host calls each.
func BenchmarkVerify(b *testing.B) {
	m := sample()
	for range 250 {
		m.AddFunc(wasmtest.Func{
			Body:   wasmtest.Code{}.Repeat(100, wasmtest.Code{}.I32(1).Call(m.Core("config")).Set(0).Get(0).I32(0).Op(wasmtest.OpI32LtS).BrIf(0)),
			Locals: []guest.ValType{guest.I32},
		})
	}
	wasm := m.Bytes()
	b.SetBytes(int64(len(wasm)))
	for b.Loop() {
		if _, err := guest.Verify(wasm); err != nil {
			b.Fatal(err)
		}
	}
}
