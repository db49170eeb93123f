package suite

import (
	"encoding/base64"
	"path"
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/tape"
)

// Test is one test of a connector: a flow, what it is given, and what must come
// of it.
type Test struct {
	Name string
	Pos  flow.Pos // of its first field
	// Given is what the run starts with, its connection without secrets.
	Given tape.Given

	secrets map[string]string // by key
	stub    *stub             // nil for no connection
	slots   map[string]filled // by key
	files   []file
	tables  []rows
	tape    *tape.Tape   // exchanges, time and chance
	taped   bool         // the tape was recorded
	resume  []flow.Value // objects
	reply   *reply       // nil where none is expected
	want    outcome
}

// file is the content of one input.
type file struct {
	input string
	meta  flow.FileMeta
	data  []byte
}

// rows are what stands in one table.
type rows struct {
	table string
	rows  []flow.Value // objects
}

// outcome is what a test expects: exactly one of these is set.
type outcome struct {
	output  *flow.Value
	error   *wantError
	stopped bool
	ends    bool // without an error: the answer to the caller says the rest
}

// wantError is an expected failure. nil fields are not compared.
type wantError struct {
	code    flow.Code
	message *string
	status  *int
}

// Tapes are the files of tapes that tests may name, by their name relative to
// the connector.
type Tapes map[string][]byte

// tapeSuffixes end the names of tapes.
func tapeSuffixes() []string { return []string{".tape.yaml", ".tape.yml", ".tape.json"} }

// IsTape reports whether a file of this name in tests/ is a tape and not tests.
func IsTape(name string) bool {
	return slices.ContainsFunc(tapeSuffixes(), func(s string) bool { return strings.HasSuffix(name, s) })
}

// Read reads test files and checks them against the connector they are for, or
// their form alone where m is nil. All problems are reported together, as
// flow.Diagnostics: those of reading any source; source.field, source.missing and
// source.value for the form of a test; source.duplicate for two tests of one name
// in a file; source.file for a tape that is not there; flow.unknown and
// name.unknown for what the connector does not have.
func Read(files []compiler.File, tapes Tapes, m *flow.Manifest) ([]Test, error) {
	c := &checker{manifest: m, tapes: tapes, read: map[string]*tape.Tape{}}
	for _, f := range files {
		root, err := compiler.ReadData(f, compiler.DataLimits{})
		switch {
		case err != nil:
			c.Join(err)
		case c.Is(root, "a test", flow.KindObject):
			c.file(f.Name, root)
		}
	}
	// Tapes that no test names are read all the same: they are there to be used.
	for _, name := range sortedNames(tapes) {
		c.tape(name)
	}
	return c.tests, c.Err()
}

// checker reads nodes as tests.
type checker struct {
	flow.NodeReader
	manifest *flow.Manifest // nil: only the form is checked
	tapes    Tapes
	read     map[string]*tape.Tape // tapes by name; nil for those with problems
	tests    []Test
}

func (c *checker) file(name string, root *flow.Node) {
	list := root.Get(fileField)
	if list == nil {
		t := c.test(root)
		if t.Name == "" {
			t.Name = strings.TrimSuffix(path.Base(name), path.Ext(name))
		}
		c.tests = append(c.tests, t)
		return
	}
	c.Fields(root, fileField)
	if !c.Is(list, fileField, flow.KindList) {
		return
	}
	if len(list.Members) == 0 {
		c.Problem(flow.CodeSourceMissing, list.Pos, "the file has no tests")
	}
	seen := map[string]bool{}
	for _, m := range list.Members {
		if !c.Is(m.Value, "a test", flow.KindObject) {
			continue
		}
		t := c.test(m.Value)
		switch {
		case t.Name == "" && m.Value.Get("name") == nil:
			c.Problem(flow.CodeSourceMissing, m.Value.Pos, "the field \"name\" is missing")
		case seen[t.Name]:
			c.Problem(flow.CodeSourceDuplicate, m.Value.Get("name").Pos, "a test of this file is already named %s", flow.Excerpt(t.Name))
		}
		seen[t.Name] = true
		c.tests = append(c.tests, t)
	}
}

