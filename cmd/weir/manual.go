package main

import (
	"bytes"
	"context"
	htmltemplate "html/template"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/face/manual"
	"github.com/weirflow/weir/flow"
)

func (a *app) manualCommand() *cobra.Command {
	var dir string
	var html bool
	cmd := &cobra.Command{
		Use:   "manual DIR|DIR@NUMBER|FILE.wasm|FILE.weir [-o DIR]",
		Short: "Write a connector's documentation for the people who use it",
		Long: "Write the documentation of a connector: how to connect, every card with its options, inputs, outputs and choices, limitations, and\n" +
			"what its CHANGELOG.md says is new. It goes to standard output as one Markdown page, or as several pages into a directory.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if html && dir == "" {
				return usagef("--html needs -o DIR")
			}
			return a.manual(cmd.Context(), args[0], dir, html)
		},
	}
	cmd.Flags().StringVarP(&dir, "output", "o", "", "directory to write the pages to")
	cmd.Flags().BoolVar(&html, "html", false, "write HTML instead of Markdown")
	a.takesBundles(cmd)
	return cmd
}

func (a *app) manual(ctx context.Context, path, dir string, html bool) error {
	b, err := a.open(ctx, path, compiler.Options{})
	if err != nil {
		return err
	}
	pages, err := manualOf(b)
	if err != nil {
		return err
	}
	if dir == "" {
		return a.show(map[string]any{"pages": pages}, func() { a.printf("%s", manual.Single(pages)) })
	}
	names := []string{}
	for _, p := range pages {
		name, text := p.Name, []byte(p.Text)
		if html {
			name = htmlName(name)
			if text, err = htmlPage(p); err != nil {
				return err
			}
		}
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fileError(err)
		}
		if err := writeFile(file, text); err != nil {
			return err
		}
		names = append(names, name)
	}
	return a.show(map[string]any{"pages": names}, func() {
		for _, n := range names {
			a.println(n)
		}
	})
}

func htmlName(name string) string { return strings.TrimSuffix(name, ".md") + ".html" }

// page wraps what a page of Markdown becomes. The policy lets nothing run and
// nothing be fetched, whatever is in the text.
var page = htmltemplate.Must(htmltemplate.New("page").Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title>
<style>body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}table{border-collapse:collapse}th,td{border:1px solid #bbb;padding:.3em .6em;text-align:left;vertical-align:top}</style>
</head>
<body>
{{.Body}}</body>
</html>
`))

// htmlPage renders a page. Raw HTML in a changelog is left out.
func htmlPage(p manual.Page) ([]byte, error) {
	md := goldmark.New(goldmark.WithExtensions(extension.Table),
		goldmark.WithParserOptions(parser.WithAutoHeadingID(), parser.WithASTTransformers(util.Prioritized(linksToHTML{}, 1))))
	var body, out bytes.Buffer
	if err := md.Convert([]byte(p.Text), &body); err != nil {
		return nil, flow.Errorf(flow.CodeInternal, "the page %s cannot be rendered: %v", p.Name, err)
	}
	err := page.Execute(&out, map[string]any{"Title": p.Title, "Body": htmltemplate.HTML(body.String())})
	if err != nil {
		return nil, flow.Errorf(flow.CodeInternal, "the page %s cannot be rendered: %v", p.Name, err)
	}
	return out.Bytes(), nil
}

// linksToHTML makes links to pages of Markdown links to their HTML.
type linksToHTML struct{}

// Transform implements parser.ASTTransformer.
func (linksToHTML) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if l, ok := n.(*ast.Link); ok && entering && !strings.Contains(string(l.Destination), ":") {
			to, heading, found := strings.Cut(string(l.Destination), "#")
			if strings.HasSuffix(to, ".md") {
				to = htmlName(to)
			}
			if found {
				to += "#" + heading
			}
			l.Destination = []byte(to)
		}
		return ast.WalkContinue, nil
	})
}
