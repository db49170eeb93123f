package suite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/weirflow/weir/blobs"
	"github.com/weirflow/weir/connections"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/egress"
	"github.com/weirflow/weir/tables"
	"github.com/weirflow/weir/tape"
)

// Clock is what the time is in every test that has no tape.
var Clock = time.Date(2001, 2, 3, 4, 5, 6, 789e6, time.UTC)

// Runner runs tests of one connector, one at a time.
type Runner struct {
	engine *engine.Engine
	module *engine.Module
	trace  bool

	store    *tables.Store // nil until a test needs it
	storeDir string
	tenants  int
}

// Config configures NewRunner.
type Config struct {
	// Registry has the cards that the connector uses.
	Registry *flow.Registry
	// Trace asks for the trace of every run. Default: false
	Trace bool
}

// maxTrace bounds the trace of one test: 256 MiB is a loop of 100,000 turns of
// ten steps. Limits of the run itself stay what they are.
const maxTrace = 256 << 20

// NewRunner loads a compiled connector. Its errors are those of loading.
func NewRunner(ctx context.Context, wasm []byte, cfg Config) (*Runner, error) {
	r := &Runner{trace: cfg.Trace}
	var err error
	if r.engine, err = engine.New(ctx, engine.Config{Registry: cfg.Registry, Limits: engine.Limits{Trace: maxTrace}}); err != nil {
		return nil, err
	}
	if r.module, err = r.engine.Load(ctx, wasm); err != nil {
		return nil, errors.Join(err, r.Close(ctx))
	}
	return r, nil
}

// Manifest describes the connector.
func (r *Runner) Manifest() *flow.Manifest { return r.module.Manifest() }

// Close frees the engine and removes what tests have left.
func (r *Runner) Close(ctx context.Context) error {
	err := r.engine.Close(ctx)
	if r.store != nil {
		err = errors.Join(err, r.store.Close())
	}
	if r.storeDir != "" {
		err = errors.Join(err, os.RemoveAll(r.storeDir))
	}
	return err
}

// Result is what a test came to.
type Result struct {
	// Failures say how what happened differs from what the test expects: none when
	// it passes. They may have several lines and never hold the text of a secret.
	Failures []string
	// Trace is that of the run, where the runner traces.
	Trace []engine.TraceStep
}

// Run runs a test.
func (r *Runner) Run(ctx context.Context, t *Test) Result {
	client := egress.New(egress.Config{Allow: t.Given.Allow})
	defer client.Close()
	player := tape.NewPlayer(t.tape, client.Resolve)
	run := engine.Run{
		ID: t.tape.Run, Flow: t.Given.Flow, Options: t.Given.Options, Selected: t.Given.Selected, Helper: true,
		Config: maps.Collect(t.Given.Config.Object().All()), Secrets: r.secrets(t), AllowHosts: t.Given.Allow,
		HTTP: player, World: player, External: player.External(), Trace: r.trace,
		// Requests that may be made at the same time would take each other's answers.
		Limits: engine.Limits{Concurrency: 1},
	}
	hidden := slices.Collect(maps.Values(run.Secrets))
	run.Slots = t.connections()
	for _, c := range run.Slots {
		for _, a := range c.Attach {
			hidden = append(hidden, a.Value)
		}
	}
	if t.stub != nil {
		var err error
		run.Connection, err = connections.Stub(r.Manifest(), t.stub.auth.Key, t.stub.values, t.stub.hosts, t.Given.Allow)
		if err != nil {
			return Result{Failures: []string{fmt.Sprintf("the connection of the test cannot be made: %v", err)}}
		}
		hidden = slices.AppendSeq(hidden, maps.Values(run.Connection.Values))
		for _, a := range run.Connection.Attach {
			hidden = append(hidden, a.Value)
		}
	}
	res, failures := r.run(ctx, t, &run, player)
	hide := flow.NewMarkingRedactor(flow.Masked, hidden...)
	for i := range failures {
		failures[i] = hide.Text(failures[i])
	}
	return Result{failures, res.Trace}
}

// run gives the run its files and tables, and compares what comes of it.
func (r *Runner) run(ctx context.Context, t *Test, run *engine.Run, player *tape.Player) (engine.Result, []string) {
	store := blobs.New(blobs.Config{Clock: func() time.Time { return t.tape.Start }})
	defer store.Close()
	run.Files = store
	var err error
	if run.Input, err = t.input(ctx, store); err != nil {
		return engine.Result{}, []string{fmt.Sprintf("the files of the test cannot be made: %v", err)}
	}
	if err := r.tables(ctx, t, run); err != nil {
		return engine.Result{}, []string{fmt.Sprintf("the tables of the test cannot be made: %v", err)}
	}
	h := &host{resume: t.resume}
	run.Host = h
	res, runErr := r.module.Run(ctx, *run)
	failures, traces := r.runStarted(ctx, h, run, player)
	res.Trace = append(res.Trace, traces...)
	if !player.Unexpected() { // else the run was ended, and its outcome is no news
		failures = slices.Concat(t.want.differences(&res, runErr), h.differences(t.reply), failures)
	}
	return res, append(failures, player.Faults()...)
}

