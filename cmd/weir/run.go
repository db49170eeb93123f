package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
)

// runFlags are the flags of weir run.
type runFlags struct {
	input      string
	secrets    []string
	config     []string
	options    []string
	selected   string
	allowHosts []string
	limits     []string
	journal    string
	record     string
	resume     string
	runID      string
	trace      bool
	usage      bool
	cache      string
	connection string
	slots      []string
	vault      vaultFlags
	store      storeFlags
}

func (a *app) runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run PATH|FILE.wasm|FILE.weir FLOW",
		Short: "Run a flow and print its outputs as JSON",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runFlow(cmd, args[0], args[1], f)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.input, "input", "{}", "inputs: a JSON object, @FILE or - for standard input")
	fl.StringArrayVar(&f.secrets, "secret", nil, "NAME=@FILE gives a secret; it may be sent to the hosts the connector binds it to and to --allow-host")
	fl.StringArrayVar(&f.config, "set", nil, "NAME=VALUE gives a config value (text, or JSON for other types)")
	fl.StringArrayVar(&f.options, "option", nil, "NAME=VALUE chooses an option of the card")
	fl.StringVar(&f.selected, "selected", "", "JSON object of the selected outputs: {GROUP: {FIELD: {type, collection}}} (default: all)")
	fl.StringArrayVar(&f.allowHosts, "allow-host", nil, "HOST[:PORT] may be reached too, over plain HTTP and on private addresses")
	fl.StringArrayVar(&f.limits, "limit", nil, "fuel=N,wall=10s,memory=64MiB,… lowers limits; see docs/LIMITS.md")
	fl.StringVar(&f.journal, "journal", "", "file that records calls which read or change the world; a run that is started again with it resumes")
	fl.StringVar(&f.record, "record", "", "file (.tape.yaml or .tape.json) that requests and answers are recorded in, without secrets; tests replay it")
	fl.StringVar(&f.resume, "resume", "", "JSON that a paused run is resumed with; needs the --journal of the run")
	fl.StringVar(&f.runID, "run-id", "", "identity of the run in the journal and in idempotency keys (default: random, or the journal's)")
	fl.BoolVar(&f.trace, "trace", false, "print every step on stderr")
	fl.BoolVar(&f.usage, "usage", false, "print what the run used on stderr")
	fl.StringVar(&f.cache, "cache", "", "directory for compiled code (default: none)")
	fl.StringVar(&f.connection, "connection", "", "NAME or id of the connection that flows use (see weir connect)")
	fl.StringArrayVar(&f.slots, "slot", nil, "SLOT=NAME fills a connection of connector.yaml that HTTP steps use with the one of this NAME or id")
	f.vault.register(cmd)
	f.store.register(cmd)
	a.takesBundles(cmd)
	return cmd
}

// runResult is what --json prints.
type runResult struct {
	Outputs flow.Value         `json:"outputs"`
	Stopped bool               `json:"stopped,omitempty"`
	Message *flow.Value        `json:"message,omitempty"`
	Error   *errorView         `json:"error,omitempty"`
	Reply   *replyView         `json:"reply,omitempty"`
	Paused  *replyView         `json:"paused,omitempty"`
	Started []startedView      `json:"started,omitempty"`
	Usage   engine.Usage       `json:"usage"`
	Trace   []engine.TraceStep `json:"trace,omitempty"`
}

func (a *app) runFlow(cmd *cobra.Command, path, key string, f runFlags) error {
	ctx := cmd.Context()
	run := engine.Run{ID: f.runID, Flow: key, Trace: f.trace, AllowHosts: f.allowHosts}
	var err error
	if run.Input, err = a.readInput(f.input); err != nil {
		return err
	}
	if run.Limits, err = parseLimits(f.limits); err != nil {
		return err
	}
	if run.Options, err = pairs("--option", f.options); err != nil {
		return err
	}
	if f.selected != "" {
		if run.Selected, err = flow.ParseJSON([]byte(f.selected), flow.JSONLimits{}); err != nil {
			return usagef("--selected: %v", err)
		}
	}
	if err := checkRecord(f); err != nil {
		return err
	}
	host := &runHost{}
	if f.resume != "" {
		if f.journal == "" {
			return usagef("--resume needs --journal: the run goes on where its journal ends")
		}
		v, err := flow.ParseJSON([]byte(f.resume), flow.JSONLimits{})
		if err != nil {
			return usagef("--resume: %v", err)
		}
		host.answer = &v
	}
	run.Host = host
	l, err := a.load(ctx, path, f.allowHosts, f.cache)
	if err != nil {
		return err
	}
	defer l.close(ctx)
	mod := l.module
	if l.build.module == nil {
		if host.source, err = read(path); err != nil {
			return err
		}
	}
	if err := bindRun(&run, mod.Manifest(), f); err != nil {
		return err
	}
	if f.connection != "" {
		f.vault.tenant = f.store.tenant
		if run.Connection, err = a.openConnection(ctx, f.vault, l, f.connection); err != nil {
			return err
		}
	}
	if len(f.slots) > 0 {
		f.vault.tenant = f.store.tenant
		if run.Slots, err = a.openSlots(ctx, f.vault, l, f.slots); err != nil {
			return err
		}
	}
	var rec *recording
	if f.record != "" {
		rec = startRecording(f.record, &run, l.client)
	}
	if f.journal != "" {
		if run.ID == "" {
			// The file names the run, so that the same command line resumes it.
			run.ID = "file:" + filepath.Base(f.journal)
		}
		j, err := engine.OpenFileJournal(f.journal, run.ID, mod.Digest())
		if err != nil {
			return err
		}
		defer j.Close()
		run.Journal = j
	}
	closeStores, err := f.store.open(ctx, &run, mod.Manifest())
	if err != nil {
		return err
	}
	res, runErr := mod.Run(ctx, run)
	started := host.runStarted(ctx, mod, run)
	err = a.printRun(res, runErr, f, host, started)
	if rec != nil {
		n, failed := rec.save(&run, res, runErr)
		if failed == nil {
			a.recorded(f.record, n, run.Input)
		}
		err = errors.Join(err, failed)
	}
	if runErr == nil {
		err = errors.Join(err, f.store.keepFiles(ctx, run.Files, res.Outputs))
	}
	return errors.Join(err, closeStores())
}

// printRun prints the outputs on stdout, alone, and everything else on stderr.
// With --json the whole result is one object on stdout; an error stands in it
// and on stderr.
func (a *app) printRun(res engine.Result, runErr error, f runFlags, host *runHost, started []startedView) error {
	if a.json {
		out := runResult{Paused: viewOf(host.paused), Started: started, Outputs: res.Outputs, Stopped: res.Stopped, Usage: res.Usage, Trace: res.Trace}
		if res.Stopped {
			out.Message = &res.Message
		}
		if len(host.replies) > 0 {
			out.Reply = viewOf(&host.replies[0])
		}
		if runErr != nil {
			view := errorJSON(runErr)
			out.Error = &view
		}
		if err := a.printJSON(a.out, out); err != nil {
			return err
		}
		return runErr
	}
	if f.trace {
		a.printTrace(res.Trace)
	}
	if f.usage {
		a.printUsage(res.Usage)
	}
	if err := a.tell(host, started); err != nil {
		return err
	}
	switch {
	case runErr != nil:
		return runErr
	case !res.Stopped:
		return a.printJSON(a.out, res.Outputs)
	case res.Message.IsNull():
		fmt.Fprintln(a.err, "stopped")
	default:
		fmt.Fprintln(a.err, "stopped:", flow.Printable(res.Message.String()))
	}
	return nil
}
