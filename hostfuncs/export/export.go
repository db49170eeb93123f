// Package export has the cards that write a connector's own flows to files.
package export

import (
	"context"
	"encoding/json"
	"math"
	"strings"

	"github.com/weirflow/weir/flow"
)

const since = "0.1"

// Cards returns the export cards.
func Cards() []*flow.Card {
	notes := []flow.Note{{
		Topic: "the form of the file", Vendor: "the export format of the console",
		Choice: "a JSON object with the source of the flow as Weir has it: name, and text, which is YAML or JSON", Why: "it can be read, and written back as it was",
	}, {
		Topic: "the outputs", Vendor: "older exported cards have one output, output; newer ones the group file",
		Choice: "the group file: content, name and size", Why: "it is the newer form",
	}}
	return []*flow.Card{
		card("export.flow", "kernel:utility:exportFlo", "Export Flow", "Utilities",
			"Writes the source of a flow of this connector to a file.",
			flow.Port{Key: "flo", Label: "Flow", Doc: "Key of the flow.", Type: flow.FlowType, Required: true}, notes,
			[]flow.Example{
				{In: `{"flo": "main"}`, Out: `{"file": {"content": "~main\\.flow", "name": "main.flow", "size": 50}}`},
				{In: `{"flo": "main", "pretty": false}`, Out: `{"file": {"content": "~main\\.flow", "name": "main.flow", "size": 41}}`},
				{In: `{"flo": "main", "indent": 4}`, Out: `{"file": {"content": "~main\\.flow", "name": "main.flow", "size": 54}}`},
				{In: `{"flo": ""}`, Err: flow.CodeTypeConversion},
				{In: `{"flo": "main", "indent": 9}`, Err: flow.CodeInputInvalid},
			}),
		card("export.folder", "kernel:utility:exportGroup", "Export Folder", "Utilities",
			"Writes the source of all flows of this connector to one file.",
			flow.Port{Key: "group", Label: "Folder", Doc: "Which folder; a connector is one, so that the value does not matter.", Type: flow.AnyType, Required: true}, notes,
			[]flow.Example{
				{In: `{"group": "all"}`, Out: `{"file": {"content": "~connector\\.folder", "name": "connector.folder", "size": 57}}`},
				{In: `{"group": null, "pretty": false}`, Out: `{"file": {"content": "~connector\\.folder", "name": "connector.folder", "size": 48}}`},
				{In: `{"group": "x", "indent": 1}`, Out: `{"file": {"content": "~connector\\.folder", "name": "connector.folder", "size": 55}}`},
				{In: `{"group": "x", "indent": 0}`, Err: flow.CodeInputInvalid},
			}),
	}
}

func card(key, alias, title, category, doc string, what flow.Port, notes []flow.Note, examples []flow.Example) *flow.Card {
	return &flow.Card{
		Key: key, Aliases: []string{alias}, Title: title, Category: category, Since: since, Doc: doc,
		In: []flow.Port{
			what,
			{Key: "pretty", Label: "JSON Pretty Print?", Doc: "Whether the JSON has lines and indents.", Type: flow.BoolType, Required: true, Default: "true"},
			{Key: "indent", Label: "Number of Indented Spaces", Doc: "Spaces of one indent, 1 to 8.", Type: flow.NumberType, Default: "2"},
		},
		Out: []flow.Port{
			{Group: "file", Key: "content", Label: "File Content", Doc: "The file.", Type: flow.FileType},
			{Group: "file", Key: "name", Label: "Filename", Doc: "Its name.", Type: flow.TextType},
			{Group: "file", Key: "size", Label: "Size", Doc: "Its size in bytes.", Type: flow.NumberType},
		},
		Effect: flow.Reads, Cost: flow.Cost{Base: 60_000, PerByte: 2},
		Errors: []flow.Code{flow.CodeCardUnbound, flow.CodeInputInvalid, flow.CodeTypeConversion, flow.CodeLimitValue},
		Notes:  notes, Examples: examples, Run: run,
	}
}

// run takes flo or group, pretty and indent.
func run(ctx context.Context, c *flow.Call) (flow.Value, error) {
	which := ""
	if c.Card.In[0].Key == "flo" {
		if which = c.Value(0).FlowKey(); which == "" {
			return flow.Value{}, c.Invalid(0, "is empty")
		}
	}
	indent := c.Number(2)
	if indent != math.Trunc(indent) || indent < 1 || indent > 8 {
		return flow.Value{}, c.Invalid(2, "must be from 1 to 8")
	}
	host, err := flow.HostOf(c.Env)
	if err != nil {
		return flow.Value{}, err
	}
	blobs, err := flow.BlobsOf(c.Env)
	if err != nil {
		return flow.Value{}, err
	}
	name, text, err := host.Export(ctx, which)
	if err != nil {
		return flow.Value{}, err
	}
	document := struct {
		Name string `json:"name"`
		Text string `json:"text"`
	}{name, text}
	var out []byte
	if c.Bool(1) {
		out, err = json.MarshalIndent(document, "", strings.Repeat(" ", int(indent)))
	} else {
		out, err = json.Marshal(document)
	}
	if err != nil {
		return flow.Value{}, flow.Errorf(flow.CodeInternal, "write an export: %v", err)
	}
	if err := c.Reserve(int64(len(out))); err != nil {
		return flow.Value{}, err
	}
	file, err := blobs.Create(ctx, flow.FileMeta{Name: name}, strings.NewReader(string(out)))
	if err != nil {
		return flow.Value{}, err
	}
	return flow.Members("file", flow.Members(
		"content", flow.FileOf(file), "name", flow.Text(file.Name), "size", flow.Number(float64(len(out))))), nil
}
