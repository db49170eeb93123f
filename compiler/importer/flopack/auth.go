package flopack

import (
	"slices"
	"sort"

	"github.com/weirflow/weir/compiler/importer/internal/emit"
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// isConnection reports whether a field of a first card is the connection that
// flows in projects of connectors get.
func isConnection(p *port) bool { return p.group == "auth" && p.key == "blob" }

// authentication writes how a connection of the connector is made, where the
// export is of a project of one: the first card of its flows says which
// parameters there are.
func (im *importer) authentication(f *face, p *port) {
	if im.auth != nil || f.scope.used[p] == 0 && p.at.get("metadata").get("authSchema") == nil {
		return
	}
	type parameter struct {
		key   string
		index float64
		node  *source.Node
	}
	var found []parameter
	schema := p.at.get("metadata").get("authSchema")
	if params := schema.get("authparams"); params != nil && params.kind == mapNode {
		taken := names{}
		for _, m := range params.members {
			key := taken.take(fieldKey(m.key, "parameter"))
			typ := "text"
			if m.value.string("type") == "password" || m.value.true("isProtected") {
				typ = "password"
			}
			n := emit.Line("type", typ)
			if label := printable(m.value.string("displayname")); label != "" && label != key {
				emit.Put(n, "label", source.TextNode(label))
			}
			index, _ := m.value.number("index")
			found = append(found, parameter{key, index, n})
		}
	}
	if len(found) == 0 {
		im.report.doubt(flow.CodeImportCard, p.at.offset, place{f.def, f.head}, "the export does not say what a connection is made of: a token stands for it")
		found = []parameter{{"token", 0, emit.Line("type", "password", "label", "Token")}}
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].index < found[j].index })
	params := &source.Node{Kind: source.Map}
	for _, x := range slices.Clip(found) {
		emit.Put(params, x.key, x.node)
	}
	auth := &source.Node{Kind: source.Map}
	emit.Put(auth, "key", source.TextNode("custom"))
	emit.Put(auth, "name", source.TextNode("Connection"))
	emit.Put(auth, "type", source.TextNode("custom"))
	emit.Put(auth, "parameters", params)
	im.auth = emit.List(auth)
}
