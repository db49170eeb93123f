package main

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
)

// scaffold holds the connectors that weir new writes. Each is a connector like
// any other, with a key and a name that are replaced.
//
//go:embed all:scaffold
var scaffold embed.FS

// template is one connector that weir new writes: its folders are laid over
// each other.
type template struct {
	name    string // of --template
	about   string
	folders []string
	key     string // as it is written in the folders
	title   string
}

// templates lists them; the first is the default.
func templates() []template {
	service := func(name, about string) template {
		return template{name, about, []string{"service", name}, "example_service", "Example Service"}
	}
	return []template{
		{"contacts", "a small API with a key, and no connections", []string{"contacts"}, "example_contacts", "Example Contacts"},
		service("basic", "username and password"),
		service("oauth", "OAuth 2.0 with consent in the browser"),
		service("client_credentials", "OAuth 2.0 for machines"),
		service("custom", "an API key"),
	}
}

func (a *app) newCommand() *cobra.Command {
	var name, kind string
	cmd := &cobra.Command{
		Use:   "new DIR",
		Short: "Write a small working connector",
		Long:  "Write a small working connector with tests into a new or empty directory.\n\nTemplates:\n" + templateList(),
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("name") {
				abs, err := filepath.Abs(args[0])
				if err != nil {
					return fileError(err)
				}
				name = titleOf(filepath.Base(abs))
			}
			i := slices.IndexFunc(templates(), func(t template) bool { return t.name == kind })
			if i < 0 {
				return usagef("--template %s: there are %s", flow.Excerpt(kind), strings.Join(templateNames(), ", "))
			}
			return a.scaffold(args[0], name, templates()[i])
		},
	}
	cmd.Flags().StringVar(&kind, "template", templates()[0].name, "what to begin with: "+strings.Join(templateNames(), ", "))
	cmd.Flags().StringVar(&name, "name", "", "name of the connector (default: the directory's, in words)")
	return cmd
}

func templateNames() []string {
	var out []string
	for _, t := range templates() {
		out = append(out, t.name)
	}
	return out
}

func templateList() string {
	var b strings.Builder
	for _, t := range templates() {
		fmt.Fprintf(&b, "  %-19s %s\n", t.name, t.about)
	}
	return b.String()
}

// scaffold writes the connector. A name that no connector can have is wrong
// usage; a directory that is in use is source.file.
func (a *app) scaffold(dir, name string, t template) error {
	files, err := scaffoldFiles(name, t)
	if err != nil {
		return err
	}
	var source []compiler.File
	for _, f := range files {
		if f.Name == "connector.yaml" || strings.HasPrefix(f.Name, "flows/") {
			source = append(source, f)
		}
	}
	if diags := compiler.Check(source, compiler.Options{Registry: a.reg}); len(diags) > 0 {
		return usagef("--name %s: %s", flow.Excerpt(name), diags[0].Msg)
	}
	switch entries, err := os.ReadDir(dir); {
	case err == nil && len(entries) > 0:
		return flow.Errorf(flow.CodeSourceFile, "the directory is not empty: %s", flow.Excerpt(dir)).WithFix("name a new one")
	case err != nil && !os.IsNotExist(err):
		return fileError(err)
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fileError(err)
		}
		if err := writeFile(path, f.Data); err != nil {
			return err
		}
	}
	return a.show(map[string]any{"dir": dir, "files": names}, func() {
		for _, n := range names {
			a.println(filepath.Join(dir, filepath.FromSlash(n)))
		}
	})
}

// scaffoldFiles returns the files of a new connector, by name.
func scaffoldFiles(name string, t template) ([]compiler.File, error) {
	var out []compiler.File
	for _, folder := range t.folders {
		files, err := folderFiles("scaffold/"+folder, name, t)
		if err != nil {
			return nil, usagef("--name %s: %v", flow.Excerpt(name), err)
		}
		out = append(out, files...)
	}
	return out, nil
}

// folderFiles reads one folder of a template.
func folderFiles(folder, name string, t template) ([]compiler.File, error) {
	key := keyOf(name)
	// A line of the page cannot hold what moves a cursor or begins markup.
	heading := strings.NewReplacer("<", "&lt;", "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`).Replace(flow.Printable(name))
	var out []compiler.File
	err := fs.WalkDir(scaffold, folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := scaffold.ReadFile(path)
		if err != nil {
			return err
		}
		f := compiler.File{Name: strings.TrimPrefix(path, folder+"/"), Data: data}
		switch f.Name {
		case "connector.yaml":
			f.Data, err = compiler.Format(compiler.File{Name: f.Name, Data: []byte(strings.NewReplacer(
				"key: "+t.key, "key: "+quoted(key), "name: "+t.title, "name: "+quoted(name)).Replace(string(data)))})
		case "README.md":
			f.Data = []byte(strings.NewReplacer(t.key, key, t.title, heading).Replace(string(data)))
		}
		out = append(out, f)
		return err
	})
	return out, err
}

// titleOf writes the name of a directory in words: "my-crm" is "My Crm".
func titleOf(base string) string {
	words := strings.FieldsFunc(base, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range words {
		r := []rune(w)
		words[i] = string(unicode.ToUpper(r[0])) + string(r[1:])
	}
	if len(words) == 0 {
		return "Connector"
	}
	return strings.Join(words, " ")
}

// keyOf makes a connector's key of its name: lower case, other characters than
// letters and digits of ASCII as single underscores.
func keyOf(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9')
	})
	key := strings.Join(words, "_")
	if key == "" || key[0] >= '0' && key[0] <= '9' {
		return strings.TrimSuffix("connector_"+key, "_")
	}
	return key
}

// quoted writes s in double quotes with escapes that YAML and JSON share.
func quoted(s string) string { return string(flow.AppendQuoted(nil, s)) }
