package xml

import (
	"context"
	stdxml "encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/weirflow/weir/flow"
)

// maxDepth bounds nested elements. Every element is an object in a list, so the
// value is twice as deep, as deep as JSON is read by default.
const maxDepth = 64

func option(key, label, doc string, t flow.Type, fallback string) flow.Port {
	return flow.Port{Group: "options", Key: key, Label: label, Doc: doc, Type: t, Default: fallback}
}

func parse() *flow.Card {
	return &flow.Card{
		Key: "xml.parse", Aliases: []string{"kernel:xml:parse"}, Title: "Parse", Category: category, Since: since,
		Doc: "Reads XML text into an object. Every child element becomes a list under its name, even when it occurs once; attributes stand together under attrkey, and text is the element's value, or stands under charkey beside attributes and children. Only the five predefined entities and character references are known, and a document type declaration is refused. Elements may nest 64 deep. A later version 1.x is read as 1.0.",
		In: []flow.Port{
			{Key: "xml", Label: "xml", Doc: "The XML text; its declared encoding is ignored.", Type: flow.TextType, Required: true, Widget: "multiline"},
			option("attrkey", "attrkey", "Key that holds the attributes of an element.", flow.TextType, `"$"`),
			option("charkey", "charkey", "Key that holds the text of an element that has more than text.", flow.TextType, `"_"`),
			option("explicitCharkey", "explicitCharkey", "Put text under charkey always.", flow.BoolType, "false"),
			option("trim", "trim", "Remove white space around text.", flow.BoolType, "false"),
			option("normalizeTags", "normalizeTags", "Write the names of elements in lower case.", flow.BoolType, "false"),
			option("normalize", "normalize", "Make runs of white space one space, and trim.", flow.BoolType, "false"),
			option("explicitRoot", "explicitRoot", "Keep the root element as the outer key.", flow.BoolType, "false"),
		},
		Out:    []flow.Port{{Key: "output", Label: "output", Doc: "What stands below the root element, or the root with explicitRoot.", Type: flow.ObjectType}},
		Cost:   flow.Cost{Base: 3500, PerByte: 20},
		Errors: []flow.Code{flow.CodeXMLSyntax, flow.CodeInputInvalid, flow.CodeTypeConversion, flow.CodeLimitDepth, flow.CodeLimitValue},
		Notes: []flow.Note{
			{
				Topic: "a root element that holds text alone", Vendor: "declare an object as output",
				Choice: "the text stands under charkey; without text the object is empty", Why: "the library would give bare text, which is no object",
			},
			{
				Topic: "blank text", Vendor: "are silent",
				Choice: "an empty object", Why: "the library gives nothing for it, and answers without a body occur",
			},
		},
		Examples: []flow.Example{
			{In: `{"xml":"<catalog><release id=\"JNR165.8\"><artist>Surfer Blood</artist></release></catalog>"}`, Out: `{"output":{"release":[{"$":{"id":"JNR165.8"},"artist":["Surfer Blood"]}]}}`},
			{In: `{"xml":"<a><b x=\"1\">t &amp; u</b><b/></a>","options":{"explicitRoot":true}}`, Out: `{"output":{"a":{"b":[{"_":"t & u","$":{"x":"1"}},""]}}}`},
			{In: `{"xml":"<a><b> x </b><B>y</B></a>","options":{"trim":true,"normalizeTags":true}}`, Out: `{"output":{"b":["x","y"]}}`},
			{In: `{"xml":"<a>text</a>"}`, Out: `{"output":{"_":"text"}}`},
			{In: `{"xml":"<a><b></a>"}`, Err: flow.CodeXMLSyntax},
			{In: `{"xml":"<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>"}`, Err: flow.CodeXMLSyntax},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			r := reader{
				ctx: ctx, c: c, attrKey: orDefault(c.Text(1), defaultAttrKey), charKey: orDefault(c.Text(2), defaultCharKey),
				explicitChar: c.Bool(3), trim: c.Bool(4), lower: c.Bool(5), normalize: c.Bool(6), explicitRoot: c.Bool(7),
			}
			if r.attrKey == r.charKey {
				return flow.Value{}, c.Invalid(2, "is the same as attrkey")
			}
			return r.read(c.Text(0))
		},
	}
}

// element is an element whose end has not been read.
type element struct {
	tag   string // as it stands in the text
	name  string // as it will be shown
	text  []byte
	cdata bool // some of the text came from a CDATA section: it counts where it is blank
	attrs flow.Value
	keys  []string // names of children in order of appearance
	place map[string]int
	lists [][]flow.Value
}

type reader struct {
	ctx              context.Context
	c                *flow.Call
	attrKey, charKey string
	explicitChar     bool
	trim             bool
	lower            bool
	normalize        bool
	explicitRoot     bool

	dec   *stdxml.Decoder
	open  []*element
	size  int64 // of the value read so far, as flow.Value.Size counts
	root  flow.Value
	ended bool
}

