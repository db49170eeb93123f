package ir

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// Parse reads the text form that Print writes; cards are looked up in reg, those
// of other connectors among the definitions in the text. The program is not
// verified: see Verify.
func Parse(text string, reg *flow.Registry) (p *Program, err error) {
	ps := &parser{reg: reg, types: opTypes()}
	defer func() {
		if r := recover(); r != nil {
			bad, ok := r.(parseError)
			if !ok {
				panic(r)
			}
			p, err = nil, flow.Errorf(flow.CodeSourceSyntax, "IR line %d: %s", ps.line, string(bad))
		}
	}()
	ps.lex(text)
	p = &Program{}
	for ps.more() {
		switch word := ps.take(); word {
		case "step":
			p.Steps = append(p.Steps, ps.step(len(p.Steps)+1))
			ps.steps = p.Steps
		case "external":
			ps.external()
		case "flow", "body":
			p.Funcs = append(p.Funcs, ps.function(word))
		default:
			ps.fail("unexpected %s", word)
		}
	}
	return p, nil
}

// maxNesting bounds nested blocks in IR text, so that hostile text cannot
// exhaust the stack.
const maxNesting = 200

type parseError string

type token struct {
	text string
	line int
}

type parser struct {
	toks  []token
	pos   int
	line  int
	depth int
	reg   *flow.Registry
	types map[string]reflect.Type
	steps []flow.StepInfo
	cards map[string]*flow.Card // of other connectors
}

func (p *parser) fail(format string, args ...any) { panic(parseError(fmt.Sprintf(format, args...))) }

// lex cuts the text into quoted strings, words and single punctuation marks.
func (p *parser) lex(s string) {
	line := 1
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '\n':
			line++
			i++
		case c == ' ' || c == '\t' || c == '\r':
			i++
		case c == '"':
			q, err := strconv.QuotedPrefix(s[i:])
			if err != nil {
				p.line = line
				p.fail("a text is not closed")
			}
			p.toks = append(p.toks, token{q, line})
			i += len(q)
		case isWord(c):
			j := i + 1
			for j < len(s) && isWord(s[j]) {
				j++
			}
			p.toks = append(p.toks, token{s[i:j], line})
			i = j
		default:
			p.toks = append(p.toks, token{s[i : i+1], line})
			i++
		}
	}
	p.line = line
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '%' || c == '-'
}

func (p *parser) more() bool { return p.pos < len(p.toks) }

func (p *parser) peek() string {
	if !p.more() {
		return ""
	}
	return p.toks[p.pos].text
}

func (p *parser) take() string {
	if !p.more() {
		p.fail("the text ends too early")
	}
	t := p.toks[p.pos]
	p.line = t.line
	p.pos++
	return t.text
}

func (p *parser) accept(text string) bool {
	if p.peek() == text {
		p.pos++
		return true
	}
	return false
}

func (p *parser) want(text string) {
	if t := p.take(); t != text {
		p.fail("%s where %s was expected", t, text)
	}
}

func (p *parser) str() string {
	t := p.take()
	s, err := strconv.Unquote(t)
	if err != nil || t[0] != '"' {
		p.fail("%s where a text was expected", t)
	}
	return s
}

func (p *parser) number() int {
	t := p.take()
	n, err := strconv.Atoi(t)
	if err != nil {
		p.fail("%s where a number was expected", t)
	}
	return n
}

func (p *parser) register() Reg {
	t := p.take()
	if n, ok := strings.CutPrefix(t, "%"); ok {
		if i, err := strconv.Atoi(n); err == nil && i >= 0 && i < 1<<20 {
			return Reg(i)
		}
	}
	p.fail("%s where a register was expected", t)
	return None
}

func (p *parser) position() flow.Pos {
	pos := flow.Pos{File: p.str()}
	p.want(":")
	pos.Line = p.number()
	p.want(":")
	pos.Col = p.number()
	return pos
}

func (p *parser) texts() []string {
	p.want("[")
	var out []string
	for !p.accept("]") {
		out = append(out, p.str())
	}
	return out
}

