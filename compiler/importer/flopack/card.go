package flopack

import (
	"math"
	"slices"
	"strings"

	"github.com/weirflow/weir/flow"
)

// scope is the body of a flow, or of a flow that stands inside a card: cards
// that see each other's outputs.
type scope struct {
	at    *node
	cards []*card // in no order that means anything
	byID  map[string]*card
	edges [][2]*card // which card comes next, hidden cards left out

	// sources says where inputs are wired from. Inputs of a join have one source for
	// each branch.
	sources map[*port][]wire
	used    map[*port]int      // how many wires begin at an output
	targets map[*port][]target // where the first wires of an output lead

	holder *card // the card that the scope stands in; nil for a flow
	role   role  // what it is there
}

// target is an input that a wire leads to.
type target struct {
	card *card
	port *port
}

// role says what an embedded flow is to the card that it stands in.
type role uint8

const (
	roleFlow  role = iota
	roleEach       // run for each record of an event
	roleTry        // what may fail
	roleCatch      // what handles the error
	roleArm        // a branch of If/ElseIf
)

// card is one card of a scope.
type card struct {
	id      string
	title   string
	address address
	at      *node
	scope   *scope
	hidden  bool

	inputs  []*port // in the order in which people see them, without those of the policy
	outputs []*port
	policy  *policy

	branches map[string]bool   // If: the cards that begin its branches
	joins    map[*port][]*port // Join: which outputs an input gives
	embedded map[*port]*scope  // flows that stand in inputs
	config   string            // id of the connection
	event    bool              // begins a flow that a connector starts
	listed   bool              // its events come as a list
	metaType string            // of cards in projects of connectors
	comment  [2]string         // title and text
}

// address is what identifies the kind of a card.
type address struct {
	channel   string // of function cards: "string"
	connector string // of all others: "okta"
	version   string
	key       string
}

// vendorKey is what aliases of cards and constructs are written like.
func (a address) vendorKey() string {
	if a.connector != "" {
		return "channels:" + a.connector + ":" + a.key
	}
	return "kernel:" + a.channel + ":" + a.key
}

// is reports whether a card is the function card of a channel and key.
func (c *card) is(channel, key string) bool {
	return c.address.channel == channel && c.address.key == key
}

// port is an input or output of a card.
type port struct {
	id, group, key string
	label          string
	typ            flow.Type
	isFlow         bool  // it holds a flow
	data           *node // literal; nil for none
	at             *node
	index          float64
	custom         bool // added by the author
	required       bool
	proxy          *proxy
	wormhole       string   // id of the card at the other end of what is handed into an embedded flow
	path           []string // of an output of a hidden card that reads a part of an object
}

// proxy says how an argument of a loop is made for each turn.
type proxy struct {
	dynamic bool
	path    string // "": the whole item
}

// policy says what happens after an error.
type policy struct {
	kind    string // finish, handler, flo, return
	flow    string
	retry   int
	delay   [2]float64 // milliseconds
	limited bool       // only rate limits are tried again
	args    []*port
	handler *scope
	at      *node
}

// field finds an input by group and key.
func (c *card) input(group, key string) *port { return find(c.inputs, group, key) }

func find(ports []*port, group, key string) *port {
	for _, p := range ports {
		if p.group == group && p.key == key {
			return p
		}
	}
	return nil
}

// only finds an input by key alone.
func (c *card) only(key string) *port { return c.input("", key) }

// scope reads the body of a flow.
func (r *modelReader) scope(body *node) (*scope, error) {
	s := &scope{at: body, byID: map[string]*card{}, sources: map[*port][]wire{}, used: map[*port]int{},
		targets: map[*port][]target{}}
	methods := r.list(body, "methods")
	if r.cards += len(methods); r.cards > MaxCards {
		return nil, r.doc.failed(flow.CodeImportLimit, body.offset, "a flow has more than %d cards", MaxCards)
	}
	for _, m := range methods {
		if m.value.kind != mapNode {
			r.wrong(m.value, "a card", mapNode)
			continue
		}
		c, err := r.card(s, m.value)
		if err != nil {
			return nil, err
		}
		if c == nil {
			continue
		}
		if s.byID[c.id] != nil {
			r.problem(flow.CodeImportValue, c.at, "the card %s stands twice in its flow", flow.Excerpt(c.id))
			continue
		}
		s.cards, s.byID[c.id] = append(s.cards, c), c
	}
	r.edges(s)
	for _, c := range s.cards {
		r.wires(s, c)
	}
	return s, nil
}