func (c *checker) test(n *flow.Node) Test {
	t := Test{Pos: n.Pos, tape: &tape.Tape{Run: "test", Start: Clock}}
	c.Fields(n, keys(TestFields())...)
	if x := n.Get("name"); x != nil {
		t.Name = c.Text(x, "name")
	}
	c.taped(n, &t)
	if x := n.Get("flow"); x != nil {
		t.Given.Flow = c.Text(x, "flow")
	} else if n.Get("tape") == nil {
		c.Required(n, "flow")
	}
	info := c.flow(n, t.Given.Flow)
	for key, to := range map[string]*flow.Value{"input": &t.Given.Input, "selected": &t.Given.Selected} {
		if x := n.Get(key); x != nil && c.Is(x, key, flow.KindObject) {
			*to = x.Data()
		}
	}
	c.options(n, &t, info)
	c.config(n, &t)
	c.secretTexts(n, &t)
	c.connection(n, &t)
	c.slots(n, &t)
	if n.Get("allow") != nil {
		t.Given.Allow = nil
		c.Items(n, "allow", func(x *flow.Node) { t.Given.Allow = append(t.Given.Allow, c.Text(x, "a host")) })
	}
	c.contents(n, &t, info)
	c.rows(n, &t)
	c.Items(n, "resume", func(x *flow.Node) {
		if c.Is(x, "an answer to a pause", flow.KindObject) {
			t.resume = append(t.resume, x.Data())
		}
	})
	c.reply(n, &t)
	if x := n.Get("http"); x != nil {
		if n.Get("tape") != nil {
			c.Problem(flow.CodeSourceValue, x.Pos, "requests are answered by the tape or by http, not both")
		}
		if http := tape.ReadExchanges(&c.NodeReader, n); !t.taped {
			t.tape.HTTP = http
		}
	}
	if x := n.Get("cards"); x != nil {
		if n.Get("tape") != nil {
			c.Problem(flow.CodeSourceValue, x.Pos, "calls are answered by the tape or by cards, not both")
		}
		if calls := tape.ReadCards(&c.NodeReader, n); !t.taped {
			t.tape.Cards = calls
		}
	}
	c.outcome(n, &t)
	return t
}

// taped reads the tape that a test names, and takes from it what the test does
// not say.
func (c *checker) taped(n *flow.Node, t *Test) {
	x := n.Get("tape")
	if x == nil {
		return
	}
	name := path.Join("tests", c.Text(x, "tape"))
	if !IsTape(name) || !strings.HasPrefix(name, "tests/") {
		c.Problem(flow.CodeSourceValue, x.Pos, "a tape is a file in tests/ whose name ends in %s", strings.Join(tapeSuffixes(), ", "))
		return
	}
	if _, ok := c.tapes[name]; !ok {
		c.Problem(flow.CodeSourceFile, x.Pos, "there is no tape %s", flow.Excerpt(name)).
			WithFix("record one with weir run --record %s", name)
		return
	}
	tp := c.tape(name)
	if tp == nil {
		return
	}
	t.taped, t.tape, t.Given = true, tp, tp.Given
}

// tape reads a tape once. Its problems are told once.
func (c *checker) tape(name string) *tape.Tape {
	if tp, ok := c.read[name]; ok {
		return tp
	}
	tp, err := ReadTape(name, c.tapes[name])
	c.Join(err)
	c.read[name] = tp
	return tp
}

// ReadTape reads a tape in YAML, or in JSON where its name ends so. The error is
// flow.Diagnostics.
func ReadTape(name string, data []byte) (*tape.Tape, error) {
	n, err := compiler.ReadData(compiler.File{Name: name, Data: data}, compiler.DataLimits{Bytes: tape.MaxTape, Values: tape.MaxValues})
	if err != nil {
		return nil, err
	}
	return tape.Read(n)
}

// flow checks that the connector has a flow. The result is nil where it has not.
func (c *checker) flow(n *flow.Node, key string) *flow.FlowInfo {
	if key == "" || c.manifest == nil {
		return nil
	}
	info, _ := c.manifest.Flow(key)
	if info == nil {
		x := n.Get("flow")
		if x == nil {
			x = n.Get("tape")
		}
		c.Problem(flow.CodeFlowUnknown, x.Pos, "the connector has no flow %s", flow.Excerpt(key))
	}
	return info
}

