package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

func (a *app) inspectCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "inspect PATH|FILE.wasm|FILE.weir",
		Short: "Print what a module is and what it may do",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := a.opened(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if b != nil {
				return a.inspect(b.module, len(b.wasm))
			}
			var wasm []byte
			if isDir(args[0]) {
				b, err := a.open(cmd.Context(), args[0], compiler.Options{})
				if err != nil {
					return err
				}
				wasm = b.wasm
			} else if wasm, err = readUpTo(args[0], guest.MaxModule); err != nil {
				return err
			}
			m, err := guest.Verify(wasm)
			if err != nil {
				return err
			}
			return a.inspect(m, len(wasm))
		},
	}
	a.takesBundles(cmd)
	return cmd
}

// moduleView is what inspect prints as JSON.
type moduleView struct {
	Digest    string         `json:"digest"`
	Bytes     int            `json:"bytes"`
	Functions int            `json:"functions"`
	CodeBytes int            `json:"codeBytes"`
	Steps     int            `json:"steps"`
	Constants int            `json:"constants"`
	CallDepth int            `json:"callDepth"`
	Imports   []string       `json:"imports"`
	Manifest  *flow.Manifest `json:"manifest"`
}

func (a *app) inspect(m *guest.Module, size int) error {
	v := moduleView{
		Digest: "sha256:" + m.Digest, Bytes: size, Functions: m.Functions, CodeBytes: m.CodeBytes,
		Steps: len(m.Steps), Constants: len(m.Consts), CallDepth: m.CallDepth, Manifest: m.Manifest, Imports: []string{},
	}
	for _, im := range m.Imports {
		v.Imports = append(v.Imports, im.Module+" "+im.Field)
	}
	return a.show(v, func() { a.inspectText(v) })
}

// inspectText prints a module for people. Names come from whoever built it, so
// that nothing in them may move a cursor.
func (a *app) inspectText(v moduleView) {
	mf := v.Manifest
	a.println(flow.Printable(fmt.Sprintf("%s %s (%s)", mf.Name, mf.Version, mf.Key)))
	a.println(v.Digest)
	a.println(flow.Printable(fmt.Sprintf("%d bytes, %d functions, %d steps, %d constants, call depth %d, ABI %d, compiler %s",
		v.Bytes, v.Functions, v.Steps, v.Constants, v.CallDepth, mf.ABI, mf.Compiler)))
	a.heading("Flows", len(mf.Flows))
	for _, f := range mf.Flows {
		options := ""
		if len(f.Options) > 0 {
			options = " options " + fieldList(f.Options)
		}
		a.line("%s%s%s -> %s  %s, %s, fuel %s", f.Key, fieldList(f.In), options, fieldList(f.Out), f.Type, f.Effect, costRange(f))
	}
	a.heading("Cards", len(mf.Cards))
	for _, c := range mf.Cards {
		a.line("%s@%d  %s", c.Key, c.Version, c.Effect)
	}
	if len(mf.Externals) > 0 {
		a.heading("Cards of other connectors", len(mf.Externals))
		for i := range mf.Externals {
			a.line("%s", externalText(&mf.Externals[i]))
		}
	}
	if len(mf.Connections) > 0 {
		a.heading("Connections", len(mf.Connections))
		for _, s := range mf.Connections {
			a.line("%s  of %s", s.Key, s.Connector)
		}
	}
	a.heading("Hosts", len(mf.Hosts))
	for _, h := range mf.Hosts {
		a.line("%s", h)
	}
	a.heading("Secrets", len(mf.Secrets))
	for _, s := range mf.Secrets {
		if strings.HasPrefix(s.Key, flow.AuthPrefix) {
			continue // listed with its authentication
		}
		a.line("%s  only to %s", s.Key, strings.Join(s.Hosts, ", "))
	}
	a.heading("Config", len(mf.Config))
	for _, f := range mf.Config {
		if strings.HasPrefix(f.Key, flow.AuthPrefix) {
			continue
		}
		a.line("%s", fieldText(f))
	}
	if len(mf.Auths) > 0 {
		a.heading("Authentications", len(mf.Auths))
		for i := range mf.Auths {
			a.line("%s", authText(&mf.Auths[i]))
		}
	}
	for _, t := range mf.Tables {
		cols := make([]string, len(t.Columns))
		for i, c := range t.Columns {
			cols[i] = c.Name + ": " + c.Type.String()
		}
		a.line("table %s(%s)", t.Name, strings.Join(cols, ", "))
	}
	for _, r := range mf.Rates {
		a.line("at most %d requests in %d s to %s", r.Requests, r.Per, r.Host)
	}
}

// externalText prints a card of another connector: its key, the connector's
// version, and what it takes and gives.
func externalText(x *flow.ExternalInfo) string {
	key := x.Key()
	if x.Version != "" {
		key += "  " + x.Version
	}
	options := ""
	if len(x.Options) > 0 {
		options = " options " + fieldList(x.Options)
	}
	streams := ""
	if x.Streams {
		streams = "  streams"
	}
	return key + "  " + fieldList(x.In) + options + " -> " + fieldList(x.Out) + streams
}

// authText prints one way to connect: its key, type and what flows see of it.
func authText(x *flow.Auth) string {
	kind := x.Type
	if x.OAuth2 != nil {
		kind += " " + x.OAuth2.Grant
	}
	var values []string
	for _, v := range x.Values() {
		if v.Secret {
			values = append(values, v.Key+" (secret)")
		} else {
			values = append(values, v.Key)
		}
	}
	return x.Key + "  " + kind + "  " + strings.Join(values, ", ")
}

// heading begins a list of n things.
func (a *app) heading(title string, n int) {
	a.println("\n" + title)
	if n == 0 {
		a.line("none")
	}
}

// line prints one indented line.
func (a *app) line(format string, args ...any) {
	a.println("  " + flow.Printable(fmt.Sprintf(format, args...)))
}

func fieldList(fields []flow.FieldInfo) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = fieldText(f)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func fieldText(f flow.FieldInfo) string {
	s := f.Key + ": " + f.Type.String()
	if f.Group != "" {
		s = f.Group + "." + s
	}
	if f.Default != nil {
		return s + " = " + string(flow.AppendQuoted(nil, f.Default.String()))
	}
	if f.Required {
		return s + ", required"
	}
	return s
}

func costRange(f flow.FlowInfo) string {
	if f.CostMax < 0 {
		return fmt.Sprintf("%d or more", f.CostMin)
	}
	return fmt.Sprintf("%d to %d", f.CostMin, f.CostMax)
}
