package file

import (
	"context"

	"github.com/weirflow/weir/flow"
)

func infoCard() *flow.Card {
	const group = "File"
	return &flow.Card{
		Key: "file.info", Aliases: []string{"channels:filefunctions:info"}, Title: "Info", Category: category, Since: since,
		Doc: "Describes a file: its name, extension, size and age.",
		In:  []flow.Port{filePort(group)},
		Out: []flow.Port{
			{Group: group, Key: "Filename", Label: "Filename", Type: flow.TextType, Doc: "Name of the file, never with a path; empty when it has none."},
			{Group: group, Key: "Extension", Label: "Extension", Type: flow.TextType, Doc: "Last part of the name with its dot, such as .jpg; empty when there is none."},
			{Group: group, Key: "Size", Label: "Size", Type: flow.NumberType, Doc: "Length of the content in bytes."},
			{Group: group, Key: "Created", Label: "Created", Type: flow.DateType, Doc: "When the run got the file."},
			{Group: group, Key: "Updated", Label: "Updated", Type: flow.DateType, Doc: "The same: files do not change."},
		},
		Effect: flow.Reads,
		Cost:   flow.Cost{Base: 2_000},
		Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeTypeConversion, flow.CodeFileUnknown, flow.CodeCardUnbound},
		Notes: []flow.Note{{
			Topic:  "names that begin with their only dot",
			Vendor: "the extension includes the dot",
			Choice: ".bashrc has no extension",
			Why:    "what Node.js calls the extension of a path",
		}},
		Examples: []flow.Example{
			{
				In:  `{"File": {"File Content": {"name": "photo.jpg", "type": "image/jpeg", "content": "abc"}}}`,
				Out: `{"File": {"Filename": "photo.jpg", "Extension": ".jpg", "Size": 3, "Created": "2016-09-07T16:55:25.670Z", "Updated": "2016-09-07T16:55:25.670Z"}}`,
			},
			{
				In:   `{"File": {"File Content": {"name": "../../backup.tar.gz", "content": ""}}}`,
				Out:  `{"File": {"Filename": "backup.tar.gz", "Extension": ".gz", "Size": 0, "Created": "2016-09-07T16:55:25.670Z", "Updated": "2016-09-07T16:55:25.670Z"}}`,
				Note: "a file has no path",
			},
			{In: `{"File": {"File Content": {"name": "gone.txt"}}}`, Err: flow.CodeFileUnknown, Note: "a file of another run"},
			{In: `{"File": {"File Content": "photo.jpg"}}`, Err: flow.CodeTypeConversion, Note: "a name is not a file"},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			f, err := storedAt(ctx, c, 0)
			if err != nil {
				return flow.Value{}, err
			}
			at := flow.DateOf(f.Created)
			return flow.Members(group, flow.Members(
				"Filename", flow.Text(f.File.Name),
				"Extension", flow.Text(flow.FileExtension(f.File.Name)),
				"Size", flow.Number(float64(f.File.Bytes)),
				"Created", at,
				"Updated", at,
			)), nil
		},
	}
}
