package xml

import (
	"context"
	"regexp"
	"strings"

	"github.com/weirflow/weir/flow"
)

func build() *flow.Card {
	port := func(group, key, doc string, t flow.Type, fallback string) flow.Port {
		return flow.Port{Group: group, Key: key, Label: key, Doc: doc, Type: t, Default: fallback}
	}
	standalone := port("declaration", "standalone", "Whether the document stands alone; nothing is written when not given.", flow.BoolType, "")
	standalone.Nullable = true
	return &flow.Card{
		Key: "xml.build", Aliases: []string{"kernel:xml:build"}, Title: "Build", Category: category, Since: since,
		Doc: "Writes an object as XML text; it undoes Parse. Keys become elements, a list one element per item, the key $ the attributes of its element and the key _ its text. A secret among the values gives a secret.",
		In: []flow.Port{
			{Key: "object", Label: "object", Doc: "What stands inside the root element.", Type: flow.ObjectType, Required: true, Secret: flow.SecretPass},
			port("options", "rootName", "Name of the root element. While it is root, an object of one key whose value is no list gives its key as the root.", flow.TextType, `"root"`),
			port("options", "doctype", "System identifier of a document type declaration; none when blank.", flow.TextType, ""),
			port("renderOptions", "pretty", "Write every element on a line of its own.", flow.BoolType, "true"),
			port("renderOptions", "indent", "White space for one level, with pretty.", flow.TextType, `"  "`),
			port("renderOptions", "newline", "White space that ends a line, with pretty.", flow.TextType, `"\n"`),
			port("declaration", "version", "XML version, 1.0 or another 1.x.", flow.TextType, `"1.0"`),
			port("declaration", "encoding", "Name of the encoding that the text will be sent in; left out when blank.", flow.TextType, `"UTF-8"`),
			standalone,
		},
		Out:    []flow.Port{{Key: "xml", Label: "xml", Doc: "The XML text.", Type: flow.TextType}},
		Cost:   flow.Cost{Base: 3000, PerByte: 12},
		Errors: []flow.Code{flow.CodeInputInvalid, flow.CodeTypeConversion, flow.CodeLimitValue},
		Notes: []flow.Note{
			{
				Topic: "defaults of rootName, pretty and standalone", Vendor: "do not give them",
				Choice: "root, on, none; an object of one key that is no list gives the root while rootName is root", Why: "the library does so, and a list there would lose its items",
			},
			{
				Topic: "form of doctype", Vendor: "do not give it",
				Choice: "a system identifier", Why: "the shortest declaration that is useful",
			},
			{
				Topic: "lists of lists, objects as attributes", Vendor: "are silent",
				Choice: "input.invalid", Why: "they have no form in XML, and leaving them out would lose data",
			},
		},
		Examples: []flow.Example{
			{In: `{"object":{"name":"John","age":30},"options":{"rootName":"person"},"renderOptions":{"pretty":false}}`, Out: `{"xml":"<?xml version=\"1.0\" encoding=\"UTF-8\"?><person><name>John</name><age>30</age></person>"}`},
			{In: `{"object":{"order":{"$":{"id":"7"},"item":["A & B",null]}},"declaration":{"standalone":true}}`, Out: `{"xml":"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<order id=\"7\">\n  <item>A &amp; B</item>\n  <item/>\n</order>"}`, Note: "the only key is the root"},
			{In: `{"object":{"two words":1}}`, Err: flow.CodeInputInvalid},
			{In: `{"object":{"a":[[1]]}}`, Err: flow.CodeInputInvalid},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			if c.Value(0).Kind() == flow.KindList {
				return flow.Value{}, flow.Errorf(flow.CodeTypeConversion, "a list stands where an object is needed")
			}
			w := writer{ctx: ctx, c: c, pretty: c.Bool(3), indent: c.Text(4), newline: c.Text(5)}
			for i := 4; i <= 5; i++ {
				if strings.Trim(c.Text(i), "\t\n\r ") != "" {
					return flow.Value{}, c.Invalid(i, "may hold white space only")
				}
			}
			return w.document()
		},
	}
}

