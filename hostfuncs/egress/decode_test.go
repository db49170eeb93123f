package egress

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

func packed(t *testing.T, kind, text string) string {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch kind {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zlib":
		w = zlib.NewWriter(&b)
	case "flate":
		w, _ = flate.NewWriter(&b, flate.BestCompression)
	}
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

func TestContentEncoding(t *testing.T) {
	const limit = 256 << 10
	zeros := strings.Repeat("\x00", 16<<20)
	hello := packed(t, "gzip", "hello")
	noise := make([]byte, 60<<10)
	for i := range noise {
		noise[i] = byte(i * i * 31 >> 3)
	}
	emptyBlocks := strings.Repeat("\x00\x00\x00\xff\xff", 200_000)
	for _, c := range []struct {
		name, encoding, body string
		want                 flow.Code
		text                 string
	}{
		{"none", "", "hello", "", "hello"},
		{"identity", "identity", "hello", "", "hello"},
		{"gzip", "gzip", hello, "", "hello"},
		{"x-gzip", "X-GZIP", hello, "", "hello"},
		{"gzip of nothing", "gzip", packed(t, "gzip", ""), "", ""},
		{"gzip said, no body", "gzip", "", "", ""},
		{"two members", "gzip", hello + hello, "", "hellohello"},
		{"deflate", "deflate", packed(t, "zlib", "hello"), "", "hello"},
		{"deflate without zlib", "deflate", packed(t, "flate", "hello"), "", "hello"},
		{"exactly the limit", "gzip", packed(t, "gzip", zeros[:limit]), "", zeros[:limit]},
		{"noise", "gzip", packed(t, "gzip", string(noise)), "", string(noise)},

		{"one byte over", "gzip", packed(t, "gzip", zeros[:limit+1]), flow.CodeLimitHTTPBytes, ""},
		{"one byte over, plain", "", zeros[:limit+1], flow.CodeLimitHTTPBytes, ""},
		{"bomb", "gzip", packed(t, "gzip", zeros), flow.CodeLimitHTTPBytes, ""},
		{"bomb in deflate", "deflate", packed(t, "zlib", zeros), flow.CodeLimitHTTPBytes, ""},
		{"bomb in two members", "gzip", packed(t, "gzip", zeros[:limit]) + packed(t, "gzip", "x"), flow.CodeLimitHTTPBytes, ""},
		{"empty blocks", "deflate", emptyBlocks, flow.CodeLimitHTTPBytes, ""},
		{"many members", "gzip", strings.Repeat(hello, maxMembers+1), flow.CodeHTTPBody, ""},
		{"truncated", "gzip", hello[:len(hello)-4], flow.CodeHTTPBody, ""},
		{"wrong checksum", "gzip", hello[:len(hello)-8] + "\x00\x00\x00\x00\x05\x00\x00\x00", flow.CodeHTTPBody, ""},
		{"not gzip", "gzip", "hello", flow.CodeHTTPBody, ""},
		{"not deflate", "deflate", "\xff\xff\xff", flow.CodeHTTPBody, ""},
		{"wrong zlib header", "deflate", "\x78\xbb\x00", flow.CodeHTTPBody, ""},
		{"data behind gzip", "gzip", hello + "tail", flow.CodeHTTPBody, ""},
		{"data behind deflate", "deflate", packed(t, "zlib", "hello") + "tail", flow.CodeHTTPBody, ""},
		{"two layers", "gzip, gzip", packed(t, "gzip", hello), flow.CodeHTTPBody, ""},
		{"br", "br", "x", flow.CodeHTTPBody, ""},
		{"zstd", "zstd", "x", flow.CodeHTTPBody, ""},
		{"unknown", "pack200-gzip", "x", flow.CodeHTTPBody, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := raw(t, func(conn net.Conn, head string) {
				if !strings.Contains(head, "\r\nAccept-Encoding: gzip\r\n") {
					t.Errorf("head %q does not ask for gzip", head)
				}
				coding := ""
				if c.encoding != "" {
					coding = "Content-Encoding: " + c.encoding + "\r\n"
				}
				_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s", len(c.body), coding, c.body)
			})
			req := get("http://" + address + "/")
			req.Headers = []flow.Pair{{Name: "Accept-Encoding", Value: flow.Text("br")}}
			res, err := client(t, Config{MaxBody: limit}, address).Fetch(t.Context(), req)
			wantCode(t, c.name, err, c.want)
			if err == nil && string(res.Body) != c.text {
				t.Errorf("body of %d bytes, want %d", len(res.Body), len(c.text))
			}
		})
	}
}

// TestBytes counts headers and the larger of what came and what it became.
func TestBytes(t *testing.T) {
	text := strings.Repeat("a", 5000)
	for _, c := range []struct {
		name, head, body string
		want             int64
	}{
		{"plain", "X: y\r\nContent-Length: 5000\r\n", text, 5000 + 6 + 22 + 0},
		{"packed", "Content-Encoding: gzip\r\n", packed(t, "gzip", text), 5000 + 24},
	} {
		address := raw(t, says("HTTP/1.1 200 OK\r\n"+c.head+"\r\n"+c.body))
		res, err := client(t, Config{}, address).Fetch(t.Context(), get("http://"+address+"/"))
		if err != nil || res.Bytes != c.want {
			t.Errorf("%s: %v bytes (%v), want %d", c.name, res, err, c.want)
		}
	}
}

// TestHead reads an answer that announces a body and has none.
func TestHead(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "123456789")
		w.Header().Set("Content-Encoding", "gzip")
	})
	req := get("http://" + address + "/")
	req.Method = "HEAD"
	res, err := client(t, Config{}, address).Fetch(t.Context(), req)
	if err != nil || res.Status != 200 || len(res.Body) != 0 {
		t.Errorf("HEAD: %v, %v", res, err)
	}
}