// secrets binds the secrets of a test to the hosts that the connector names, and
// to those that the test allows.
func (r *Runner) secrets(t *Test) map[string]flow.Value {
	out := map[string]flow.Value{}
	for _, s := range r.Manifest().Secrets {
		if text, ok := t.secrets[s.Key]; ok {
			out[s.Key] = flow.NewSecret(s.Key, text, slices.Concat(s.Hosts, t.Given.Allow)...)
		}
	}
	return out
}

// input returns the inputs of a test, its files among them.
func (t *Test) input(ctx context.Context, store flow.Blobs) (flow.Value, error) {
	if len(t.files) == 0 {
		return t.Given.Input, nil
	}
	var b flow.ObjectBuilder
	for k, v := range t.Given.Input.Object().All() {
		b.Set(k, v)
	}
	for _, f := range t.files {
		file, err := store.Create(ctx, f.meta, bytes.NewReader(f.data))
		if err != nil {
			return flow.Null(), err
		}
		b.Set(f.input, flow.FileOf(file))
	}
	return b.Value(), nil
}

// tables gives the run the connector's tables with the rows of the test. Each
// test is a tenant of its own in one file, which is made when first needed.
func (r *Runner) tables(ctx context.Context, t *Test, run *engine.Run) error {
	m := r.Manifest()
	if len(m.Tables) == 0 {
		return nil
	}
	if r.store == nil {
		dir, err := os.MkdirTemp("", "weir-test-")
		if err != nil {
			return err
		}
		r.storeDir = dir
		if r.store, err = tables.Open(filepath.Join(dir, "tables.db")); err != nil {
			return err
		}
	}
	r.tenants++
	tenant := strconv.Itoa(r.tenants)
	for _, def := range m.Tables {
		if err := r.store.Define(ctx, tenant, m.Key, def); err != nil {
			return err
		}
	}
	run.Tables = r.store.For(tenant, m.Key)
	for _, table := range t.tables {
		for i, row := range table.rows {
			if err := r.fill(ctx, run.Tables, table.table, i, row, t.tape.Start); err != nil {
				return err
			}
		}
	}
	return nil
}

// fill adds a row, whose id is its number where the test gives none.
func (r *Runner) fill(ctx context.Context, to flow.Tables, table string, i int, row flow.Value, at time.Time) error {
	m := r.Manifest()
	def := m.Tables[slices.IndexFunc(m.Tables, func(d flow.Table) bool { return d.Name == table })]
	id := strconv.Itoa(i + 1)
	var cells flow.ObjectBuilder
	for k, v := range row.Object().All() {
		if k == flow.ColumnRowID {
			id = v.String()
			continue
		}
		column := slices.IndexFunc(def.Columns, func(d flow.Column) bool { return d.Name == k })
		cell, err := flow.Convert(v, def.Columns[column].Type) // as it was checked
		if err != nil {
			return err
		}
		cells.Set(k, cell)
	}
	return to.Create(ctx, table, flow.DateOf(at), flow.NewRow{ID: id, Fields: cells.Value().Object()})
}

// differences compares what came of a run with what was expected.
func (w *outcome) differences(res *engine.Result, err error) []string {
	if err != nil {
		e := flow.AsError(err)
		if w.error != nil {
			return w.error.differences(e)
		}
		out := []string{fmt.Sprintf("the run failed: %v", e)}
		if e.Fix != "" {
			out = append(out, "fix: "+e.Fix)
		}
		return out
	}
	switch {
	case w.ends:
		return nil
	case w.error != nil:
		return []string{fmt.Sprintf("want the error %s, but the run %s", w.error.code, ending(res))}
	case w.stopped:
		if !res.Stopped {
			return []string{"want the run to stop, but it " + ending(res)}
		}
		return nil
	case res.Stopped:
		return []string{"want outputs, but the run " + ending(res)}
	}
	return tape.Compare("output", *w.output, flow.Plain(res.Outputs))
}

func ending(res *engine.Result) string {
	switch {
	case !res.Stopped:
		return "returned " + tape.Show(flow.Plain(res.Outputs))
	case res.Message.IsNull():
		return "stopped"
	}
	return "stopped: " + flow.Printable(res.Message.String())
}

func (w *wantError) differences(e *flow.Error) []string {
	var out []string
	if e.Code != w.code {
		out = append(out, fmt.Sprintf("error.code: want %s, got %v", flow.Printable(string(w.code)), e))
	}
	if w.message != nil && *w.message != e.Msg {
		out = append(out, tape.Compare("error.message", flow.Text(*w.message), flow.Text(e.Msg))...)
	}
	if status := status(e); w.status != nil && *w.status != status {
		out = append(out, fmt.Sprintf("error.statusCode: want %d, got %d", *w.status, status))
	}
	return out
}

// status is the status of an error as flows see it.
func status(e *flow.Error) int {
	if e.Status == 0 {
		return 500
	}
	return e.Status
}

func sortedNames(tapes Tapes) []string { return slices.Sorted(maps.Keys(tapes)) }