func (c *checker) options(n *flow.Node, t *Test, info *flow.FlowInfo) {
	if n.Get("options") == nil {
		return
	}
	t.Given.Options = map[string]string{}
	c.Each(n, "options", func(m flow.NodeMember) {
		if info != nil && !hasField(info.Options, m.Key) {
			c.Problem(flow.CodeNameUnknown, m.Pos, "the flow %s has no option %s", info.Key, flow.Excerpt(m.Key))
		}
		if c.Is(m.Value, "an option", flow.KindText) {
			t.Given.Options[m.Key] = m.Value.Value.Text()
		}
	})
}

func hasField(fields []flow.FieldInfo, key string) bool {
	return slices.ContainsFunc(fields, func(f flow.FieldInfo) bool { return f.Key == key })
}

func (c *checker) config(n *flow.Node, t *Test) {
	if n.Get("config") == nil {
		return
	}
	c.Each(n, "config", func(m flow.NodeMember) {
		if c.manifest != nil && (!hasField(c.manifest.Config, m.Key) || strings.HasPrefix(m.Key, flow.AuthPrefix)) {
			c.Problem(flow.CodeNameUnknown, m.Pos, "the connector has no config value %s", flow.Excerpt(m.Key))
		}
	})
	if x := n.Get("config"); x.Kind == flow.KindObject {
		t.Given.Config = x.Data()
	}
}

func (c *checker) secretTexts(n *flow.Node, t *Test) {
	t.secrets = map[string]string{}
	if c.manifest != nil && t.taped {
		// A replay compares secrets by name: any text will do.
		for _, s := range c.manifest.Secrets {
			if !strings.HasPrefix(s.Key, flow.AuthPrefix) {
				t.secrets[s.Key] = placeholder(s.Key)
			}
		}
	}
	c.Each(n, "secrets", func(m flow.NodeMember) {
		known := c.manifest == nil || slices.ContainsFunc(c.manifest.Secrets, func(s flow.SecretInfo) bool { return s.Key == m.Key })
		if !known || strings.HasPrefix(m.Key, flow.AuthPrefix) {
			c.Problem(flow.CodeNameUnknown, m.Pos, "the connector has no secret %s", flow.Excerpt(m.Key))
		}
		t.secrets[m.Key] = c.Text(m.Value, "a secret")
	})
}

// contents reads what stands in inputs that are files.
func (c *checker) contents(n *flow.Node, t *Test, info *flow.FlowInfo) {
	c.Each(n, "files", func(m flow.NodeMember) {
		if info != nil && !slices.ContainsFunc(info.In, func(f flow.FieldInfo) bool { return f.Key == m.Key && f.Type.Base == flow.BaseFile }) {
			c.Problem(flow.CodeNameUnknown, m.Pos, "the flow %s has no input %s that is a file", info.Key, flow.Excerpt(m.Key))
		}
		if !c.Is(m.Value, "a file", flow.KindObject) {
			return
		}
		c.Fields(m.Value, keys(FileFields())...)
		f := file{input: m.Key, meta: flow.FileMeta{Name: m.Key}}
		if x := m.Value.Get("name"); x != nil {
			f.meta.Name = c.Text(x, "name")
		}
		if x := m.Value.Get("type"); x != nil {
			f.meta.ContentType = c.Text(x, "type")
		}
		text, binary := m.Value.Get("text"), m.Value.Get("base64")
		switch {
		case (text == nil) == (binary == nil):
			c.Problem(flow.CodeSourceValue, m.Value.Pos, "the content of a file is given by either text or base64")
		case text != nil && c.Is(text, "text", flow.KindText):
			f.data = []byte(text.Value.Text())
		case binary != nil && c.Is(binary, "base64", flow.KindText):
			data, err := base64.StdEncoding.DecodeString(binary.Value.Text())
			if err != nil {
				c.Problem(flow.CodeSourceValue, binary.Pos, "not base64 (RFC 4648, 4): %v", err)
			}
			f.data = data
		}
		t.files = append(t.files, f)
	})
}

