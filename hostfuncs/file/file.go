// Package file holds the cards that bring files into a run, describe them and
// send them out. Content goes from the network to the run's blob store and back
// as a stream: no card here ever holds a file in memory.
//
// download.go and upload.go have the cards, multipart.go the form that carries
// a file, name.go what an answer says about the file in it.
package file

import (
	"context"
	"mime"
	"strings"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/internal/exchange"
)

const (
	category = "File"
	since    = "0.1"
)

// Cards returns the cards of this family in catalogue order.
func Cards() []*flow.Card {
	return []*flow.Card{
		largeDownloadCard(), downloadCard(), uploadCard(), infoCard(), largeMultipartUploadCard(), largeUploadCard(),
	}
}

// spend charges for moving n bytes of content between network and store: one
// unit each. In and out over loopback, with the servers of the benchmark, take
// 2.3 ns per byte (BenchmarkTransfer), about half of that on this side.
func spend(c *flow.Call, n int64) error { return c.Spend(n) }

// failures are the errors that every card of this family that makes a request
// can give.
func failures(more ...flow.Code) []flow.Code {
	return append([]flow.Code{
		flow.CodeInputInvalid, flow.CodeTypeConversion, flow.CodeCardUnbound, flow.CodeSecretFlow, flow.CodeEgressDenied, flow.CodeEgressSecretHost, flow.CodeEgressRedirect,
		flow.CodeEgressDNS, flow.CodeHTTPConnect, flow.CodeHTTPTLS, flow.CodeHTTPTimeout, flow.CodeHTTPProtocol, flow.CodeHTTPUnknownOutcome, flow.CodeHTTPRate, flow.CodeConnectionSlot, flow.CodeHTTPStatus,
		flow.CodeHTTPBody, flow.CodeLimitHTTPBytes, flow.CodeLimitHTTPCalls, flow.CodeLimitFuel, flow.CodeLimitValue,
	}, more...)
}

// noteTime is shared by all cards that make a request.
func noteTime() flow.Note {
	return flow.Note{
		Topic:  "time-out of a transfer",
		Vendor: "30 s for the whole card",
		Choice: "the server must begin to answer within 30 s and must not stall; the transfer as a whole is bounded by the client's time for streams and by the run's",
		Why:    "a large file takes longer than 30 s on an ordinary line",
	}
}

// noteMembers is shared by the cards whose headers, query and form have no fixed
// members.
func noteMembers() flow.Note {
	return flow.Note{
		Topic:  "headers, query, form and body that authors name",
		Vendor: "each is a group of inputs or outputs that authors add",
		Choice: "each is one object with these as members",
		Why:    "an object can be built, passed on and read as a whole; importers make it of the group",
	}
}

// noteSFTP is shared by the two cards that name a protocol.
func noteSFTP() flow.Note {
	return flow.Note{
		Topic:  "the protocol SFTP",
		Vendor: "HTTP or SFTP; where the credentials of SFTP come from is not said",
		Choice: "SFTP is input.invalid",
		Why:    "the guarded client speaks HTTP only, and an SFTP login cannot be bound to a host like a secret",
	}
}

func filePort(group string) flow.Port {
	return flow.Port{
		Group: group, Key: "File Content", Label: "File Content", Type: flow.FileType, Required: true,
		Doc: "File of this run, as another card gave it.",
	}
}

func urlPort(group string, required bool) flow.Port {
	return flow.Port{
		Group: group, Key: "URL", Label: "URL", Type: flow.TextType, Required: required,
		Doc: "Absolute https address of the request, with its query if any. It cannot be a secret: put those into headers.",
	}
}

func headersPort(doc string) flow.Port {
	return flow.Port{
		Key: "Headers", Label: "Headers", Type: flow.ObjectType, Secret: flow.SecretSpend,
		Doc: "Headers of the request by name." + doc,
	}
}

func queryPort() flow.Port {
	return flow.Port{
		Key: "Query", Label: "Query", Type: flow.ObjectType, Secret: flow.SecretSpend,
		Doc: "Query of the request: members are encoded and appended to the URL.",
	}
}

func protocolPort(required bool, standard string) flow.Port {
	return flow.Port{
		Key: "Protocol", Label: "Protocol", Type: flow.TextType, Required: required, Default: standard, Choices: choices("HTTP", "SFTP"),
		Doc: "Protocol of the transfer. HTTP when none is given; SFTP is not supported.",
	}
}

func choices(names ...string) []flow.Choice {
	out := make([]flow.Choice, len(names))
	for i, n := range names {
		out[i] = flow.Choice{Value: n, Label: n}
	}
	return out
}

// address returns the URL at input i.
func address(c *flow.Call, i int) (string, error) {
	if c.Text(i) == "" {
		return "", c.Invalid(i, "is empty")
	}
	return c.Text(i), nil
}

// onlyHTTP refuses the other protocol at input i.
func onlyHTTP(c *flow.Call, i int) error {
	if p := c.Text(i); p != "" && p != "HTTP" {
		return c.Invalid(i, "cannot be %s: only HTTP is supported", flow.Excerpt(p))
	}
	return nil
}

// stored is a file of the run as a request can send it.
type stored struct {
	flow.FileStat
	part flow.BodyPart
}

// storedAt returns the file at input i. What it says of itself comes from the
// store and not from the handle.
func storedAt(ctx context.Context, c *flow.Call, i int) (*stored, error) {
	blobs, err := flow.BlobsOf(c.Env)
	if err != nil {
		return nil, err
	}
	handle := c.Value(i).File()
	if handle == nil {
		return nil, c.Invalid(i, "is empty")
	}
	s := &stored{}
	if s.FileStat, err = blobs.Stat(ctx, handle); err != nil {
		return nil, err
	}
	s.part.Bytes = s.File.Bytes
	s.part.Open = func() (openBody, error) { return blobs.Open(ctx, handle) }
	return s, nil
}

// send makes a request and turns a status of 400 or above into an http.status
// error.
func send(ctx context.Context, c *flow.Call, req *flow.Request) (*flow.Response, error) {
	// GET and PUT may be repeated anyway (RFC 9110, 9.2.2).
	if req.Method == "POST" || req.Method == "PATCH" {
		req.IdempotencyKey = c.Key
	}
	res, err := c.Env.Fetch(ctx, req)
	if err != nil {
		return nil, exchange.Lost(req, err)
	}
	if res.Status >= 400 {
		return nil, exchange.StatusError(c, res)
	}
	return res, nil
}

// header returns the first header of this name, which is in lower case.
func header(res *flow.Response, name string) string {
	for _, h := range res.Headers {
		if strings.ToLower(h.Name) == name {
			return h.Value.Text()
		}
	}
	return ""
}

// mediaType returns s in canonical form, and flow.DefaultContentType when it is
// no media type.
func mediaType(s string) string {
	media, params, err := mime.ParseMediaType(s)
	if err == nil && strings.Contains(media, "/") {
		if s = mime.FormatMediaType(media, params); s != "" {
			return s
		}
	}
	return flow.DefaultContentType
}
