package engine

import (
	"context"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/weirflow/weir/engine/internal/bridge"
	"github.com/weirflow/weir/flow"
)

// Run asks for one execution of a flow.
type Run struct {
	// ID identifies the run: flows read it as their execution id, the keys of
	// writes are made from it, and a journal belongs to it. Default: 128 random
	// bits in hexadecimal.
	ID string
	// Flow is the key of the flow. Default: none.
	Flow string
	// Input is an object of the flow's inputs by key. Default: no inputs.
	Input flow.Value
	// Options are the options of an action or event by key: texts that were fixed
	// when the card was placed. Default: those that the flow declares.
	Options map[string]string
	// Selected is an object of the outputs that the card's user selected: for each
	// output group an object of field key to {type, collection}. Default: all
	// declared outputs.
	Selected flow.Value
	// Helper permits Flow to be a helper flow, as those that compute dropdowns and
	// fields are. Default: false, and helpers are run.flow.
	Helper bool
	// Connection has the credentials that flows read as ${auth.KEY}, and the hosts
	// they are bound to. Default: none, so that all of them are null.
	Connection *flow.Connection
	// Slots has a connection for each slot of the module's connections that HTTP
	// steps use: their requests carry its credentials and go to its hosts alone,
	// and to those of AllowHosts. Default: none, so that such steps are
	// connection.slot.
	Slots map[string]*flow.Connection
	// Limits may only lower those of the engine; what is higher is lowered.
	// Default: those of the engine.
	Limits Limits
	// Secrets has the secrets of the manifest by key, made with flow.NewSecret.
	// Default: none.
	Secrets map[string]flow.Value
	// Config has the config values of the manifest by key. Default: none.
	Config map[string]flow.Value
	// AllowHosts are further hosts that requests may reach, besides those of the
	// manifest. Default: none.
	AllowHosts []string
	// HTTP makes the requests. Default: that of the engine.
	HTTP flow.Fetcher
	// Journal keeps the outcomes of calls that observe or change the world, so
	// that the run can be resumed: a run with the same ID, input and module and a
	// journal of it repeats no such call. Default: none.
	Journal flow.Journal
	// Files keeps the content of the run's files; package blobs has a store. The
	// caller closes it after taking files out of the outputs. Default: none, so
	// that file cards are card.unbound.
	Files flow.Blobs
	// Tables are the tables that the run's cards work on; package tables has a
	// store. Default: none, so that table cards are card.unbound.
	Tables flow.Tables
	// World is what cards get as time and chance, and how they wait; package tape
	// records and replays them. It does not govern Limits.Wall. Default: the
	// engine's Clock and Random, and waiting in real time.
	World flow.World
	// Host is spoken to by steps that answer callers, pause the run, and start or
	// export flows. Default: none, so that such steps are card.unbound; return_raw
	// then only returns.
	Host flow.Host
	// External provides the cards of other connectors that the run's flows use.
	// Default: nobody, so that such cards are card.unbound.
	External flow.External
	// Trace asks for Result.Trace. Default: false.
	Trace bool
	// Tenant is whose concurrency the run counts against. Default: nobody's.
	Tenant string
}

// Run executes a flow to its end. When it fails it returns the error with what
// was used and traced so far.
//
// Errors: run.flow for a flow that the module does not have; input.missing,
// input.invalid and secret.flow for what it was given; limit.concurrency for a
// tenant with too much at work; limit.* for what it used up; run.cancelled when
// ctx ended, though a run of a few milliseconds may finish all the same; and
// whatever the flow's steps fail with, with step and position.
func (m *Module) Run(ctx context.Context, r Run) (Result, error) {
	began := time.Now()
	e := m.engine
	if err := e.enter(); err != nil {
		return Result{}, err
	}
	defer e.work.leave()
	if m.closed.Load() || !m.entry.hold() {
		return Result{}, flow.Errorf(flow.CodeRunCancelled, "the module is closed")
	}
	defer func() { _ = m.entry.release(context.Background()) }()
	o := bridge.Options{Began: began}
	if err := m.prepare(&r, &o); err != nil {
		return Result{}, flow.NewRedactor(slices.Concat(o.Secrets, o.Hidden)...).Error(flow.AsError(err))
	}
	t, err := e.admit(r.Tenant)
	if err != nil {
		return Result{}, err
	}
	if t != nil {
		o.Slots, o.Tenant = t, &t.share
		defer e.leave(r.Tenant, t)
	}
	out := m.entry.program.Run(ctx, &o)
	if out.Err == nil && (out.Value.HasSecret() || out.Message.HasSecret()) {
		out.Err = flow.Errorf(flow.CodeSecretFlow, "an output of the flow holds a secret")
	}
	if out.Err == nil && m.Manifest().Flows[o.Flow].Type == flow.FlowPolling && !out.Stopped {
		out.Err = badCursor(out.Value)
	}
	res := Result{Outputs: out.Value, Stopped: out.Stopped, Message: out.Message, Usage: usageOf(&out, time.Since(began))}
	if out.Err == nil && out.Trace == nil {
		return res, nil
	}
	hide := flow.NewRedactor(slices.Concat(o.Secrets, o.Hidden, out.Sealed)...)
	res.Trace = traceOf(m.Manifest(), out.Trace, hide)
	if out.Err != nil {
		res.Outputs, res.Stopped, res.Message = flow.Null(), false, flow.Null()
		return res, hide.Error(out.Err)
	}
	return res, nil
}

