package ir

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// ops are the operations by the name that the text form gives them.
func opTypes() map[string]reflect.Type {
	m := map[string]reflect.Type{}
	for _, op := range []Op{
		&Const{}, &Copy{}, &Box{}, &Convert{}, &Get{}, &GetNum{}, &Object{}, &List{}, &Concat{}, &Card{}, &Compare{},
		&Secret{}, &Config{}, &Context{}, &If{}, &Block{}, &Leave{}, &Try{}, &Loop{}, &While{}, &Parallel{}, &Call{},
		&Return{}, &Stop{}, &Fail{}, &Rethrow{}, &Trace{}, &Meter{},
	} {
		t := reflect.TypeOf(op).Elem()
		m[strings.ToLower(t.Name())] = t
	}
	return m
}

var (
	nodeType  = reflect.TypeFor[Node]()
	regType   = reflect.TypeFor[Reg]()
	regsType  = reflect.TypeFor[[]Reg]()
	opsType   = reflect.TypeFor[[]Op]()
	valueType = reflect.TypeFor[flow.Value]()
	typeType  = reflect.TypeFor[flow.Type]()
	cardType  = reflect.TypeFor[*flow.Card]()
	textsType = reflect.TypeFor[[]string]()
)

// Print returns the text form of p, which Parse reads back. An operation is one
// line: what it sets, its name, its step and its fields; a field that is zero
// is left out. Nested blocks stand in braces.
func Print(p *Program) string {
	var pr printer
	pr.externals(Externals(p))
	for i := range p.Steps {
		s := &p.Steps[i]
		pr.printf("step %d flow=%d %q %q at %q:%d:%d", i+1, s.Flow, s.Name, s.What, s.File, s.Line, s.Col)
		if len(s.Ports) > 0 {
			pr.printf(" in=%q", s.Ports)
		}
		if len(s.Outs) > 0 {
			pr.printf(" out=%q", s.Outs)
		}
		if s.Slot != "" {
			pr.printf(" slot=%q", s.Slot)
		}
		pr.printf("\n")
	}
	pr.steps = p.Steps
	for _, f := range p.Funcs {
		kind := "flow"
		if f.Kind == BodyFunc {
			kind = "body"
		}
		pr.printf("\n%s %q (", kind, f.Name)
		for i, r := range f.Params {
			pr.printf("%s%%%d:%c", sep(i), r, f.Regs[r])
		}
		pr.printf(") -> (")
		for i, o := range f.Outs {
			pr.printf("%s%q:%c", sep(i), o.Key, o.Repr)
		}
		pr.printf(") regs %q {\n", regLetters(f.Regs))
		pr.block(f.Body, "  ")
		pr.printf("}\n")
	}
	return pr.b.String()
}

func regLetters(regs []guest.Repr) string {
	b := make([]byte, len(regs))
	for i, r := range regs {
		b[i] = byte(r)
	}
	return string(b)
}

func sep(i int) string {
	if i == 0 {
		return ""
	}
	return ", "
}

type printer struct {
	b     strings.Builder
	steps []flow.StepInfo
}

func (p *printer) printf(format string, args ...any) { fmt.Fprintf(&p.b, format, args...) }

func (p *printer) block(ops []Op, indent string) {
	for _, op := range ops {
		p.op(op, indent)
	}
}

func (p *printer) op(op Op, indent string) {
	v := reflect.ValueOf(op).Elem()
	t := v.Type()
	p.b.WriteString(indent)
	if f, ok := t.FieldByName("Dst"); ok {
		if r := v.FieldByIndex(f.Index).Interface().(Reg); r != None {
			p.printf("%%%d = ", r)
		}
	}
	p.b.WriteString(strings.ToLower(t.Name()))
	n := op.At()
	if n.Step != 0 || n.Pos.IsValid() {
		p.printf(" @%d", n.Step)
		if at := stepPos(p.steps, n.Step); n.Pos != at {
			p.printf(" at %q:%d:%d", n.Pos.File, n.Pos.Line, n.Pos.Col)
		}
	}
	for i := range t.NumField() {
		f, x := t.Field(i), v.Field(i)
		switch {
		case f.Name == "Dst" || f.Type == nodeType || f.Type == opsType:
		case f.Type == regType:
			if r := x.Interface().(Reg); r != None {
				p.printf(" %s=%%%d", f.Name, r)
			}
		case x.IsZero(), x.Kind() == reflect.Slice && x.Len() == 0:
		default:
			p.printf(" %s=%s", f.Name, fieldText(x))
		}
	}
	for i := range t.NumField() {
		if t.Field(i).Type == opsType && v.Field(i).Len() > 0 {
			p.printf(" %s {\n", t.Field(i).Name)
			p.block(v.Field(i).Interface().([]Op), indent+"  ")
			p.printf("%s}", indent)
		}
	}
	p.b.WriteByte('\n')
}

func stepPos(steps []flow.StepInfo, n int) flow.Pos {
	if n < 1 || n > len(steps) {
		return flow.Pos{}
	}
	s := &steps[n-1]
	return flow.Pos{File: s.File, Line: s.Line, Col: s.Col}
}

func fieldText(x reflect.Value) string {
	switch v := x.Interface().(type) {
	case []Reg:
		var b strings.Builder
		b.WriteByte('[')
		for i, r := range v {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString("%" + strconv.Itoa(int(r)))
		}
		return b.String() + "]"
	case []string:
		var b strings.Builder
		b.WriteByte('[')
		for i, s := range v {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(strconv.Quote(s))
		}
		return b.String() + "]"
	case flow.Value:
		enc, err := flow.EncodeValue(v)
		if err != nil {
			panic("ir: a constant cannot be a secret")
		}
		return strconv.Quote(string(enc))
	case flow.Type:
		return strconv.Quote(v.String())
	case *flow.Card:
		return strconv.Quote(v.Key)
	}
	switch x.Kind() {
	case reflect.String:
		return strconv.Quote(x.String())
	case reflect.Bool:
		return "1"
	}
	return strconv.FormatInt(x.Int(), 10)
}