// Grammar of the declaration (XML 1.0, VersionNum and EncName).
var (
	versionPattern  = regexp.MustCompile(`^1\.[0-9]+$`)
	encodingPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]*$`)
)

// writer collects text and secrets, and asks for the memory of the result
// before it takes more.
type writer struct {
	ctx             context.Context
	c               *flow.Call
	pretty          bool
	indent, newline string
	parts           []flow.Value
	text            []byte
	size            int64
}

func (w *writer) document() (flow.Value, error) {
	name, content := w.root()
	err := w.declaration()
	if err == nil {
		err = w.doctype(name)
	}
	if err == nil {
		err = w.element(name, content, 0)
	}
	if err != nil {
		return flow.Value{}, err
	}
	w.flush()
	return flow.Concat(w.parts...)
}

// root returns the name and the content of the root element.
func (w *writer) root() (string, flow.Value) {
	name := orDefault(w.c.Text(1), defaultRoot)
	o := w.c.Object(0)
	if name == defaultRoot && o.Len() == 1 && o.Key(0) != defaultAttrKey && o.Key(0) != defaultCharKey && o.At(0).Kind() != flow.KindList {
		return o.Key(0), o.At(0)
	}
	return name, w.c.Value(0)
}

func (w *writer) declaration() error {
	version, encoding := orDefault(w.c.Text(6), "1.0"), w.c.Text(7)
	if !versionPattern.MatchString(version) {
		return w.c.Invalid(6, "is not 1.x: %s", flow.Excerpt(version))
	}
	line := `<?xml version="` + version + `"`
	if encoding != "" {
		if !encodingPattern.MatchString(encoding) {
			return w.c.Invalid(7, "is not the name of an encoding: %s", flow.Excerpt(encoding))
		}
		line += ` encoding="` + encoding + `"`
	}
	if s := w.c.Value(8); !s.IsNull() {
		if s.Bool() {
			line += ` standalone="yes"`
		} else {
			line += ` standalone="no"`
		}
	}
	if err := w.literal(line + "?>"); err != nil {
		return err
	}
	return w.line(0)
}

func (w *writer) doctype(root string) error {
	id := w.c.Text(2)
	if id == "" {
		return nil
	}
	quote := `"`
	if strings.Contains(id, quote) {
		quote = `'`
	}
	if strings.Contains(id, quote) || strings.ContainsFunc(id, func(r rune) bool { return !validChar(r) }) {
		return w.c.Invalid(2, "cannot be a system identifier: %s", flow.Excerpt(id))
	}
	if err := w.literal("<!DOCTYPE " + root + " SYSTEM " + quote + id + quote + ">"); err != nil {
		return err
	}
	return w.line(0)
}

// node is a child of an element: a text where key is "".
type node struct {
	key string
	v   flow.Value
}

func (w *writer) element(name string, v flow.Value, level int) error {
	if !validName(name) {
		return flow.Errorf(flow.CodeInputInvalid, "not the name of an XML element: %s", flow.Excerpt(name))
	}
	if err := w.c.Alive(w.ctx, 300); err != nil {
		return err
	}
	if err := w.literal("<" + name); err != nil {
		return err
	}
	nodes, err := w.open(v)
	if err != nil {
		return err
	}
	if len(nodes) == 0 {
		return w.literal("/>")
	}
	if err := w.literal(">"); err != nil {
		return err
	}
	inline := len(nodes) == 1 && nodes[0].key == ""
	for _, n := range nodes {
		if !inline {
			err = w.line(level + 1)
		}
		if err == nil && n.key == "" {
			err = w.scalar(n.v, &textEscapes)
		} else if err == nil {
			err = w.element(n.key, n.v, level+1)
		}
		if err != nil {
			return err
		}
	}
	if !inline {
		if err := w.line(level); err != nil {
			return err
		}
	}
	return w.literal("</" + name + ">")
}

// open writes the attributes of the element that holds v and returns its
// children.
func (w *writer) open(v flow.Value) ([]node, error) {
	switch v.Kind() {
	case flow.KindNull:
		return nil, nil
	case flow.KindList:
		return nil, flow.Errorf(flow.CodeInputInvalid, "a list inside a list has no form in XML")
	case flow.KindObject:
	default:
		return textNode(nil, v), nil
	}
	var nodes []node
	for k, x := range v.Object().All() {
		switch {
		case k == defaultAttrKey:
			if err := w.attributes(x); err != nil {
				return nil, err
			}
		case k == defaultCharKey:
			if x.Kind() == flow.KindObject || x.Kind() == flow.KindList {
				return nil, flow.Errorf(flow.CodeInputInvalid, "the key %s needs text, not a value of type %s", defaultCharKey, x.Kind())
			}
			nodes = textNode(nodes, x)
		case k == "":
			return nil, flow.Errorf(flow.CodeInputInvalid, `not the name of an XML element: ""`)
		case x.Kind() == flow.KindList:
			for _, item := range x.List().All() {
				nodes = append(nodes, node{k, item})
			}
		default:
			nodes = append(nodes, node{k, x})
		}
	}
	return nodes, nil
}

