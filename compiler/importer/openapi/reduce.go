package openapi

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/pb33f/go-yaml"

	"github.com/weirflow/weir/flow"
)

// Names in a document may be anything, and some of them mean something to the
// library: $ref, and what begins with x-. Those that are only names get a mark
// in front.
const mark = "."

func marked(name string) string { return mark + name }

// unmarked undoes marked.
func unmarked(name string) string { return strings.TrimPrefix(name, mark) }

// markAt is an extension that every object of a reduced document carries: the
// JSON Pointer of what it was made of.
const markAt = "x-weir-at"

// reducer copies the parts of a document that the selected operations need, and
// nothing else, into a document that the library reads. What it copies has the
// right form, holds no data that is not looked at, and refers only to components
// of its own, which are named after nothing in the document.
type reducer struct {
	doc    *document
	report *Report
	shapes map[shapeName]shape
	parts  map[partKey]string // names of components
	queue  []partOf           // components that have a name and are not copied yet
	out    map[string]*yaml.Node
}

type partKey struct{ section, pointer string }

// partOf is a component to be copied.
type partOf struct {
	shape   shapeName
	name    string
	pointer string
	value   *node
}

func newReducer(doc *document, report *Report) *reducer {
	return &reducer{doc: doc, report: report, shapes: shapes(), parts: map[partKey]string{}, out: map[string]*yaml.Node{}}
}

// wrong reports a value of the wrong form, which is left out.
func (r *reducer) wrong(n *node, pointer, want string) {
	r.report.find(flow.CodeImportValue, Loss, pointer, "", "%s must be %s, not %s, and is left out", r.called(pointer), want, n.kind)
}

// called names a value in messages: the last part of its pointer, and for an
// item the list that it stands in.
func (r *reducer) called(pointer string) string {
	i := strings.LastIndexByte(pointer, '/')
	if i < 0 {
		return "the document"
	}
	if around := r.doc.at(pointer[:i]); around != nil && around.kind == listNode {
		return "an item of " + r.called(pointer[:i])
	}
	last := ""
	for part := range pointerParts(pointer[i:]) {
		last = part
	}
	return flow.Excerpt(last)
}

// object copies an object of a shape; nil when it is none.
func (r *reducer) object(n *node, name shapeName, pointer string) *yaml.Node {
	if n.kind == boolNode && name == shapeSchema {
		return yamlScalar(n, "!!bool") // any value, or none (JSON Schema 2020-12, 4.3.2)
	}
	if n.kind != mapNode {
		r.wrong(n, pointer, "an object")
		return nil
	}
	sh := r.shapes[name]
	ref := n.get("$ref")
	if sh.section == "" || ref == nil || ref.kind != textNode {
		return r.members(n, sh, pointer)
	}
	to := r.ref(ref, name, pointer)
	if to == nil || name != shapeSchema {
		return to
	}
	// What stands beside the reference of a schema holds as well.
	beside := r.members(n, sh, pointer)
	if len(beside.Content) <= 2 {
		return to
	}
	all := yamlList(to)
	if i := yamlIndex(beside, "allOf"); i >= 0 {
		all.Content = append(all.Content, beside.Content[i].Content...)
		beside.Content[i] = all
		return beside
	}
	beside.Content = append(beside.Content, yamlText("allOf"), all)
	return beside
}

// members copies the members of an object that are known.
func (r *reducer) members(n *node, sh shape, pointer string) *yaml.Node {
	out := yamlMap()
	put(out, markAt, yamlText(pointer))
	for i := range n.members {
		m := &n.members[i]
		slot, known := sh.fields[m.key]
		if !known || m.value.kind == nullNode && slot.form != anything {
			continue
		}
		if v := r.slot(m.value, slot, join(pointer, m.key)); v != nil {
			put(out, m.key, v)
		}
	}
	return out
}

// slot copies the value of a field.
func (r *reducer) slot(n *node, s slot, pointer string) *yaml.Node {
	want := ""
	switch s.form {
	case aText:
		if n.kind == textNode || n.kind == numberNode || n.kind == boolNode {
			return yamlScalar(n, "!!str")
		}
		want = "text"
	case aBool:
		if n.kind == boolNode {
			return yamlScalar(n, "!!bool")
		}
		want = "true or false"
	case aNumber:
		if n.kind == numberNode {
			return yamlScalar(n, "!!float")
		}
		want = "a number"
	case anything:
		return yamlData(n)
	case someText:
		if n.kind == textNode {
			return yamlScalar(n, "!!str")
		}
		return r.list(n, slot{form: aText}, pointer)
	case texts:
		return r.list(n, slot{form: aText}, pointer)
	case objects:
		return r.list(n, slot{object, s.shape}, pointer)
	case requirements:
		return r.list(n, slot{form: textLists}, pointer)
	case textLists:
		return r.byName(n, slot{form: texts}, pointer)
	case textMap:
		return r.byName(n, slot{form: aText}, pointer)
	case dataMap:
		return r.byName(n, slot{form: anything}, pointer)
	case mapping:
		return r.byName(n, slot{object, s.shape}, pointer)
	case object:
		return r.object(n, s.shape, pointer)
	}
	r.wrong(n, pointer, want)
	return nil
}