// MaxCursor is the size of the largest cursor of a polling flow, printed as
// JSON: 10 KB, as the vendor has it.
const MaxCursor = 10 << 10

// CursorLife is how long a cursor is good for that no run has set anew: 45 days,
// as the vendor has it. Who keeps cursors gives the run after that none, as the
// first one got none.
const CursorLife = 45 * 24 * time.Hour

// badCursor says why the cursor among a polling flow's outputs cannot be kept.
func badCursor(outputs flow.Value) *flow.Error {
	v, _ := outputs.Object().Get("cursor")
	switch v.Kind() {
	case flow.KindNull, flow.KindDate, flow.KindNumber, flow.KindText, flow.KindObject:
	default:
		return flow.Errorf(flow.CodeTypeMismatch, "the cursor is a %s, and it must be a date, number, text or object", v.Kind())
	}
	b, err := v.MarshalJSON()
	if err != nil {
		return flow.AsError(err)
	}
	if len(b) > MaxCursor {
		return flow.Errorf(flow.CodeLimitCursor, "the cursor has %d bytes, and it may have %d", len(b), MaxCursor)
	}
	return nil
}

// maxKnown bounds how many flows an error names.
const maxKnown = 20

func noFlow(key string, known []string) error {
	e := flow.Errorf(flow.CodeRunFlow, "the module has no flow %s", flow.Excerpt(key))
	if n := len(known); n > 0 && n <= maxKnown {
		return e.WithFix("it has %s", strings.Join(known, ", "))
	}
	return e
}

// prepare checks and converts everything that a run was given.
func (m *Module) prepare(r *Run, o *bridge.Options) error {
	man, e := m.Manifest(), m.engine
	o.ID, o.Trace, o.Clock, o.Random, o.World = r.ID, r.Trace, e.cfg.Clock, e.cfg.Random, r.World
	o.Fetcher, o.Journal, o.Files, o.Tables, o.Host, o.External, o.Hosts = r.HTTP, r.Journal, r.Files, r.Tables, r.Host, r.External, man.Hosts
	o.Processors, o.Budgets, o.TenantName = e.procs, &e.budgets, r.Tenant
	info, at := man.Flow(r.Flow)
	if info == nil {
		var known []string
		for i, f := range man.Flows {
			if m.entry.program.Exports(i) && f.Type != flow.FlowHelper {
				known = append(known, f.Key)
			}
		}
		return noFlow(r.Flow, known)
	}
	if !m.entry.program.Exports(at) || info.Type == flow.FlowHelper && !r.Helper {
		return flow.Errorf(flow.CodeRunFlow, "flow %s cannot be run from outside", flow.Excerpt(r.Flow))
	}
	o.Flow = at
	o.Limits = e.limits
	if r.Limits != (Limits{}) {
		limits, err := r.Limits.within(&e.cfg.Limits)
		if err != nil {
			return err
		}
		o.Limits = limits.bridge()
	}
	if o.Fetcher == nil {
		o.Fetcher = e.cfg.HTTP
	}
	o.Hosts = hosts(m.entry.given.hosts, r)
	if o.ID == "" {
		random := e.cfg.Random
		if r.World != nil {
			random = r.World.Random("")
		}
		var err error
		if o.ID, err = newID(random); err != nil {
			return err
		}
	}
	var p problems
	g := m.entry.given
	o.Secrets = p.secrets(man.Secrets[:g.secrets], r.Secrets)
	o.Config = p.config(man.Config[:g.config], r.Config)
	if len(man.Auths) > 0 || r.Connection != nil {
		p.connection(o, man, g, r.Connection)
	}
	if len(r.Slots) > 0 {
		p.slots(o, man, r)
	}
	o.Args = p.inputs(info.In, r.Input)
	if len(info.Options) > 0 || len(r.Options) > 0 {
		o.Args = append(o.Args, p.options(info.Options, r.Options)...)
	}
	if info.Selects {
		o.Args = append(o.Args, p.selected(info, r.Selected))
	}
	return p.err()
}