// Parts of flow.Value.Size: what text, a member, a list and an object take
// beside their bytes and items.
const (
	textBytes   = 48
	memberBytes = 16
	listBytes   = 80
	objectBytes = 96
)

// source is the text that the decoder reads byte by byte, until the run has ended.
type source struct {
	*strings.Reader
	ctx     context.Context
	c       *flow.Call
	ended   error
	version int // place of the digit that is read as 0, or -1
}

// laterVersion finds the digit of a version 1.x other than 1.0, which the decoder
// refuses. What such a text may have beyond XML 1.0 is still refused.
var laterVersion = regexp.MustCompile(`^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*["']1\.([1-9])["']`)

// ReadByte implements io.ByteReader.
func (s *source) ReadByte() (byte, error) {
	const fuelByte = 15
	if s.ended = s.c.Alive(s.ctx, fuelByte); s.ended != nil {
		return 0, s.ended
	}
	if s.version >= 0 && int(s.Size())-s.Len() == s.version {
		_, err := s.Reader.ReadByte()
		return '0', err
	}
	return s.Reader.ReadByte()
}

// charge asks for n more bytes of the value before they are taken.
func (r *reader) charge(n int) error {
	r.size += int64(n)
	return r.c.Reserve(r.size)
}

func (r *reader) syntax(what string) error {
	line, col := r.dec.InputPos()
	return flow.Errorf(flow.CodeXMLSyntax, "not valid XML at line %d, column %d: %s", line, col, what)
}

func (r *reader) read(s string) (flow.Value, error) {
	s = strings.TrimPrefix(s, "\uFEFF")
	if strings.TrimFunc(s, isBlank) == "" {
		return flow.Members(), nil
	}
	// The decoder collects all attributes of an element before it shows them.
	if err := r.c.Reserve(int64(widestTag(s)) * attributeBytes); err != nil {
		return flow.Value{}, err
	}
	in := &source{Reader: strings.NewReader(s), ctx: r.ctx, c: r.c, version: -1}
	const farthest = 1 << 10 // nobody writes a declaration with more white space
	if m := laterVersion.FindStringSubmatchIndex(s[:min(len(s), farthest)]); m != nil {
		in.version = m[2]
	}
	r.dec = stdxml.NewDecoder(in)
	r.dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for first := true; ; first = false {
		// What stands in the source tells CDATA from text, which tokens do not.
		cdata := strings.HasPrefix(s[r.dec.InputOffset():], "<![CDATA[")
		token, err := r.dec.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if in.ended != nil {
			return flow.Value{}, in.ended
		}
		if err != nil {
			return flow.Value{}, r.syntax(reason(err))
		}
		switch t := token.(type) {
		case stdxml.StartElement:
			err = r.start(t)
		case stdxml.EndElement:
			err = r.end(rawName(t.Name))
		case stdxml.CharData:
			err = r.chars(t, cdata)
		case stdxml.Directive:
			err = r.syntax("a document type declaration is not accepted")
		case stdxml.ProcInst:
			if strings.EqualFold(t.Target, "xml") && !first {
				err = r.syntax("an XML declaration inside the text")
			}
		}
		if err != nil {
			return flow.Value{}, err
		}
	}
	if !r.ended {
		return flow.Value{}, r.syntax("it ends too early")
	}
	return r.root, nil
}

// reason gives the decoder's words without its position; they may quote the
// text, so they are shortened and made safe to print.
func reason(err error) string {
	var syntax *stdxml.SyntaxError
	if errors.As(err, &syntax) {
		return flow.Excerpt(syntax.Msg)
	}
	return "unreadable"
}

