package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// hostConnector has a flow that starts another, answers, pauses and exports.
func hostConnector(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "connector.yaml"), "key: demo\nname: Demo\nversion: 1.0.0\n")
	write(t, filepath.Join(dir, "flows", "ask.yaml"), `outputs: {answer: text}
steps:
  - start: note
    with: {text: begun}
  - card: http.close
    with: {Response: {statusCode: 200, body: {working: true}}}
  - name: asked
    pause: {question: approve?}
    outputs: {answer: text}
  - return: {answer: "${asked.answer}"}
`)
	write(t, filepath.Join(dir, "flows", "note.yaml"), `type: helper
inputs: {text: text}
outputs: {noted: text}
steps:
  - return_error_if: {a: "${input.text}", is: ==, b: fail}
    error: {message: failed}
  - return: {noted: "${input.text}"}
`)
	write(t, filepath.Join(dir, "flows", "export.yaml"), `outputs: {name: text}
steps:
  - name: one
    card: export.flow
    with: {flo: note}
  - name: all
    card: export.folder
    with: {group: all}
  - start: note
    with: {text: fail}
  - return: {name: "${one.file.name} ${all.file.name}"}
`)
	return dir
}

// TestRunPauses: a run pauses, tells what it was asked, and goes on with its
// journal and an answer; what it did before is not done again.
func TestRunPauses(t *testing.T) {
	dir := hostConnector(t)
	journal := filepath.Join(t.TempDir(), "j")
	o := weir(t, "", "run", dir, "ask", "--journal", journal, "--json")
	var v struct {
		Error   errorView
		Paused  replyView
		Reply   replyView
		Started []struct{ Flow string }
	}
	if err := json.Unmarshal([]byte(o.out), &v); err != nil || o.code != exitFailed {
		t.Fatalf("exit %d: %s%s", o.code, o.out, o.err)
	}
	if v.Error.Code != "run.paused" || v.Paused.Values.String() != `{"question":"approve?"}` || v.Reply.Status != 200 ||
		len(v.Started) != 1 || v.Started[0].Flow != "note" {
		t.Errorf("printed %s", o.out)
	}
	out := done(t, "run", dir, "ask", "--journal", journal, "--resume", `{"answer": "yes"}`, "--json")
	if !strings.Contains(out, `"answer": "yes"`) || strings.Contains(out, "started") || strings.Contains(out, "reply") {
		t.Errorf("resumed: %s", out)
	}
	if o := weir(t, "", "run", dir, "ask", "--resume", "{}"); o.code != exitUsage {
		t.Errorf("--resume without a journal: exit %d", o.code)
	}
}

// TestRunStarts: flows that are started run behind the main one; their failures
// are told and change nothing.
func TestRunStarts(t *testing.T) {
	dir := hostConnector(t)
	o := weir(t, "", "run", dir, "export")
	if o.code != exitDone || !strings.Contains(o.out, `"name": "note.flow connector.folder"`) || !strings.Contains(o.err, "started note") || !strings.Contains(o.err, "failed") {
		t.Errorf("exit %d: %s%s", o.code, o.out, o.err)
	}
	wasm := filepath.Join(t.TempDir(), "x.wasm")
	done(t, "build", dir, "-o", wasm)
	if o := weir(t, "", "run", wasm, "export"); o.code != exitFailed || !strings.Contains(o.err, "card.unbound") {
		t.Errorf("a module cannot export: exit %d, %s", o.code, o.err)
	}
}