func (r *modelReader) card(s *scope, n *node) (*card, error) {
	c := &card{id: r.text(n, "uuid"), at: n, scope: s, embedded: map[*port]*scope{}}
	if c.id == "" {
		r.problem(flow.CodeImportValue, n, "a card has no uuid")
	}
	var ok bool
	if c.address, ok = parseAddress(r.text(n, "address")); !ok {
		r.problem(flow.CodeImportValue, n, "a card has the address %s, which is none", flow.Excerpt(n.string("address")))
		return nil, nil
	}
	nd := r.required(n, "node")
	model := r.required(nd, "model")
	c.title = strings.TrimSpace(r.text(r.object(nd, "data"), "name"))
	if v := model.get("displayed"); v != nil && v.kind == boolNode {
		c.hidden = v.text == "false"
	}
	c.config, c.event, c.listed = r.text(model, "config"), model.true("webhook"), model.true("webhookList")
	if v := model.get("comments"); v != nil && v.kind == mapNode {
		c.comment = [2]string{v.string("title"), v.string("markdown")}
	} else if v != nil && v.kind == textNode {
		c.comment = [2]string{"", v.text}
	}
	if meta := model.get("meta"); meta != nil && meta.kind == mapNode {
		if t := meta.get("type"); t != nil && t.kind == mapNode {
			c.metaType = t.string("address")
		} else {
			c.metaType = meta.string("type")
		}
	}
	c.policy = r.policy(model)
	for _, m := range r.mapping(r.object(model, "inputs"), "data") {
		p := r.port(m)
		if m.value.get("value").true("error") {
			c.policy.args = append(c.policy.args, p)
			continue
		}
		c.inputs = append(c.inputs, p)
	}
	for _, m := range r.mapping(r.object(model, "outputs"), "data") {
		c.outputs = append(c.outputs, r.port(m))
	}
	if c.is("object", "expand") {
		r.paths(c)
	}
	if n := len(c.inputs) + len(c.policy.args); n > MaxPorts || len(c.outputs) > MaxPorts {
		return nil, r.doc.failed(flow.CodeImportLimit, c.at.offset, "a card has more than %d inputs or outputs", MaxPorts)
	}
	sortPorts(c.inputs)
	sortPorts(c.outputs)
	c.branches = map[string]bool{}
	if b := r.object(n, "branches"); b != nil {
		for _, m := range b.members {
			c.branches[m.key] = m.value.kind == boolNode && m.value.text == "true"
		}
	}
	return c, r.embedded(c, model)
}

// parseAddress takes an address apart.
func parseAddress(s string) (address, bool) {
	part := strings.Split(s, ":")
	switch {
	case len(part) == 5 && part[0] == "root" && part[1] == "kernel":
		return address{channel: part[2], version: part[3], key: part[4]}, part[2] != "" && part[4] != ""
	case len(part) == 6 && part[0] == "root" && part[1] == "channels" && part[2] == "http":
		return address{connector: part[3], version: part[4], key: part[5]}, part[3] != "" && part[5] != ""
	}
	return address{}, false
}

func (r *modelReader) port(m member) *port {
	n := m.value
	p := &port{id: m.key, group: r.text(n, "group"), key: r.text(n, "key"), at: n, index: math.Inf(1)}
	meta := r.object(n, "metadata")
	p.label = strings.TrimSpace(meta.string("displayname"))
	if i, ok := meta.number("index"); ok {
		p.index = i
	}
	p.custom = meta.true("custom") || meta.true("transient")
	p.required = n.true("required")
	p.wormhole = meta.string("wormholeMethodId")
	v := r.required(n, "value")
	if v == nil {
		return p
	}
	p.typ, p.isFlow = r.typ(v, 0)
	if d := v.get("data"); !d.null() {
		p.data = d
	}
	if px := v.get("proxy"); px != nil && px.kind == mapNode {
		p.proxy = &proxy{dynamic: px.true("dynamic"), path: px.string("path")}
	}
	return p
}

