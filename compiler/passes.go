package compiler

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/weirflow/weir/compiler/internal/check"
	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/compiler/internal/lower"
	"github.com/weirflow/weir/compiler/internal/meter"
	"github.com/weirflow/weir/compiler/internal/opt"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/compiler/internal/wasm"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// pass is one step of a compilation.
type pass struct {
	name     string
	optional bool // leaving it out changes what a run costs and nothing else
	release  bool // only for connectors that are handed to others
	run      func(*compilation) error
	dump     func(*compilation) string
}

// passes lists what Compile does, in order.
func passes() []pass {
	return []pass{
		{name: "parse", run: parse},
		{name: "check", run: checkProgram},
		{name: "release", release: true, run: checkRelease},
		{name: "lower", run: lowerProgram, dump: dumpIR},
		{name: "fold", optional: true, run: fold, dump: dumpIR},
		{name: "reuse", optional: true, run: reuse, dump: dumpIR},
		{name: "dead", optional: true, run: dead, dump: dumpIR},
		{name: "meter", run: insertMeters, dump: dumpIR},
		{name: "encode", run: encode, dump: dumpWat},
		{name: "verify", run: verify},
	}
}

// order lists which pass must come before which, and why; a test holds passes
// to it.
func order() [][3]string {
	return [][3]string{
		{"parse", "check", "names are looked up in the tree"},
		{"check", "release", "it looks at what flows do, not only at what they are called"},
		{"check", "lower", "registers get their representation from types"},
		{"lower", "fold", "folding works on operations"},
		{"fold", "reuse", "constants need no register"},
		{"reuse", "dead", "what is computed once leaves its twins unused"},
		{"fold", "dead", "what was folded leaves its arguments unused"},
		{"fold", "meter", "work done at compile time is not charged"},
		{"dead", "meter", "removed operations are not charged"},
		{"meter", "encode", "nothing may add a loop behind the fuel checks"},
		{"encode", "verify", "the compiler passes the gate that engines use"},
	}
}

func parse(c *compilation) error {
	conn, diags := syntax.Parse(c.files)
	if diags.HasErrors() {
		diags = append(diags, check.Rest(conn, c.registry())...)
	}
	return c.report(diags, func() { c.conn = conn })
}

func (c *compilation) registry() *flow.Registry {
	if c.opt.Registry != nil {
		return c.opt.Registry
	}
	reg, _ := flow.NewRegistry()
	return reg
}

func checkProgram(c *compilation) error {
	info, diags := check.Check(c.conn, c.registry())
	return c.report(diags, func() { c.info = info })
}

func checkRelease(c *compilation) error {
	diags := check.Release(c.conn, c.info)
	c.out.Warnings = slices.DeleteFunc(c.out.Warnings, func(w flow.Diagnostic) bool {
		return w.Code == flow.CodeFlowEnd && slices.ContainsFunc(diags, func(d flow.Diagnostic) bool {
			return d.Code == flow.CodeReleaseReturn && d.Pos == w.Pos // told once, as what keeps from a release
		})
	})
	return c.report(diags, func() {})
}

// report keeps warnings and stops at errors.
func (c *compilation) report(diags flow.Diagnostics, ok func()) error {
	all := append(c.out.Warnings, diags...)
	all.Sort()
	if all.HasErrors() {
		return all
	}
	c.out.Warnings = all
	ok()
	return nil
}

func lowerProgram(c *compilation) error {
	prog, diags := lower.Lower(c.info, c.opt.Coverage)
	return c.report(diags, func() { c.prog, c.out.program = prog, prog })
}

func fold(c *compilation) error { opt.Fold(c.prog); return nil }

func reuse(c *compilation) error { opt.Reuse(c.prog); return nil }

func dead(c *compilation) error { opt.Dead(c.prog); return nil }

func insertMeters(c *compilation) error { meter.Insert(c.prog); return nil }

func encode(c *compilation) error {
	c.out.Manifest = manifest(c)
	b, err := wasm.Encode(c.prog, c.out.Manifest)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(b)
	c.out.Wasm, c.out.Digest = b, hex.EncodeToString(sum[:])
	return nil
}

// verify holds the compiler to the gate of the engine. Sound source can fail it
// only by being too long for one function.
func verify(c *compilation) error {
	_, err := guest.Verify(c.out.Wasm)
	if err == nil {
		return nil
	}
	e := flow.Errorf(flow.CodeFlowSize, "the connector does not fit a module: %v", err)
	e.Pos = c.conn.Pos
	return flow.Diagnostics{{Error: e.WithFix("split the longest flow into helper flows")}}
}

func dumpIR(c *compilation) string { return ir.Print(c.prog) }

func dumpWat(c *compilation) string {
	s, err := wasm.Text(c.out.Wasm)
	if err != nil {
		return err.Error()
	}
	return s
}