func rawName(n stdxml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

func (r *reader) start(t stdxml.StartElement) error {
	if r.ended {
		return r.syntax("a second root element")
	}
	if len(r.open) == maxDepth {
		return flow.Errorf(flow.CodeLimitDepth, "the XML text is nested deeper than %d", maxDepth)
	}
	e := &element{tag: rawName(t.Name)}
	e.name = e.tag
	if r.lower {
		e.name = strings.ToLower(e.tag)
	}
	if err := r.charge(textBytes); err != nil {
		return err
	}
	if len(t.Attr) > 0 {
		if err := r.charge(textBytes + 2*(objectBytes+memberBytes) + len(r.attrKey)); err != nil {
			return err
		}
		var attrs flow.ObjectBuilder
		for _, a := range t.Attr {
			name := rawName(a.Name)
			if err := r.charge(memberBytes + textBytes + len(name) + len(a.Value)); err != nil {
				return err
			}
			if attrs.Has(name) {
				return r.syntax("the attribute " + flow.Excerpt(name) + " stands twice")
			}
			attrs.Set(name, flow.Text(a.Value))
		}
		e.attrs = attrs.Value()
	}
	r.open = append(r.open, e)
	return nil
}

func (r *reader) chars(text []byte, cdata bool) error {
	if len(r.open) == 0 {
		if strings.Trim(string(text), "\t\n\r ") != "" || cdata {
			return r.syntax("text outside the root element")
		}
		return nil
	}
	if err := r.charge(len(text)); err != nil {
		return err
	}
	e := r.open[len(r.open)-1]
	e.text = append(e.text, text...)
	e.cdata = e.cdata || cdata && len(text) > 0
	return nil
}

func (r *reader) end(tag string) error {
	if len(r.open) == 0 || r.open[len(r.open)-1].tag != tag {
		return r.syntax("the end of " + flow.Excerpt(tag) + " has no start")
	}
	e := r.open[len(r.open)-1]
	r.open = r.open[:len(r.open)-1]
	v := r.value(e)
	if len(r.open) > 0 {
		return r.child(r.open[len(r.open)-1], e.name, v)
	}
	r.ended = true
	switch {
	case r.explicitRoot:
		r.root = flow.Members(e.name, v)
	case v.Kind() == flow.KindObject:
		r.root = v
	case strings.TrimFunc(v.Text(), isBlank) != "":
		r.root = flow.Members(r.charKey, v)
	default:
		r.root = flow.Members()
	}
	return nil
}

func (r *reader) child(parent *element, name string, v flow.Value) error {
	i, ok := parent.place[name]
	if !ok {
		need := listBytes + memberBytes + len(name)
		if len(parent.keys) == 0 {
			need += objectBytes
			parent.place = map[string]int{}
		}
		if err := r.charge(need); err != nil {
			return err
		}
		i = len(parent.keys)
		parent.place[name] = i
		parent.keys = append(parent.keys, name)
		parent.lists = append(parent.lists, nil)
	}
	parent.lists[i] = append(parent.lists[i], v)
	return nil
}

// value gives a finished element: its text alone where there is no more, else
// an object of text, attributes and lists of children. Blank text counts only
// where it is all there is, or stands in a CDATA section.
func (r *reader) value(e *element) flow.Value {
	text := string(e.text)
	bare := e.attrs.IsNull() && len(e.keys) == 0
	if strings.TrimFunc(text, isBlank) == "" && !e.cdata {
		if bare {
			return flow.Text(text)
		}
		text = ""
	} else {
		if text = r.tidy(text); bare && !r.explicitChar {
			return flow.Text(text)
		}
	}
	var b flow.ObjectBuilder
	if text != "" || e.cdata {
		b.Set(r.charKey, flow.Text(text))
	}
	if !e.attrs.IsNull() {
		b.Set(r.attrKey, e.attrs)
	}
	for i, k := range e.keys {
		list := e.lists[i]
		// An element that is named like one of the two special keys follows
		// what stands there already.
		if k == r.attrKey && !e.attrs.IsNull() {
			list = append([]flow.Value{e.attrs}, list...)
		} else if k == r.charKey && b.Has(k) {
			list = append([]flow.Value{flow.Text(text)}, list...)
		}
		b.Set(k, flow.ListOf(list...))
	}
	return b.Value()
}

func (r *reader) tidy(s string) string {
	if r.normalize {
		s = collapse(s)
	}
	if r.trim || r.normalize {
		s = strings.TrimFunc(s, isBlank)
	}
	return s
}

// collapse makes every run of two or more blanks one space; a single blank of
// any kind stays.
func collapse(s string) string {
	var b strings.Builder
	for s != "" {
		i := strings.IndexFunc(s, isBlank)
		if i < 0 {
			break
		}
		b.WriteString(s[:i])
		rest := strings.TrimLeftFunc(s[i:], isBlank)
		run := s[i : len(s)-len(rest)]
		if utf8.RuneCountInString(run) > 1 {
			run = " "
		}
		b.WriteString(run)
		s = rest
	}
	b.WriteString(s)
	return b.String()
}

// attributeBytes is what the decoder takes for one attribute, twice because its
// list grows by doubling.
const attributeBytes = 2 * 48

// widestTag bounds the attributes of an element: the most equals signs outside
// quotes in one tag. It agrees with the decoder on where tags end for as long as
// the text is well formed, and the decoder stops where it is not.
func widestTag(s string) int {
	widest := 0
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			return widest
		}
		s = s[i:]
		skipped := false
		for _, p := range [...][2]string{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}} {
			if strings.HasPrefix(s, p[0]) {
				_, s, _ = strings.Cut(s[len(p[0]):], p[1])
				skipped = true
				break
			}
		}
		if skipped {
			continue
		}
		n, end := 0, len(s)
		quote := byte(0)
	tag:
		for j := 1; j < len(s); j++ {
			switch ch := s[j]; {
			case quote != 0:
				if ch == quote {
					quote = 0
				}
			case ch == '"' || ch == '\'':
				quote = ch
			case ch == '=':
				n++
			case ch == '>':
				end = j
				break tag
			}
		}
		widest = max(widest, n)
		s = s[end:]
	}
}
