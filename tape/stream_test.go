package tape_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/weirflow/weir/blobs"
	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/egress"
	"github.com/weirflow/weir/internal/canary"
	"github.com/weirflow/weir/tape"
)

// streams is a connector that sends a file and fetches one.
func streams(t *testing.T) *engine.Module {
	t.Helper()
	return load(t, []compiler.File{
		{Name: "connector.yaml", Data: []byte("key: streams\nname: Streams\nversion: 1.0.0\nhosts: [api.example.com]\nconfig: {base: text}\nsecrets: {api_key: {}, user: {}}\n")},
		{Name: "flows/copy.yaml", Data: []byte(`
inputs: {file: file, down: text}
outputs: {got: any, size: any}
steps:
  - name: up
    card: file.largeMultipartUpload
    with: {File: {File Content: "${input.file}"}, Http: {URL: "${config.base}/up", Method: POST}, Data: {key: "${secret.api_key}", folder: in}}
  - name: down
    card: file.largeDownload
    with: {Location: {URL: "${config.base}/${input.down}"}}
  - return: {got: "${up.Body}", size: "${down.File.Size}"}
`)},
	})
}

// fileServer takes forms and gives files. At /early it answers before it has
// read what is sent.
func fileServer(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", "Thu, 01 Jan 2026 00:00:00 GMT")
		switch r.URL.Path {
		case "/up":
			form, err := r.MultipartReader()
			if err != nil {
				t.Errorf("no form: %v", err)
				return
			}
			var seen []string
			for {
				part, err := form.NextPart()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Errorf("the form: %v", err)
					return
				}
				seen = append(seen, part.FormName()+length(t, part))
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"parts": "`+strings.Join(seen, " ")+`"}`)
		case "/text":
			_, _ = io.WriteString(w, "a file with "+apiKey+" in it")
		case "/binary":
			_, _ = w.Write([]byte{0, 1, 2, 0xff})
		case "/large":
			_, _ = w.Write(bytes.Repeat([]byte("x"), tape.MaxBody+1))
		}
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func length(t *testing.T, part *multipart.Part) string {
	t.Helper()
	n, err := io.Copy(io.Discard, part)
	if err != nil {
		t.Errorf("a part: %v", err)
	}
	return "=" + flow.FormatNumber(float64(n))
}

// TestStreams: bodies that are streamed, in either direction, are recorded and
// replayed; a file that is too long to be kept is known by its digest; an answer
// that is too long is tape.limit.
func TestStreams(t *testing.T) {
	mod := streams(t)
	host := fileServer(t)
	client := egress.New(egress.Config{Allow: []string{host}})
	defer client.Close()
	config := map[string]flow.Value{"base": flow.Text("http://" + host)}
	run := func(content []byte, down string, fetch flow.Fetcher, world flow.World, secrets map[string]flow.Value) (engine.Result, error) {
		t.Helper()
		store := blobs.New(blobs.Config{})
		defer store.Close()
		file, err := store.Create(t.Context(), flow.FileMeta{Name: "a.txt", ContentType: "text/plain"}, bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		return mod.Run(t.Context(), engine.Run{
			ID: "run-1", Flow: "copy", Input: flow.Members("file", flow.FileOf(file), "down", flow.Text(down)), Config: config, Files: store,
			Secrets: secrets, AllowHosts: []string{host}, HTTP: fetch, World: world,
		})
	}
	large := bytes.Repeat([]byte("0123456789abcdef"), tape.MaxBody/16+1)
	for _, c := range []struct {
		name    string
		content []byte
		down    string
		want    string // stands on the tape
		code    flow.Code
	}{
		{"text", []byte("hello"), "text", "a file with [secret api_key] in it", ""},
		{"binary", []byte{0, 0xfe, 1}, "binary", "base64: AAEC/w==", ""},
		{"a large file", large, "text", "sha256: ", ""},
		{"a large answer", []byte("hello"), "large", "", flow.CodeTapeLimit},
	} {
		t.Run(c.name, func(t *testing.T) {
			secrets := secretsFor(host)
			rec := tape.NewRecorder(client, fixed(client.Resolve))
			res, err := run(c.content, c.down, rec, rec, secrets)
			if err != nil {
				t.Fatal(err)
			}
			tp, err := rec.Tape("run-1", tape.Given{Flow: "copy", Allow: []string{host}}, tape.Result{Output: res.Outputs}, secrets["api_key"], secrets["user"])
			if flow.CodeOf(err) != c.code {
				t.Fatalf("recording gives %v", err)
			}
			if err != nil {
				return
			}
			text := written(tp)
			canary.Check(t, "the tape", []byte(text), apiKey, user)
			if !strings.Contains(text, c.want) || !strings.Contains(text, "[secret api_key]") && c.name == "text" {
				t.Errorf("the tape is\n%s", text)
			}
			again, err := tape.ReadJSON("x.json", []byte(tp.Value().String()))
			if err != nil {
				t.Fatal(err)
			}
			player := tape.NewPlayer(again, nil)
			got, err := run(c.content, c.down, player, player, map[string]flow.Value{"api_key": flow.NewSecret("api_key", "xx"), "user": flow.NewSecret("user", "xx")})
			if err != nil || len(player.Faults()) > 0 {
				t.Fatalf("the replay: %v\n%s", err, strings.Join(player.Faults(), "\n"))
			}
			// The masked secret in the downloaded text is longer than the secret.
			if c.down != "text" && got.Outputs.String() != res.Outputs.String() {
				t.Errorf("the replay gives %s, want %s", got.Outputs, res.Outputs)
			}
			changed := append([]byte("?"), c.content[1:]...)
			player = tape.NewPlayer(again, nil)
			_, err = run(changed, c.down, player, player, map[string]flow.Value{"api_key": flow.NewSecret("api_key", "xx"), "user": flow.NewSecret("user", "xx")})
			if flow.CodeOf(err) != flow.CodeTapeMismatch || !strings.Contains(strings.Join(player.Faults(), "\n"), "\n  body: ") {
				t.Errorf("another file: %v, %q", err, player.Faults())
			}
		})
	}
}
