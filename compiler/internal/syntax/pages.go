package syntax

import (
	"github.com/weirflow/weir/compiler/internal/source"
	"github.com/weirflow/weir/flow"
)

// Pages makes an HTTP step ask for page after page.
type Pages struct {
	Pos     flow.Pos
	By      Str  // page, offset, cursor, link or url
	Records Str  // "body.items"; empty for body itself
	Param   Str  // name in the query, or a path in the body
	In      Str  // where Param is: query or body; empty for query
	Start   Expr // a number; nil for the default
	Next    Str
	More    Str  // "body.has_more"; empty where the answer does not say it
	Size    Expr // a number; nil when pages have no known size
	Limit   Expr // nil for none
	Flow    Str  // empty: the records are collected
	With    []*Arg
}

// Paginate is the Paginate card: it calls a flow with the members of an object,
// and again with what it gave, while that still has the member Path.
type Paginate struct {
	Object Expr
	Path   Str
	Flow   Str
	With   []*Arg // made by the checker
}

func (*Paginate) action() {}

// The parts of a request that a page, offset or cursor can stand in.
const (
	PagesInQuery = "query"
	PagesInBody  = "body"
)

// The ways in which pages follow each other.
const (
	PagesByPage   = "page"
	PagesByOffset = "offset"
	PagesByCursor = "cursor"
	PagesByLink   = "link"
	PagesByURL    = "url"
)

func pagesFields() []string {
	return []string{"by", "records", "param", "in", "start", "next", "more", "size", "limit", "flow", "with"}
}

// pages reads the paginate field of a card step; nil without one.
func (p *parser) pages(m *mapping) *Pages {
	n := m.node.Get("paginate")
	if n == nil {
		return nil
	}
	pm := p.mapping(n, "paginate", pagesFields()...)
	var in Str
	if at := pm.node.Get("in"); at != nil {
		in = Str{pm.oneOf("in", PagesInQuery, PagesInBody), at.Pos}
	}
	return &Pages{
		Pos: n.Pos, By: Str{pm.oneOf("by", PagesByPage, PagesByOffset, PagesByCursor, PagesByLink, PagesByURL), n.Pos},
		Records: pm.text("records"), Param: pm.text("param"), In: in, Start: pm.expr("start"), Next: pm.text("next"), More: pm.text("more"), Size: pm.expr("size"),
		Limit: pm.expr("limit"), Flow: pm.text("flow"), With: p.args(pm.members("with")),
	}
}

func (p *parser) paginate(m *mapping) *Paginate {
	return &Paginate{Object: m.expr("paginate"), Path: m.required("path"), Flow: m.required("flow")}
}

func pagesNode(p *Pages) *source.Node {
	m := newMap()
	m.text("by", p.By.Text)
	m.text("records", p.Records.Text)
	m.text("param", p.Param.Text)
	m.text("in", p.In.Text)
	m.expr("start", p.Start)
	m.text("next", p.Next.Text)
	m.text("more", p.More.Text)
	m.expr("size", p.Size)
	m.expr("limit", p.Limit)
	m.text("flow", p.Flow.Text)
	m.full("with", argsNode(p.With))
	return m.Node
}