// textNode appends the text v; null and empty text make no node.
func textNode(nodes []node, v flow.Value) []node {
	if flow.IsEmpty(v) {
		return nodes
	}
	return append(nodes, node{"", v})
}

func (w *writer) attributes(v flow.Value) error {
	if v.IsNull() {
		return nil
	}
	if v.Kind() != flow.KindObject {
		return flow.Errorf(flow.CodeInputInvalid, "the key %s needs an object, not a value of type %s", defaultAttrKey, v.Kind())
	}
	for k, x := range v.Object().All() {
		if !validName(k) {
			return flow.Errorf(flow.CodeInputInvalid, "not the name of an XML attribute: %s", flow.Excerpt(k))
		}
		if x.IsNull() {
			continue
		}
		if x.Kind() == flow.KindObject || x.Kind() == flow.KindList {
			return flow.Errorf(flow.CodeInputInvalid, "the attribute %s cannot be of type %s", flow.Excerpt(k), x.Kind())
		}
		if err := w.literal(" " + k + `="`); err != nil {
			return err
		}
		if err := w.scalar(x, &attributeEscapes); err != nil {
			return err
		}
		if err := w.literal(`"`); err != nil {
			return err
		}
	}
	return nil
}

// line ends the line and indents the next one, if the text is to be pretty.
func (w *writer) line(level int) error {
	if !w.pretty {
		return nil
	}
	if err := w.reserve(len(w.newline) + level*len(w.indent)); err != nil {
		return err
	}
	w.text = append(w.text, w.newline...)
	for range level {
		w.text = append(w.text, w.indent...)
	}
	return nil
}

func (w *writer) reserve(n int) error {
	w.size += int64(n)
	return w.c.Reserve(w.size)
}

func (w *writer) literal(s string) error {
	if err := w.reserve(len(s)); err != nil {
		return err
	}
	w.text = append(w.text, s...)
	return nil
}

// scalar writes the text of a simple value, or a secret, with escapes.
func (w *writer) scalar(v flow.Value, e *escapes) error {
	t, err := flow.Convert(v, flow.TextType)
	if err != nil {
		return err
	}
	if t.Kind() == flow.KindSecret {
		w.flush()
		w.parts = append(w.parts, flow.EscapeSecret(t, func(s string) string {
			s = strings.Map(func(r rune) rune {
				if validChar(r) {
					return r
				}
				return '\uFFFD' // an error would tell what is in the secret
			}, s)
			return string(e.append(nil, s))
		}, func(mask string) string { return mask }))
		return nil
	}
	s := t.Text()
	if i := strings.IndexFunc(s, func(r rune) bool { return !validChar(r) }); i >= 0 {
		return flow.Errorf(flow.CodeInputInvalid, "a character that XML cannot hold, in %s", flow.Excerpt(s[i:]))
	}
	if err := w.reserve(e.length(s)); err != nil {
		return err
	}
	w.text = e.append(w.text, s)
	return nil
}

func (w *writer) flush() {
	if len(w.text) > 0 {
		w.parts = append(w.parts, flow.Text(string(w.text)))
		w.text = w.text[:0]
	}
}

// escapes says what each ASCII character is written as; "" means as itself.
type escapes [128]string

var (
	textEscapes      = escapes{'&': "&amp;", '<': "&lt;", '>': "&gt;", '\r': "&#xD;"}
	attributeEscapes = escapes{'&': "&amp;", '<': "&lt;", '"': "&quot;", '\t': "&#x9;", '\n': "&#xA;", '\r': "&#xD;"}
)

func (e *escapes) of(c byte) string {
	if c < 128 {
		return e[c]
	}
	return ""
}

func (e *escapes) length(s string) int {
	n := len(s)
	for i := range len(s) {
		if x := e.of(s[i]); x != "" {
			n += len(x) - 1
		}
	}
	return n
}

func (e *escapes) append(dst []byte, s string) []byte {
	start := 0
	for i := range len(s) {
		if x := e.of(s[i]); x != "" {
			dst = append(append(dst, s[start:i]...), x...)
			start = i + 1
		}
	}
	return append(dst, s[start:]...)
}