// maxParameters bounds the parameters of an operation that are looked at.
const maxParameters = 1000

func (r *reducer) list(n *node, item slot, pointer string) *yaml.Node {
	if n.kind != listNode {
		r.wrong(n, pointer, "a list")
		return nil
	}
	out := yamlList()
	for i, m := range n.members {
		if i == maxParameters && item.shape == shapeParameter {
			r.report.find(flow.CodeImportParameter, Loss, join(pointer, strconv.Itoa(i)), "", "parameters behind the first %d of an operation are left out", maxParameters)
			break
		}
		if v := r.slot(m.value, item, join(pointer, strconv.Itoa(i))); v != nil {
			out.Content = append(out.Content, v)
		}
	}
	return out
}

func (r *reducer) byName(n *node, value slot, pointer string) *yaml.Node {
	if n.kind != mapNode {
		r.wrong(n, pointer, "an object")
		return nil
	}
	out := yamlMap()
	for i := range n.members {
		m := &n.members[i]
		key := marked(m.key)
		if value.shape == shapeResponse {
			if strings.HasPrefix(m.key, "x-") {
				continue
			}
			key = m.key // a status, which the library knows
		}
		if v := r.slot(m.value, value, join(pointer, m.key)); v != nil {
			put(out, key, v)
		}
	}
	return out
}

// ref copies a reference and sees to it that what it names is copied too. A
// reference that leads nowhere is reported and left out.
func (r *reducer) ref(ref *node, name shapeName, pointer string) *yaml.Node {
	target, to, why := r.doc.follow(ref.text)
	if why != "" {
		r.report.find(flow.CodeImportReference, Loss, join(pointer, "$ref"), "", "%s: %s", why, flow.Excerpt(ref.text))
		return nil
	}
	key := partKey{r.shapes[name].section, to}
	part, ok := r.parts[key]
	if !ok {
		part = "p" + strconv.Itoa(len(r.parts)+1)
		r.parts[key] = part
		r.queue = append(r.queue, partOf{name, part, to, target})
	}
	out := yamlMap()
	put(out, "$ref", yamlText("#/components/"+key.section+"/"+part))
	return out
}

// maxHops bounds references that lead to references.
const maxHops = 50

// follow finds what a reference leads to, through further references that stand
// alone. It returns why there is nothing, in words.
func (d *document) follow(ref string) (target *node, pointer, why string) {
	for range maxHops {
		fragment, local := strings.CutPrefix(ref, "#")
		if !local {
			return nil, "", "a reference to another document is not followed"
		}
		pointer, err := url.PathUnescape(fragment)
		if err != nil || pointer != "" && !strings.HasPrefix(pointer, "/") {
			return nil, "", "the reference is not a JSON Pointer"
		}
		target = d.at(pointer)
		if target == nil {
			return nil, "", "the reference leads nowhere"
		}
		next := target.get("$ref")
		if next == nil || next.kind != textNode || len(target.members) > 1 {
			return target, pointer, ""
		}
		ref = next.text
	}
	return nil, "", "the reference leads in a circle"
}

// components copies everything that was referred to.
func (r *reducer) components() *yaml.Node {
	for len(r.queue) > 0 {
		p := r.queue[0]
		r.queue = r.queue[1:]
		v := r.object(p.value, p.shape, p.pointer)
		if v == nil {
			// What refers to it finds an object without anything.
			v = yamlMap()
			put(v, markAt, yamlText(p.pointer))
		}
		r.add(r.shapes[p.shape].section, p.name, v)
	}
	out := yamlMap()
	for _, section := range []string{"schemas", "parameters", "headers", "requestBodies", "responses", "links", "securitySchemes"} {
		if s := r.out[section]; s != nil {
			put(out, section, s)
		}
	}
	return out
}

func (r *reducer) add(section, name string, v *yaml.Node) {
	s := r.out[section]
	if s == nil {
		s = yamlMap()
		r.out[section] = s
	}
	put(s, name, v)
}
