package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/weirflow/weir/cmd/weir/internal/suite"
	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/egress"
	"github.com/weirflow/weir/tape"
)

// recording is a run that goes on a tape.
type recording struct {
	*tape.Recorder
	path string
}

// checkRecord refuses flags that do not go with a recording.
func checkRecord(f runFlags) error {
	switch {
	case f.record == "":
		return nil
	case !suite.IsTape(f.record):
		return usagef("--record takes a file whose name ends in .tape.yaml or .tape.json, not %q", f.record)
	case len(f.slots) > 0:
		return usagef("--record does not take --slot: a tape knows the connection of the run alone; write the test with http and slots instead of a tape")
	case f.journal != "":
		return usagef("give --record or --journal, not both: a run that is resumed does not make all of its requests")
	}
	return nil
}

// startRecording puts a recorder between the run and its client.
func startRecording(path string, run *engine.Run, client *egress.Client) *recording {
	if run.ID == "" {
		// Flows can read the identity, and keys are made from it: it is on the tape.
		var id [16]byte
		_, _ = rand.Read(id[:]) // never fails
		run.ID = hex.EncodeToString(id[:])
	}
	if run.Limits.Concurrency == 0 {
		// Turns of a loop that would not have run one after the other, because one
		// before them failed, would be on the tape by chance.
		run.Limits.Concurrency = 1
	}
	r := &recording{tape.NewRecorder(client, tape.Config{Resolve: client.Resolve}), path}
	run.HTTP, run.World = r, r
	if run.External != nil {
		run.External = r.External(run.External)
	}
	return r
}

// save writes the tape of the run, which came to res or to err.
func (r *recording) save(run *engine.Run, res engine.Result, err error) (requests int, failed error) {
	given := tape.Given{
		Flow: run.Flow, Input: withoutFiles(run.Input), Options: run.Options, Selected: run.Selected, Allow: run.AllowHosts,
		Config: objectOf(run.Config),
	}
	secrets := slices.Collect(maps.Values(run.Secrets))
	if c := run.Connection; c != nil {
		plain := map[string]flow.Value{}
		for k, v := range c.Values {
			if v.Kind() == flow.KindText {
				plain[k] = v
			}
		}
		given.Connection = &tape.Connection{Auth: c.Auth, Values: objectOf(plain), Hosts: c.Hosts}
		secrets = slices.AppendSeq(secrets, maps.Values(c.Values))
		for _, a := range c.Attach {
			secrets = append(secrets, a.Value)
		}
	}
	result := tape.Result{Output: res.Outputs, Stopped: res.Stopped}
	if err != nil {
		result.Error = flow.AsError(err)
	}
	t, failed := r.Tape(run.ID, given, result, secrets...)
	if failed != nil {
		return 0, failed
	}
	if err := os.MkdirAll(filepath.Dir(r.path), 0o777); err != nil { // a connector without tests has no folder for them
		return 0, flow.Errorf(flow.CodeSourceFile, "%v", err)
	}
	return len(t.HTTP), writeFile(r.path, compiler.PrintData(r.path, t.Value()))
}

// objectOf returns values as an object, by key.
func objectOf(values map[string]flow.Value) flow.Value {
	var b flow.ObjectBuilder
	for _, k := range slices.Sorted(maps.Keys(values)) {
		b.Set(k, values[k])
	}
	return b.Value()
}

// withoutFiles leaves out inputs that are files: tests give their content anew.
func withoutFiles(input flow.Value) flow.Value {
	var b flow.ObjectBuilder
	for k, v := range input.Object().All() {
		if len(filesIn(v, nil)) == 0 {
			b.Set(k, v)
		}
	}
	return b.Value()
}

// recorded tells people what is on the tape.
func (a *app) recorded(path string, requests int, input flow.Value) {
	if !a.json {
		noun := "requests"
		if requests == 1 {
			noun = "request"
		}
		fmt.Fprintf(a.err, "recorded %d %s in %s\n", requests, noun, flow.Printable(path))
		fmt.Fprintf(a.err, "a file in tests/ replays it: tape: %s\n", flow.Printable(filepath.Base(path)))
		if len(filesIn(input, nil)) > 0 {
			fmt.Fprintln(a.err, "files are not on the tape: the test gives them, in files")
		}
	}
}