func newID(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", flow.Errorf(flow.CodeInternal, "the source of randomness failed: %v", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// problems collects what is wrong with the values that a run was given.
type problems struct {
	code flow.Code // of the first
	list []string
}

func (p *problems) add(code flow.Code, what string) {
	if p.code == "" {
		p.code = code
	}
	p.list = append(p.list, what)
}

// err returns all problems as one error with the code of the first.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	return flow.Errorf(p.code, "%s", strings.Join(p.list, "; "))
}

// inputs returns the flow's arguments in order.
func (p *problems) inputs(fields []flow.FieldInfo, in flow.Value) []flow.Value {
	if !in.IsNull() && in.Kind() != flow.KindObject {
		p.add(flow.CodeInputInvalid, "the input is a "+in.Kind().String()+", not an object")
		return nil
	}
	o := in.Object()
	used := 0
	args := make([]flow.Value, len(fields))
	for i := range fields {
		v, given := o.Get(fields[i].Key)
		if given {
			used++
		}
		args[i] = p.field("input", &fields[i], v)
	}
	if used < o.Len() {
		for k := range o.All() {
			if !slices.ContainsFunc(fields, func(f flow.FieldInfo) bool { return f.Key == k }) {
				p.add(flow.CodeInputInvalid, "there is no input "+flow.Excerpt(k))
			}
		}
	}
	return args
}

// config returns the config values in the manifest's order.
func (p *problems) config(fields []flow.FieldInfo, given map[string]flow.Value) []flow.Value {
	if len(fields) == 0 && len(given) == 0 {
		return nil
	}
	vals := make([]flow.Value, len(fields))
	for i := range fields {
		vals[i] = p.field("config value", &fields[i], given[fields[i].Key])
	}
	for _, k := range unknown(given, func(k string) bool {
		return slices.ContainsFunc(fields, func(f flow.FieldInfo) bool { return f.Key == k })
	}) {
		p.add(flow.CodeInputInvalid, "there is no config value "+flow.Excerpt(k))
	}
	return vals
}

// secrets returns the secrets in the manifest's order.
func (p *problems) secrets(infos []flow.SecretInfo, given map[string]flow.Value) []flow.Value {
	if len(infos) == 0 && len(given) == 0 {
		return nil
	}
	vals := make([]flow.Value, len(infos))
	for i, s := range infos {
		v, ok := given[s.Key]
		switch {
		case !ok:
			p.add(flow.CodeInputMissing, "secret "+flow.Excerpt(s.Key)+" is missing")
		case v.Kind() != flow.KindSecret:
			p.add(flow.CodeInputInvalid, "secret "+flow.Excerpt(s.Key)+" is a plain "+v.Kind().String())
		default:
			vals[i] = v
		}
	}
	for _, k := range unknown(given, func(k string) bool {
		return slices.ContainsFunc(infos, func(s flow.SecretInfo) bool { return s.Key == k })
	}) {
		p.add(flow.CodeInputInvalid, "there is no secret "+flow.Excerpt(k))
	}
	return vals
}

// unknown returns the keys of given that known does not know, sorted.
func unknown(given map[string]flow.Value, known func(string) bool) []string {
	var out []string
	for k := range given {
		if !known(k) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// field converts one value to its declared type. Nothing, or null, is the
// default; without one it is a problem where the field is required, and null
// elsewhere.
func (p *problems) field(what string, f *flow.FieldInfo, v flow.Value) flow.Value {
	if v.IsNull() {
		switch {
		case f.Default != nil:
			v = *f.Default
		case f.Required:
			p.add(flow.CodeInputMissing, what+" "+flow.Excerpt(f.Key)+" is missing")
			return v
		default:
			return v
		}
	}
	if v.HasSecret() {
		p.add(flow.CodeSecretFlow, what+" "+flow.Excerpt(f.Key)+" holds a secret")
		return v
	}
	c, err := flow.Convert(v, f.Type)
	if err != nil {
		p.add(flow.CodeInputInvalid, what+" "+flow.Excerpt(f.Key)+": "+flow.AsError(err).Msg)
	}
	return c
}
