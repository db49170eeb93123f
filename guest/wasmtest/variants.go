package wasmtest

import (
	"bytes"
	"slices"
	"strings"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// variants are small changes to a valid module, by generator and name.
var variants = map[string]map[string]func(m *Module){
	"accept":   acceptVariants,
	"import":   importVariants,
	"export":   exportVariants,
	"manifest": manifestVariants,
	"steps":    stepsVariants,
	"consts":   constsVariants,
	"typing":   typingVariants,
	"names":    namesVariants,
}

var (
	i32     = []guest.ValType{guest.I32}
	f64     = []guest.ValType{guest.F64}
	unary   = guest.Signature{Params: i32, Results: i32}
	aString = flow.Card{Key: "text.trim", In: []flow.Port{{Type: flow.TextType}}, Out: []flow.Port{{Type: flow.TextType}}}
)

// acceptVariants are modules that Verify takes although they look odd.
var acceptVariants = map[string]func(m *Module){
	"producers":         func(m *Module) { m.Sections = []Section{{Custom, "producers", []byte{0}}} },
	"card":              withCard(func(m *Module) { m.Imports[1].Field = "trim~" }),
	"card-number":       withCard(func(m *Module) { m.Imports[1].Sig.Results = []guest.ValType{guest.F64, guest.I32} }),
	"card-extra":        func(m *Module) { m.Card(&aString, "hnb") },
	"loops":             func(m *Module) { m.AddLoop(null); m.AddLoop(null) },
	"block-values":      blockValues,
	"dead-code":         body(Code{}.I32(0).Op(OpReturn).Op(OpI32Add).If(Empty).Else().End().Block(ResultI32).I32(0).Br(1).End()),
	"dead-select":       body(Code{}.I32(0).Op(OpReturn).Op(OpSelect).Op(OpDrop)),
	"dead-select-typed": body(Code{}.I32(0).Op(OpReturn).F64(1).I32(0).Op(OpSelect).Op(OpDrop)),
	"dead-branch":       body(Code{}.Block(ResultF64).I32(0).Br(1).End().Op(OpDrop).I32(0).Br(0)),
	"inlined-card":      body(Code{}.F64(1).F64(2).Op(OpF64Add).Op(OpF64Sqrt).Raw(OpMisc, 2)),
	"padded-numbers":    body(Code{}.Raw(OpI32Const, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F)),
	"manifest":          fullManifest,
	"flow-inputs":       flowInputs,
	"external":          withExternal(func(*Module) {}),
	"secrets-no-hosts":  func(m *Module) { m.Manifest.Secrets = []flow.SecretInfo{{Key: "a"}} },
}

// blockValues has blocks with parameters and results and a loop that carries one.
func blockValues(m *Module) {
	t := m.Type(unary)
	m.Funcs[0].Body = Code{}.Get(0).Block(t).Get(0).Op(OpI32Add).End().
		Loop(t).Get(0).Op(OpI32Sub).Tee(0).Get(0).BrIf(0).End().
		Get(0).If(t).I32(1).Op(OpI32Add).Else().I32(2).Op(OpI32Sub).End().
		Get(0).If(t).End()
}

func fullManifest(m *Module) {
	m.Manifest.Description = "ü €"
	m.Manifest.Hosts = []string{"api.example.com", "127.0.0.1:8080", "[::1]:80"}
	m.Manifest.Secrets = []flow.SecretInfo{{Key: "token", Label: "Token", Hosts: []string{"api.example.com"}}}
	m.Manifest.Config = []flow.FieldInfo{
		{Key: "base", Group: "Server", Type: flow.TextType, Required: true},
		{Key: "base", Type: flow.ListType(flow.NumberType), Default: textOf("2.5")},
	}
	m.Step(0, "fetch", "http.raw", "url", "method")
	m.Const(objectOf("a", flow.ListOf(flow.Text("<b>"), flow.Number(-0.5), flow.Bool(true), flow.FlowOf("main"))))
	m.Const(flow.Date(1e12))
}

func flowInputs(m *Module) {
	m.AddFlow("second.flow-1", []flow.FieldInfo{
		{Key: "n", Type: flow.NumberType, Required: true}, // an f64
		{Key: "o", Type: flow.NumberType},
		{Key: "b", Type: flow.BoolType, Default: textOf("true")},
	}, Code{}.Get(1).Op(OpDrop).Get(2))
}

func importing(module, field string, sig guest.Signature) func(m *Module) {
	return func(m *Module) { m.Import(module, field, sig) }
}

var importVariants = map[string]func(m *Module){
	"wasi":           importing("wasi_snapshot_preview1", "fd_write", guest.Signature{Params: slices.Repeat(i32, 4), Results: i32}),
	"env":            importing("env", "abort", nothing),
	"core-unknown":   importing(guest.CoreModule, "exec", unary),
	"core-variadic":  importing(guest.CoreModule, "object:x", unary),
	"core-type":      importing(guest.CoreModule, "get", unary),
	"core-results":   importing(guest.CoreModule, "num", guest.Signature{Params: f64, Results: f64}),
	"core-next-abi":  importing("weir/2", "get", unary),
	"card-unlisted":  importing("card/text@1", "trim", unary),
	"card-version":   withCard(func(m *Module) { m.Imports[1].Module = "card/text@2" }),
	"card-version-0": withCard(func(m *Module) { m.Imports[1].Module = "card/text@0" }),
	"card-padded":    withCard(func(m *Module) { m.Imports[1].Module = "card/text@01" }),
	"card-other":     withCard(func(m *Module) { m.Imports[1].Field = "run" }),
	"card-malformed": withCard(func(m *Module) { m.Imports[1].Field = "trim:" }),
	"card-no-step":   withCard(func(m *Module) { m.Imports[1].Sig = guest.Signature{Results: i32} }),
	"card-step-f64":  withCard(func(m *Module) { m.Imports[1].Sig = guest.Signature{Params: f64, Results: i32} }),
	"card-i64":       withCard(func(m *Module) { m.Imports[1].Sig.Params = []guest.ValType{guest.I32, guest.I64} }),
	"card-results":   withCard(func(m *Module) { m.Imports[1].Sig.Results = f64 }),
	"card-nothing":   withCard(func(m *Module) { m.Imports[1].Sig.Results = nil }),
	"card-extra":     withCard(func(m *Module) { m.Imports[1].Field = "trim:nn" }),
	"card-extra-few": withCard(func(m *Module) { m.Imports[1].Field = "trim:hh" }),
	"ext-undefined":  withExternal(func(m *Module) { m.Imports[1].Field = "write" }),
	"ext-version":    withExternal(func(m *Module) { m.Imports[1].Module = "ext/crm@2" }),
	"ext-extra":      withExternal(func(m *Module) { m.Imports[1].Field = "read:h" }),
	"ext-inlined":    withExternal(func(m *Module) { m.Imports[1].Field = "read~" }),
	"ext-as-card":    withExternal(func(m *Module) { m.Imports[1].Module = "card/crm@1" }),
	"ext-no-stream":  withExternal(func(m *Module) { m.Manifest.Externals[0].Streams = false }),
	"twice":          func(m *Module) { m.Imports = append(m.Imports, m.Imports[0]) },
	"memory":         rawImports(1, "a", "b", 2, 0, 1),
	"table":          rawImports(1, "a", "b", 1, 0x70, 0, 1),
	"global":         rawImports(1, "a", "b", 3, 0x7F, 0),
	"tag":            rawImports(1, "a", "b", 4, 0, 0),
	"kind-9":         rawImports(1, "a", "b", 9, 0),
	"type-missing":   rawImports(1, "a", "b", 0, 99),
	"not-utf8":       rawImports(1, "\xff", "b", 0, 0),
	"long-name":      rawImports(1, strings.Repeat("a", 200), "b", 0, 0),
	"truncated":      rawImports(2, "a", "b", 0),
	"overlong-count": func(m *Module) { m.Replace(2, []byte{0x80, 0x80, 0x80, 0x80, 0x10}) },
	"trailing":       func(m *Module) { m.Replace(2, []byte{0, 0}) },
}

// withExternal defines a card of another connector, imports both its forms and
// uses a connection, before change spoils it.
func withExternal(change func(m *Module)) func(m *Module) {
	return func(m *Module) {
		m.Manifest.Externals = []flow.ExternalInfo{{
			Connector: "crm", Card: "read", Streams: true,
			In: []flow.FieldInfo{{Key: "Relative URL", Group: "Request", Type: flow.TextType}}, Options: []flow.FieldInfo{{Key: "deep"}},
			Out: []flow.FieldInfo{{Key: "Status Code", Group: "Response", Type: flow.NumberType}},
		}}
		m.Manifest.Connections = []flow.Slot{{Key: "crm", Connector: "crm"}}
		for _, card := range []*flow.Card{flow.ExternalCard(&m.Manifest.Externals[0]), flow.ExternalStream(&m.Manifest.Externals[0])} {
			c := guest.ExternalImport(card)
			m.Import(c.Module(), c.Field(), c.Signature(card))
		}
		m.Step(0, "read", "crm.read")
		m.Steps[0].Slot = "crm"
		change(m)
	}
}

// external changes the definition of the card of another connector.
func external(change func(x *flow.ExternalInfo)) func(m *Module) {
	return withExternal(func(m *Module) { change(&m.Manifest.Externals[0]) })
}

// withCard imports a card properly before change spoils it.
func withCard(change func(m *Module)) func(m *Module) {
	return func(m *Module) {
		m.Card(&aString, "")
		change(m)
	}
}

// rawImports replaces the import section by one entry.
func rawImports(count byte, module, field string, desc ...byte) func(m *Module) {
	return func(m *Module) {
		m.Replace(2, append(appendName(appendName([]byte{count}, module), field), desc...))
	}
}

func exporting(e Export) func(m *Module) {
	return func(m *Module) { m.Exports = append(m.Exports, e) }
}

var exportVariants = map[string]func(m *Module){
	"unknown-name":    exporting(Export{Name: "run", Func: Ref{defined: true}}),
	"unknown-flow":    exporting(Export{Name: "flow:other", Func: Ref{defined: true}}),
	"an-import":       exporting(Export{Name: "flow:other"}),
	"missing-func":    exporting(Export{Name: "flow:other", Func: Ref{index: 99}}),
	"missing-global":  exporting(Export{Name: "x", Kind: KindGlobal, Index: 1}),
	"memory":          exporting(Export{Name: "memory", Kind: KindMemory}),
	"kind-9":          exporting(Export{Name: "x", Kind: 9}),
	"fuel-twice":      exporting(Export{Name: guest.FuelGlobal, Kind: KindGlobal}),
	"fuel-function":   func(m *Module) { m.Exports[0] = Export{Name: guest.FuelGlobal, Func: Ref{defined: true}} },
	"flow-twice":      exporting(Export{Name: "flow:main", Func: Ref{defined: true}}),
	"flow-missing":    func(m *Module) { m.Exports = m.Exports[:1] },
	"flow-type":       func(m *Module) { m.Funcs[0].Sig.Params = slices.Repeat(i32, 2) },
	"flow-type-input": func(m *Module) { m.Manifest.Flows[0].In = []flow.FieldInfo{{Key: "n", Type: flow.NumberType}} },
	"loop-type":       exporting(Export{Name: "loop:0", Func: Ref{defined: true}}),
	"loop-gap": func(m *Module) {
		m.AddLoop(null)
		m.Exports[len(m.Exports)-1].Name = "loop:1"
	},
	"loop-padded": func(m *Module) {
		m.AddLoop(null)
		m.Exports[len(m.Exports)-1].Name = "loop:00"
	},
	"truncated": func(m *Module) { m.Replace(7, []byte{3, 1, 'a', 0}) },
}

// editManifest changes the JSON of the manifest as text.
func editManifest(old, new string) func(m *Module) {
	return func(m *Module) {
		b := mustJSON(m.Manifest)
		if !bytes.Contains(b, []byte(old)) {
			panic("the manifest has no " + old)
		}
		m.ReplaceCustom(guest.SectionManifest, bytes.Replace(b, []byte(old), []byte(new), 1))
	}
}

func field(f flow.FieldInfo) func(m *Module) {
	return func(m *Module) { m.Manifest.Config = append(m.Manifest.Config, f) }
}

func card(u flow.CardUse) func(m *Module) {
	return func(m *Module) {
		ok := flow.CardUse{Key: "text.trim", Version: 1, Effect: "pure", Digest: strings.Repeat("0", 32)}
		m.Manifest.Cards = []flow.CardUse{ok, u}
	}
}

func textOf(s string) *flow.Value { v := flow.Text(s); return &v }

const digest = "00000000000000000000000000000000"

var manifestVariants = map[string]func(m *Module){
	"abi-next":      func(m *Module) { m.Manifest.ABI++ },
	"abi-zero":      func(m *Module) { m.Manifest.ABI = 0 },
	"abi-next-odd":  func(m *Module) { m.Manifest.ABI++; m.Sections = []Section{{ID: 5, Content: []byte{1, 0, 1}}} },
	"abi-text":      editManifest(`"abi":1`, `"abi":"1"`),
	"abi-fraction":  editManifest(`"abi":1`, `"abi":1.5`),
	"abi-missing":   editManifest(`"abi":1,`, ``),
	"missing":       func(m *Module) { m.Manifest = nil },
	"empty":         func(m *Module) { m.ReplaceCustom(guest.SectionManifest, nil) },
	"not-json":      func(m *Module) { m.ReplaceCustom(guest.SectionManifest, []byte("{abi:1}")) },
	"a-list":        func(m *Module) { m.ReplaceCustom(guest.SectionManifest, []byte("[]")) },
	"unknown-field": editManifest(`"abi":1`, `"abi":1,"limits":{}`),
	"unknown-inner": editManifest(`"type":"action"`, `"type":"action","admin":true`),
	"double-field":  editManifest(`"abi":1`, `"abi":1,"abi":1`),
	"other-case":    editManifest(`"name":"Probe"`, `"Name":"Probe"`),
	"wrong-kind":    editManifest(`"name":"Probe"`, `"name":1`),
	"default-null":  editManifest(`"costMin":1`, `"costMin":1,"in":[{"key":"a","type":"text","default":null}]`),
	"key":           func(m *Module) { m.Manifest.Key = "a b" },
	"key-empty":     func(m *Module) { m.Manifest.Key = "" },
	"source":        func(m *Module) { m.Manifest.Source = "ABC" },
	"name":          func(m *Module) { m.Manifest.Name = "" },
	"flow-key":      func(m *Module) { m.Manifest.Flows[0].Key = "a/b" },
	"flow-twice":    func(m *Module) { m.Manifest.Flows = slices.Repeat(m.Manifest.Flows, 2) },
	"flow-type":     func(m *Module) { m.Manifest.Flows[0].Type = "trigger" },
	"flow-effect":   func(m *Module) { m.Manifest.Flows[0].Effect = "none" },
	"flow-cost":     func(m *Module) { m.Manifest.Flows[0].CostMin = -1 },
	"flow-cost-max": func(m *Module) { m.Manifest.Flows[0].CostMin, m.Manifest.Flows[0].CostMax = 5, 4 },
	"flow-text":     func(m *Module) { m.Manifest.Flows[0].Name = strings.Repeat("x", guest.MaxText+1) },
	"flows-many":    func(m *Module) { m.Manifest.Flows = make([]flow.FlowInfo, 1001) },
	"card-key":      card(flow.CardUse{Key: "trim", Version: 1, Effect: "pure", Digest: digest}),
	"card-key-dots": card(flow.CardUse{Key: "a.b.c", Version: 1, Effect: "pure", Digest: digest}),
	"card-version":  card(flow.CardUse{Key: "a.b", Effect: "pure", Digest: digest}),
	"card-effect":   card(flow.CardUse{Key: "a.b", Version: 1, Digest: digest}),
	"card-digest":   card(flow.CardUse{Key: "a.b", Version: 1, Effect: "pure", Digest: "0"}),
	"card-twice":    card(flow.CardUse{Key: "text.trim", Version: 1, Effect: "reads", Digest: digest}),
	"host-wildcard": func(m *Module) { m.Manifest.Hosts = []string{"*.example.com"} },
	"host-url":      func(m *Module) { m.Manifest.Hosts = []string{"https://example.com/"} },
	"host-empty":    func(m *Module) { m.Manifest.Hosts = []string{""} },
	"host-twice":    func(m *Module) { m.Manifest.Hosts = []string{"a.example", "a.example"} },
	"hosts-many":    func(m *Module) { m.Manifest.Secrets = []flow.SecretInfo{{Key: "a", Hosts: make([]string, 257)}} },
	"secret-key":    func(m *Module) { m.Manifest.Secrets = []flow.SecretInfo{{Key: "a b", Hosts: []string{}}} },
	"secret-twice": func(m *Module) {
		m.Manifest.Secrets = slices.Repeat([]flow.SecretInfo{{Key: "a", Hosts: []string{}}}, 2)
	},
	"secret-host":      func(m *Module) { m.Manifest.Secrets = []flow.SecretInfo{{Key: "a", Hosts: []string{"A B"}}} },
	"external-key":     external(func(x *flow.ExternalInfo) { x.Connector = "c.rm" }),
	"external-card":    external(func(x *flow.ExternalInfo) { x.Card = "" }),
	"external-text":    external(func(x *flow.ExternalInfo) { x.Doc = strings.Repeat("x", guest.MaxText+1) }),
	"external-inputs":  external(func(x *flow.ExternalInfo) { x.In = make([]flow.FieldInfo, guest.MaxExternalInputs) }),
	"external-fields":  external(func(x *flow.ExternalInfo) { x.Out = slices.Repeat(x.Out, 2) }),
	"external-twice":   withExternal(func(m *Module) { m.Manifest.Externals = slices.Repeat(m.Manifest.Externals, 2) }),
	"connection-key":   func(m *Module) { m.Manifest.Connections = []flow.Slot{{Key: "a b", Connector: "crm"}} },
	"connection-twice": func(m *Module) { m.Manifest.Connections = slices.Repeat([]flow.Slot{{Key: "a", Connector: "crm"}}, 2) },
	"field-key":        field(flow.FieldInfo{}),
	"field-twice":      func(m *Module) { m.Manifest.Config = slices.Repeat([]flow.FieldInfo{{Key: "a"}}, 2) },
	"field-type":       editManifest(`"costMin":1`, `"costMin":1,"in":[{"key":"a","type":"string[][]"}]`),
	"field-doc":        field(flow.FieldInfo{Key: "a", Doc: strings.Repeat("x", guest.MaxText+1)}),
	"field-default":    field(flow.FieldInfo{Key: "a", Type: flow.NumberType, Default: textOf("seven")}),
	"fields-many":      func(m *Module) { m.Manifest.Flows[0].Out = make([]flow.FieldInfo, guest.MaxParams) },
}

func steps(s ...flow.StepInfo) func(m *Module) { return func(m *Module) { m.Steps = s } }

var stepsVariants = map[string]func(m *Module){
	"flow":        steps(flow.StepInfo{Flow: 1, Name: "a"}),
	"flow-low":    steps(flow.StepInfo{Flow: -1, Name: "a"}),
	"no-name":     steps(flow.StepInfo{}),
	"line":        steps(flow.StepInfo{Name: "a", Line: -1}),
	"size-of-all": func(m *Module) { m.Steps = make([]flow.StepInfo, 20_000) },
	"long-text":   steps(flow.StepInfo{Name: "a", Outs: []string{strings.Repeat("x", guest.MaxText+1)}}),
	"no-text":     rawSteps(1, 1, 'a', 1, 0, 0, 1, 0, 0, 0, 0, 0, 0),
	"text-order":  rawSteps(2, 1, 'a', 1, 'b', 1, 0, 1, 0, 0, 0, 0, 0, 0, 0),
	"text-unused": rawSteps(2, 1, 'a', 1, 'b', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0),
	"trailing":    rawSteps(1, 1, 'a', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
	"slot":        steps(flow.StepInfo{Name: "a", Slot: "crm"}),
	"more":        rawSteps(1, 1, 'a', 1, 0, 0, 0, 0, 0, 0, 0, 0, 64),
	"truncated":   rawSteps(1, 1, 'a', 1, 0, 0, 0),
	"names-many":  steps(flow.StepInfo{Name: "a", Ports: make([]string, guest.MaxStepNames+1)}),
	"missing":     func(m *Module) { m.ReplaceCustom(guest.SectionSteps, nil); m.Sections = m.Sections[:len(m.Sections)-1] },
	"size":        func(m *Module) { m.ReplaceCustom(guest.SectionSteps, make([]byte, guest.MaxSteps+1)) },
}

func rawSteps(b ...byte) func(m *Module) {
	return func(m *Module) { m.ReplaceCustom(guest.SectionSteps, b) }
}

func consts(v ...flow.Value) func(m *Module) {
	return func(m *Module) { m.Consts = append([]flow.Value{flow.Null()}, v...) }
}

func rawConsts(b ...byte) func(m *Module) {
	return func(m *Module) { m.ReplaceCustom(guest.SectionConsts, b) }
}

var aFile = flow.FileOf(&flow.File{ID: "other-run", Name: "a"})

var constsVariants = map[string]func(m *Module){
	"missing":     func(m *Module) { m.Consts = nil },
	"none":        rawConsts(0),
	"not-null":    func(m *Module) { m.Consts = []flow.Value{flow.Text("a")} },
	"not-json":    rawConsts(append([]byte{2, 4}, "null\x01x"...)...),
	"not-encoded": rawConsts(append([]byte{2, 4}, "null\x07{\"x\":1}"...)...),
	"truncated":   rawConsts(append([]byte{2, 4}, "null\x09x"...)...),
	"trailing":    rawConsts(append([]byte{1, 4}, "null\x00"...)...),
	"announced":   rawConsts(0xFF, 0xFF, 3),
	"too-many":    rawConsts(0xFF, 0xFF, 0xFF, 0x7F),
	"file":        consts(aFile),
	"file-inside": consts(flow.ListOf(flow.Number(1), objectOf("a", aFile))),
	"size":        rawConsts(make([]byte, guest.MaxConsts+1)...),
	"deep": rawConsts(append(append([]byte{2, 4}, "null\xac\x02"...),
		strings.Repeat("[", 150)+strings.Repeat("]", 150)...)...),
}

func objectOf(key string, v flow.Value) flow.Value {
	var b flow.ObjectBuilder
	b.Set(key, v)
	return b.Value()
}

// constsBomb has constants of about n KiB whose values take far more memory.
func constsBomb(n int) []byte {
	item := []byte(`{"o":{}}`)
	list := append(append([]byte("["), bytes.TrimSuffix(bytes.Repeat(append(item, ','), n*1024/9), []byte(","))...), ']')
	return with(func(m *Module) {
		content := append([]byte{2, 4}, "null"...)
		m.ReplaceCustom(guest.SectionConsts, appendSized(content, list))
	})
}

func body(c Code) func(m *Module) { return func(m *Module) { m.Funcs[0].Body = c } }

var typingVariants = map[string]func(m *Module){
	"result-missing":   body(Code{}),
	"result-type":      body(Code{}.F64(1)),
	"result-surplus":   body(Code{}.I32(0).I32(0)),
	"operand-missing":  body(Code{}.I32(0).Op(OpI32Add)),
	"operand-type":     body(Code{}.F64(1).I32(0).Op(OpI32Add)),
	"operand-outside":  body(Code{}.I32(0).Block(Empty).Op(OpDrop).End().I32(0)),
	"condition-type":   body(Code{}.F64(1).If(Empty).End().I32(0)),
	"block-result":     body(Code{}.Block(ResultI32).End()),
	"block-surplus":    body(Code{}.Block(Empty).I32(0).End().I32(0)),
	"block-type":       body(Code{}.Block(99).End().I32(0)),
	"block-code":       body(Code{}.Block(-5 - 32).End().I32(0)),
	"if-without-else":  body(Code{}.I32(1).If(ResultI32).I32(0).End()),
	"else-without-if":  body(Code{}.Block(Empty).Else().End().I32(0)),
	"else-after-else":  body(Code{}.I32(0).If(Empty).Else().Else().End().I32(0)),
	"branch-label":     body(Code{}.Br(1)),
	"branch-value":     body(Code{}.Block(ResultI32).Br(0).End()),
	"branch-type":      body(Code{}.Block(ResultI32).F64(0).I32(1).BrIf(0).End()),
	"return-value":     body(Code{}.Op(OpReturn)),
	"unreachable-type": body(Code{}.I32(0).Op(OpReturn).F64(1).Op(OpI32Eqz)),
	"unreachable-over": body(Code{}.I32(0).Op(OpReturn).I32(0).I32(0)),
	"select-types":     body(Code{}.F64(1).I32(1).I32(1).Op(OpSelect)),
	"local-missing":    body(Code{}.Get(1)),
	"local-type":       body(Code{}.F64(1).Set(0).I32(0)),
	"call-missing":     body(Code{}.Raw(OpCall, 9).I32(0)),
	"call-operand":     func(m *Module) { m.Funcs[0].Body = Code{}.Call(m.Core("num")) },
	"call-overlong":    body(Code{}.Raw(OpCall, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF)),
	"branch-overlong":  body(Code{}.Raw(OpBr, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF)),
	"bytes-behind":     body(Code{}.I32(0).End().I32(0)),
	"end-missing":      body(Code{}.Block(Empty).I32(0)),
	"const-truncated":  body(Code{}.Raw(OpF64Const, 0)),
	"const-overlong":   body(Code{}.Raw(OpI32Const, 0x80, 0x80, 0x80, 0x80, 0x08)),
	"const-too-long":   body(Code{}.Raw(OpI32Const, 0x80, 0x80, 0x80, 0x80, 0x80, 0)),
	"body-missing":     func(m *Module) { m.Replace(10, []byte{0}) },
	"body-length":      func(m *Module) { m.Replace(10, []byte{1, 0x7F, 0}) },
	"body-surplus":     func(m *Module) { m.Replace(3, []byte{0}) },
	"function-type":    func(m *Module) { m.Replace(3, []byte{1, 99}) },
	"type-form":        func(m *Module) { m.Replace(1, []byte{1, 0x5F, 0, 0}) },
	"type-value":       func(m *Module) { m.Replace(1, []byte{1, 0x60, 1, 0x01, 0}) },
	"type-f32":         func(m *Module) { m.Replace(1, []byte{1, 0x60, 1, 0x7D, 0}) },
	"global-value":     func(m *Module) { m.GlobalSection = []byte{1, 0x01, 1, 0x42, 0, 0x0B} },
	"global-mutable":   func(m *Module) { m.GlobalSection = []byte{1, 0x7E, 7, 0x42, 0, 0x0B} },
	"global-import":    func(m *Module) { m.GlobalSection = []byte{1, 0x7E, 1, 0x23, 0, 0x0B} },
	"global-sum":       func(m *Module) { m.GlobalSection = []byte{1, 0x7E, 1, 0x42, 0, 0x42, 0, 0x7C, 0x0B} },
	"global-trailing":  func(m *Module) { m.GlobalSection = []byte{1, 0x7E, 1, 0x42, 0, 0x0B, 0} },
	"global-truncated": func(m *Module) { m.GlobalSection = []byte{1, 0x7E} },
	"locals-type":      func(m *Module) { m.Funcs[0].Locals = []guest.ValType{1} },
}

// nameSection adds a name section of subsections.
func nameSection(subs ...[]byte) func(m *Module) {
	return func(m *Module) {
		m.Sections = append(m.Sections, Section{Custom, "name", bytes.Join(subs, nil)})
	}
}

// sub is a subsection of the name section.
func sub(id byte, content ...byte) []byte { return appendSized([]byte{id}, content) }

// The module has two functions: refuel and the flow.
var namesVariants = map[string]func(m *Module){
	"all": nameSection(sub(0, 1, 'm'), sub(1, 2, 0, 1, 'r', 1, 1, 'f'), sub(2, 1, 1, 1, 0, 1, 't')),
	// A count for which the runtime's decoder would reserve 48 GiB.
	"announced":        nameSection(sub(1, 0xFF, 0xFF, 0xFF, 0xFF, 7)),
	"announced-locals": nameSection(sub(2, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF, 7)),
	"none-left":        nameSection(sub(1, 1)),
	"twice":            nameSection(sub(0, 1, 'm'), sub(0, 1, 'm')),
	"order":            nameSection(sub(1, 0), sub(0, 1, 'm')),
	"unknown":          nameSection(sub(4, 0)),
	"truncated":        nameSection([]byte{0, 9, 1}),
	"trailing":         nameSection(sub(0, 1, 'm', 0)),
	"index-order":      nameSection(sub(1, 2, 1, 1, 'f', 0, 1, 'r')),
	"index-twice":      nameSection(sub(1, 2, 0, 1, 'f', 0, 1, 'r')),
	"index-missing":    nameSection(sub(1, 1, 2, 1, 'f')),
	"not-utf8":         nameSection(sub(1, 1, 0, 1, 0xFF)),
}

// Replace puts content in the place of a known section. A nil content is an
// empty one.
func (m *Module) Replace(id byte, content []byte) {
	if m.replaced == nil {
		m.replaced = map[byte][]byte{}
	}
	m.replaced[id] = content
}

// ReplaceCustom puts content in the place of one of the sections that the
// manifest, the constants and the steps are encoded to. All three become
// Sections and can no longer be changed as values.
func (m *Module) ReplaceCustom(name string, content []byte) {
	for _, s := range m.customs() {
		if s.Name == name {
			s.Content = content
		}
		m.Sections = append(m.Sections, s)
	}
	m.Manifest, m.Consts = nil, nil
}