// typ reads a type: a name, or a map of known members.
func (r *modelReader) typ(v *node, depth int) (t flow.Type, isFlow bool) {
	n := v.get("type")
	switch {
	case n.null():
	case n.kind == mapNode:
		t = flow.ObjectType
		if depth >= maxTypeDepth {
			break
		}
		for _, m := range n.members {
			if m.value.kind != mapNode {
				r.wrong(m.value, "a type", mapNode)
				continue
			}
			if m.key == "" || len(t.Fields) >= maxTypeFields {
				continue
			}
			inner, _ := r.typ(m.value, depth+1)
			t.Fields = append(t.Fields, flow.Field{Key: m.key, Type: inner})
		}
	case n.kind != textNode:
		r.wrong(n, "type", textNode)
	default:
		switch n.text {
		case "string":
			t = flow.TextType
		case "number":
			t = flow.NumberType
		case "boolean":
			t = flow.BoolType
		case "Date":
			t = flow.DateType
		case "object":
			t = flow.ObjectType
		case "file":
			t = flow.FileType
		case "flo":
			t, isFlow = flow.FlowType, true
		}
	}
	t.List = v.true("collection")
	return t, isFlow
}

// What is known of an object: as deep and as much as a declaration can say.
const (
	maxTypeDepth  = 8
	maxTypeFields = 200
)

// sortPorts puts ports in the order in which people see them; those without a
// place go last.
func sortPorts(ports []*port) {
	slices.SortStableFunc(ports, func(a, b *port) int {
		switch {
		case a.index < b.index:
			return -1
		case a.index > b.index:
			return 1
		}
		return 0
	})
}

// paths finds which part of its object each output of a hidden card reads.
func (r *modelReader) paths(c *card) {
	keys := map[string]*port{}
	for _, p := range c.outputs {
		if p.key == "key" {
			keys[p.group] = p
		}
	}
	for _, p := range c.outputs {
		if p.key != "value" {
			continue
		}
		n := p.at.get("metadata").get("path")
		if n == nil && keys[p.group] != nil {
			n = keys[p.group].data
		}
		if n == nil || n.kind != listNode {
			continue
		}
		for _, m := range n.members {
			if m.value.kind == textNode || m.value.kind == numberNode {
				p.path = append(p.path, m.value.text)
			}
		}
	}
}

func (r *modelReader) policy(model *node) *policy {
	p := &policy{kind: "finish", at: model}
	n := r.object(r.object(model, "policy"), "error")
	if n == nil {
		return p
	}
	p.at = n
	if k := r.text(n, "type"); k != "" {
		p.kind = k
	}
	if v := n.get("flo"); v != nil && v.kind == textNode {
		p.flow = v.text
	}
	if f, ok := n.number("retry"); ok {
		p.retry = int(max(0, min(f, 1000)))
	}
	p.limited = r.text(n, "retryCondition") == "ratelimits"
	switch d := n.get("delay"); {
	case d.null():
	case d.kind == numberNode:
		f := d.value().Number()
		p.delay = [2]float64{f, f}
	case d.kind == listNode && len(d.members) == 2 && d.members[0].value.kind == numberNode && d.members[1].value.kind == numberNode:
		p.delay = [2]float64{d.members[0].value.value().Number(), d.members[1].value.value().Number()}
	default:
		r.problem(flow.CodeImportValue, d, "delay must be a number or two of them, not %s", d.kind)
	}
	return p
}

// embedded reads the flows that stand inside a card.
func (r *modelReader) embedded(c *card, model *node) error {
	inner := func(n *node, as role) (*scope, error) {
		s, err := r.scope(n)
		if err == nil {
			s.holder, s.role = c, as
		}
		return s, err
	}
	for _, p := range c.inputs {
		if !p.isFlow || p.data == nil || p.data.kind != mapNode || len(p.data.members) == 0 {
			continue
		}
		as := roleArm
		switch c.address.key {
		case "tryCatch":
			as = roleTry
		case "asyncEach":
			as = roleEach
		}
		s, err := inner(p.data, as)
		if err != nil {
			return err
		}
		c.embedded[p] = s
	}
	n := model.get("policy").get("error").get("flo")
	if c.policy.kind != "handler" || n == nil || n.kind != mapNode {
		return nil
	}
	var err error
	c.policy.handler, err = inner(n, roleCatch)
	return err
}
