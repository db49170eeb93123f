package openapi

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/flow"
)

// operation is one operation of a document before it is read closely.
type operation struct {
	method  string // upper case
	path    string
	id      string
	tags    []string
	item    *node // the path item, references followed
	node    *node
	at      string // JSON Pointer of the operation
	itemAt  string
	leftOut string // why it cannot be an action; "" when it can
}

func (o *operation) String() string { return o.method + " " + o.path }

// tag is what groups operations: the first tag, and without one the first part
// of the path that is a name and no version.
func (o *operation) tag() string {
	if len(o.tags) > 0 {
		return o.tags[0]
	}
	for part := range strings.SplitSeq(o.path, "/") {
		if part != "" && part != "api" && part[0] != '{' && !versionPart.MatchString(part) {
			return part
		}
	}
	return ""
}

var versionPart = regexp.MustCompile(`^v?[0-9]+([._-]?[0-9a-z]*)*$`)

// methods lists what a path item can hold, in the order of OpenAPI.
func methods() []string {
	return []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}
}

// operations lists the operations of a document in its order.
func (d *document) operations(report *Report) ([]*operation, error) {
	paths := d.root.get("paths")
	if paths == nil {
		paths = &node{kind: mapNode, line: d.root.line, col: d.root.col}
	}
	if paths.kind != mapNode {
		return nil, failed(flow.CodeImportValue, d.pos(paths), "paths must be an object, not %s", paths.kind)
	}
	var out []*operation
	for i := range paths.members {
		m := &paths.members[i]
		at := join("/paths", m.key)
		if strings.HasPrefix(m.key, "x-") {
			continue
		}
		if !strings.HasPrefix(m.key, "/") {
			report.find(flow.CodeImportOperation, Loss, at, "", "a path must begin with a slash, and is left out: %s", flow.Excerpt(m.key))
			continue
		}
		item, itemAt := m.value, at
		if ref := item.get("$ref"); ref != nil {
			var why string
			if item, itemAt, why = d.follow(ref.text); why != "" {
				report.find(flow.CodeImportReference, Loss, join(at, "$ref"), "", "%s: %s", why, flow.Excerpt(ref.text))
				continue
			}
		}
		if item.kind != mapNode {
			report.find(flow.CodeImportValue, Loss, at, "", "a path must be an object, not %s, and is left out", item.kind)
			continue
		}
		for j := range item.members {
			o := &item.members[j]
			if !slices.Contains(methods(), o.key) {
				continue
			}
			op := &operation{method: strings.ToUpper(o.key), path: m.key, item: item, node: o.value, at: join(itemAt, o.key), itemAt: itemAt}
			op.look()
			out = append(out, op)
		}
	}
	for _, other := range []string{"webhooks"} {
		for _, m := range d.root.get(other).fields() {
			report.find(flow.CodeImportOperation, Loss, join("/", other)[1:]+"/"+m.key, "", "webhooks are not taken over")
		}
	}
	return out, nil
}

// look reads what selecting an operation needs, and says what no action can do.
func (o *operation) look() {
	if o.node.kind != mapNode {
		o.leftOut = "it must be an object, not " + o.node.kind.String()
		return
	}
	o.id = o.node.str("operationId")
	for _, t := range o.node.get("tags").items() {
		if t.value.kind == textNode {
			o.tags = append(o.tags, t.value.text)
		}
	}
	switch o.method {
	case "OPTIONS", "HEAD", "TRACE":
		o.leftOut = "no card sends " + o.method
	}
}

// chosen returns the operations that options ask for. A selector that names
// nothing is an error.
func chosen(all []*operation, opt *Options, file string) ([]*operation, error) {
	out := all
	if len(opt.Only) > 0 {
		out = nil
		used := make([]bool, len(opt.Only))
		for _, o := range all {
			take := false
			for i, s := range opt.Only {
				if o.is(s) {
					used[i], take = true, true
				}
			}
			if take {
				out = append(out, o)
			}
		}
		for i, s := range opt.Only {
			if !used[i] {
				e := failed(flow.CodeImportSelection, flow.Pos{File: file}, "no tag and no operation of the document is %s", flow.Excerpt(s))
				if e.Fix = problem.Suggest(s, selectors(all)); e.Fix == "" {
					e.Fix = "the tags are " + tagList(all)
				}
				return nil, e
			}
		}
	}
	if opt.Max > 0 && len(out) > opt.Max {
		out = out[:opt.Max]
	}
	return out, nil
}

// is reports whether a selector names the operation: one of its tags, its id,
// its path, or method and path. A star at the end stands for anything.
func (o *operation) is(selector string) bool {
	names := append([]string{o.id, o.path, o.String(), o.tag()}, o.tags...)
	if prefix, ok := strings.CutSuffix(selector, "*"); ok {
		return slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, prefix) })
	}
	return slices.Contains(names, selector)
}

// maxSuggested bounds the names that a wrong selector is compared with.
const maxSuggested = 5000

// selectors lists what can be asked for.
func selectors(all []*operation) []string {
	var out []string
	seen := map[string]bool{"": true}
	for _, o := range all {
		if len(out) > maxSuggested {
			break
		}
		for _, n := range append(slices.Clone(o.tags), o.tag(), o.id, o.path) {
			if !seen[n] {
				seen[n] = true
				out = append(out, n)
			}
		}
	}
	return out
}

// tagList names the tags with the most operations, each with their number.
func tagList(all []*operation) string {
	const most = 30
	count := map[string]int{}
	var tags []string
	for _, o := range all {
		t := o.tag()
		if t == "" {
			continue
		}
		if count[t]++; count[t] == 1 {
			tags = append(tags, t)
		}
	}
	slices.SortStableFunc(tags, func(a, b string) int { return cmp.Compare(count[b], count[a]) })
	more := len(tags) - most
	tags = tags[:min(len(tags), most)]
	for i, t := range tags {
		tags[i] = fmt.Sprintf("%s (%d)", flow.Printable(t), count[t])
	}
	switch {
	case len(tags) == 0:
		return "none"
	case more > 0:
		return fmt.Sprintf("%s and %d more", strings.Join(tags, ", "), more)
	}
	return strings.Join(tags, ", ")
}