func (p *parser) step(n int) flow.StepInfo {
	if p.number() != n {
		p.fail("steps are numbered from 1 without gaps")
	}
	var s flow.StepInfo
	p.want("flow")
	p.want("=")
	s.Flow = p.number()
	s.Name, s.What = p.str(), p.str()
	p.want("at")
	pos := p.position()
	s.File, s.Line, s.Col = pos.File, pos.Line, pos.Col
	if p.accept("in") {
		p.want("=")
		s.Ports = p.texts()
	}
	if p.accept("out") {
		p.want("=")
		s.Outs = p.texts()
	}
	if p.accept("slot") {
		p.want("=")
		s.Slot = p.str()
	}
	return s
}

func (p *parser) repr() guest.Repr {
	switch t := p.take(); t {
	case "h", "n", "b":
		return guest.Repr(t[0])
	default:
		p.fail("%s is no representation", t)
		return 0
	}
}

func (p *parser) function(kind string) *Func {
	f := &Func{Name: p.str()}
	if kind == "body" {
		f.Kind = BodyFunc
	}
	p.want("(")
	for !p.accept(")") {
		f.Params = append(f.Params, p.register())
		p.want(":")
		p.repr()
		p.accept(",")
	}
	p.want("-")
	p.want(">")
	p.want("(")
	for !p.accept(")") {
		key := p.str()
		p.want(":")
		f.Outs = append(f.Outs, Out{key, p.repr()})
		p.accept(",")
	}
	p.want("regs")
	for _, c := range []byte(p.str()) {
		f.Regs = append(f.Regs, guest.Repr(c))
	}
	p.want("{")
	f.Body = p.block()
	return f
}

func (p *parser) block() []Op {
	if p.depth++; p.depth > maxNesting {
		p.fail("blocks are nested deeper than %d", maxNesting)
	}
	var ops []Op
	for !p.accept("}") {
		ops = append(ops, p.op())
	}
	p.depth--
	return ops
}

func (p *parser) op() Op {
	dst := None
	if strings.HasPrefix(p.peek(), "%") {
		dst = p.register()
		p.want("=")
	}
	name := p.take()
	t, ok := p.types[name]
	if !ok {
		p.fail("%s is no operation", name)
	}
	v := reflect.New(t)
	e := v.Elem()
	for i := range t.NumField() {
		if t.Field(i).Type == regType {
			e.Field(i).Set(reflect.ValueOf(None))
		}
	}
	if f := e.FieldByName("Dst"); f.IsValid() {
		f.Set(reflect.ValueOf(dst))
	} else if dst != None {
		p.fail("%s sets nothing", name)
	}
	op := v.Interface().(Op)
	if p.accept("@") {
		op.At().Step = p.number()
		op.At().Pos = stepPos(p.steps, op.At().Step)
		if p.accept("at") {
			op.At().Pos = p.position()
		}
	}
	for {
		f := e.FieldByName(p.peek())
		if !f.IsValid() || p.peek() == "Dst" || p.peek() == "Node" {
			return op
		}
		p.pos++
		if f.Type() == opsType {
			p.want("{")
			f.Set(reflect.ValueOf(p.block()))
			continue
		}
		p.want("=")
		p.field(f)
	}
}

func (p *parser) field(f reflect.Value) {
	switch f.Type() {
	case regType:
		f.Set(reflect.ValueOf(p.register()))
	case regsType:
		p.want("[")
		var regs []Reg
		for !p.accept("]") {
			regs = append(regs, p.register())
		}
		f.Set(reflect.ValueOf(regs))
	case textsType:
		f.Set(reflect.ValueOf(p.texts()))
	case valueType:
		v, err := flow.DecodeValue([]byte(p.str()), flow.JSONLimits{})
		if err != nil {
			p.fail("%v", err)
		}
		f.Set(reflect.ValueOf(v))
	case typeType:
		var t flow.Type
		if err := t.UnmarshalText([]byte(p.str())); err != nil {
			p.fail("%v", err)
		}
		f.Set(reflect.ValueOf(t))
	case cardType:
		key := p.str()
		card, ok := p.cards[key]
		if !ok {
			card, ok = p.reg.Lookup(key)
		}
		if !ok {
			p.fail("no card %q", key)
		}
		f.Set(reflect.ValueOf(card))
	default:
		switch f.Kind() {
		case reflect.String:
			f.SetString(p.str())
		case reflect.Bool:
			f.SetBool(p.number() != 0)
		default:
			f.SetInt(int64(p.number()))
		}
	}
}