// rows reads what stands in the connector's tables.
func (c *checker) rows(n *flow.Node, t *Test) {
	c.Each(n, "tables", func(m flow.NodeMember) {
		var def *flow.Table
		if c.manifest != nil {
			i := slices.IndexFunc(c.manifest.Tables, func(d flow.Table) bool { return d.Name == m.Key })
			if i < 0 {
				c.Problem(flow.CodeNameUnknown, m.Pos, "the connector has no table %s", flow.Excerpt(m.Key))
				return
			}
			def = &c.manifest.Tables[i]
		}
		r := rows{table: m.Key}
		if !c.Is(m.Value, "the rows of a table", flow.KindList) {
			return
		}
		for _, row := range m.Value.Members {
			if c.Is(row.Value, "a row", flow.KindObject) {
				c.cells(row.Value, def)
				r.rows = append(r.rows, row.Value.Data())
			}
		}
		t.tables = append(t.tables, r)
	})
}

// cells checks the cells of a row against its table.
func (c *checker) cells(row *flow.Node, def *flow.Table) {
	for _, cell := range row.Members {
		if def == nil || cell.Key == flow.ColumnRowID {
			continue
		}
		i := slices.IndexFunc(def.Columns, func(d flow.Column) bool { return d.Name == cell.Key })
		if i < 0 {
			c.Problem(flow.CodeNameUnknown, cell.Pos, "the table %s has no column %s", def.Name, flow.Excerpt(cell.Key))
			continue
		}
		if _, err := flow.Convert(cell.Value.Data(), def.Columns[i].Type); err != nil {
			c.Problem(flow.CodeSourceValue, cell.Value.Pos, "the column %s holds %s: %s", cell.Key, def.Columns[i].Type, flow.AsError(err).Msg)
		}
	}
}

func (c *checker) outcome(n *flow.Node, t *Test) {
	var named []string
	at := n.Pos
	for _, m := range n.Members {
		switch m.Key {
		case "output":
			v := m.Value.Data()
			t.want.output = &v
			c.Is(m.Value, "output", flow.KindObject)
		case "error":
			t.want.error = c.failure(m.Value)
		case "stopped":
			t.want.stopped = true
			if m.Value.Kind != flow.KindBool || !m.Value.Value.Bool() {
				c.Problem(flow.CodeSourceValue, m.Value.Pos, "stopped can only be true")
			}
		default:
			continue
		}
		at = m.Pos
		named = append(named, m.Key)
	}
	switch {
	case len(named) > 1:
		c.Problem(flow.CodeSourceValue, at, "the test expects both %s and %s", named[0], named[1]).
			WithFix("give one of output, error and stopped")
	case len(named) == 0 && t.taped && recorded(&t.tape.Result) != nil:
		t.want = *recorded(&t.tape.Result)
	case len(named) == 0 && t.reply != nil:
		t.want.ends = true
	case len(named) == 0 && (n.Get("tape") == nil || t.taped):
		c.Problem(flow.CodeSourceMissing, n.Pos, "the test does not say what is expected").
			WithFix("give one of output, error, stopped and reply")
	}
}

// recorded is what a recorded run came to, as an expectation; nil where the tape
// does not say.
func recorded(r *tape.Result) *outcome {
	switch {
	case r.Error != nil:
		w := &wantError{code: r.Error.Code, message: &r.Error.Msg}
		if r.Error.Status != 0 {
			w.status = &r.Error.Status
		}
		return &outcome{error: w}
	case r.Stopped:
		return &outcome{stopped: true}
	case !r.Output.IsNull():
		return &outcome{output: &r.Output}
	}
	return nil
}

func (c *checker) failure(n *flow.Node) *wantError {
	w := &wantError{}
	if !c.Is(n, "error", flow.KindObject) {
		return w
	}
	c.Fields(n, keys(FailureFields())...)
	if x := c.Required(n, "code"); x != nil {
		w.code = flow.Code(c.Text(x, "code"))
	}
	if x := n.Get("message"); x != nil {
		s := c.Text(x, "message")
		w.message = &s
	}
	if x := n.Get("statusCode"); x != nil {
		s := int(c.Integer(x, "statusCode", 1, 999))
		w.status = &s
	}
	return w
}
