// Package compiler turns the source of a connector into one WebAssembly module.
//
// Compile is the whole of it; passes.go lists what it does in order, and each
// pass is a package or file of internal/. The compiler links no runtime, so that
// it can itself run inside one.
package compiler

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"

	"github.com/weirflow/weir/compiler/internal/check"
	"github.com/weirflow/weir/compiler/internal/diag"
	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/compiler/internal/wasm"
	"github.com/weirflow/weir/flow"
)

// File is one file of a connector's source.
type File = source.File

// Options say how to compile. The zero value with a Registry is useful.
type Options struct {
	// Registry has the cards that flows may use. Default: none, so that every
	// card is unknown.
	Registry *flow.Registry
	// NoOptimize leaves out the optional passes. Default: false.
	NoOptimize bool
	// Release also applies the rules for connectors that are handed to others;
	// what breaks them is release.*. Default: false.
	Release bool
	// Coverage puts marks into the module, which show in the trace of a run where
	// it came by: see flow.WhatMark. It is for tests, and goes with NoOptimize,
	// because optional passes take steps away. Default: false.
	Coverage bool
	// Dump receives the text form after each pass: IR for the passes that make
	// or change it, WebAssembly text after encode. Default: nobody.
	Dump func(pass, text string)
}

// Output is a compiled connector.
type Output struct {
	Wasm     []byte
	Digest   string // SHA-256 of Wasm, hexadecimal
	Manifest *flow.Manifest
	Warnings flow.Diagnostics

	program *ir.Program
}

// ReadDir reads the source files of the connector in a directory.
// Errors: source.file, source.limit, source.duplicate.
func ReadDir(dir fs.FS) ([]File, error) { return source.ReadDir(dir) }

// Compile compiles a connector. All problems of its source are reported
// together, as flow.Diagnostics.
func Compile(files []File, opt Options) (*Output, error) {
	c := &compilation{files: files, opt: opt, out: &Output{}}
	for _, p := range passes() {
		if p.optional && opt.NoOptimize || p.release && !opt.Release {
			continue
		}
		if err := p.run(c); err != nil {
			return nil, err
		}
		if opt.Dump != nil && p.dump != nil {
			opt.Dump(p.name, p.dump(c))
		}
	}
	return c.out, nil
}

// Reserved lists the names that no step can have: what references begin with.
func Reserved() []string { return syntax.Roots() }

// Check reports the problems of a connector's source, warnings included.
func Check(files []File, opt Options) flow.Diagnostics {
	out, err := Compile(files, opt)
	switch err := err.(type) {
	case nil:
		return out.Warnings
	case flow.Diagnostics:
		return err
	default:
		return flow.Diagnostics{{Error: flow.AsError(err)}}
	}
}

// Format rewrites one source file to its canonical form; comments are kept.
// The error is flow.Diagnostics when the text cannot be parsed.
func Format(f File) ([]byte, error) { return syntax.Format(f) }

// Render prints problems for people: position, code and message, the source
// line with a caret under the place, and the fix where one is known.
func Render(w io.Writer, d flow.Diagnostics, files []File) error { return diag.Render(w, d, files) }

// Text prints a module in the WebAssembly text format.
func Text(module []byte) (string, error) { return wasm.Text(module) }

// compilation is the state that passes hand on.
type compilation struct {
	files []File
	opt   Options
	conn  *syntax.Connector
	info  *check.Info
	prog  *ir.Program
	out   *Output
}

// digest identifies the source: names and contents of all files.
func digest(files []File) string {
	h := sha256.New()
	for _, f := range files {
		io.WriteString(h, f.Name+"\x00")
		h.Write(f.Data)
		io.WriteString(h, "\x00")
	}
	return hex.EncodeToString(h.Sum(nil))
}
