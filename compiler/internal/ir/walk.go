package ir

// Blocks returns the operation lists nested directly in op.
func Blocks(op Op) []*[]Op {
	switch o := op.(type) {
	case *If:
		return []*[]Op{&o.Then, &o.Else}
	case *Block:
		return []*[]Op{&o.Body}
	case *Try:
		return []*[]Op{&o.Body, &o.IfError}
	case *Loop:
		return []*[]Op{&o.Body}
	case *While:
		return []*[]Op{&o.Body}
	}
	return nil
}

// Walk calls visit for every operation of body, outer ones before what they
// contain.
func Walk(body []Op, visit func(Op)) {
	for _, op := range body {
		visit(op)
		for _, b := range Blocks(op) {
			Walk(*b, visit)
		}
	}
}

// Defs returns the registers that op sets.
func Defs(op Op) []Reg {
	var one Reg
	switch o := op.(type) {
	case *Const:
		one = o.Dst
	case *Copy:
		one = o.Dst
	case *Box:
		one = o.Dst
	case *Convert:
		one = o.Dst
	case *Get:
		one = o.Dst
	case *GetNum:
		one = o.Dst
	case *Object:
		one = o.Dst
	case *List:
		one = o.Dst
	case *Concat:
		one = o.Dst
	case *Card:
		one = o.Dst
	case *Compare:
		one = o.Dst
	case *Secret:
		one = o.Dst
	case *Config:
		one = o.Dst
	case *Context:
		one = o.Dst
	case *Try:
		one = o.Err
	case *Parallel:
		one = o.Dst
	case *Loop:
		return present(o.Item, o.Index, o.Memo, o.Dst, o.Found)
	case *While:
		return present(o.Memo, o.Dst, o.Last)
	case *Call:
		return present(append([]Reg{o.Status}, o.Dsts...)...)
	default:
		return nil
	}
	return present(one)
}

// Uses returns the registers that op reads, without those of nested blocks.
func Uses(op Op) []Reg {
	switch o := op.(type) {
	case *Copy:
		return present(o.Src)
	case *Box:
		return present(o.Src)
	case *Convert:
		return present(o.Src)
	case *Get:
		return present(o.Src)
	case *GetNum:
		return present(o.Src)
	case *Object:
		return o.Args
	case *List:
		return o.Args
	case *Concat:
		return o.Args
	case *Card:
		return present(append(append([]Reg(nil), o.Args...), o.Extra...)...)
	case *Compare:
		return present(o.A, o.B)
	case *If:
		return present(o.Cond)
	case *Loop:
		return present(o.Over, o.Init, o.Out, o.Memo)
	case *While:
		return present(o.Init, o.Item, o.Next, o.More, o.Memo)
	case *Parallel:
		return present(append([]Reg{o.Over, o.Concurrency}, o.Captures...)...)
	case *Call:
		return present(o.Args...)
	case *Return:
		return present(o.Args...)
	case *Stop:
		return present(o.Message)
	case *Fail:
		return present(o.Fields)
	case *Trace:
		return present(o.Args...)
	}
	return nil
}

func present(regs ...Reg) []Reg {
	out := regs[:0:0]
	for _, r := range regs {
		if r != None {
			out = append(out, r)
		}
	}
	return out
}

// MapUses replaces every register that op reads by f of it; those of nested
// blocks stay. The Memo of a loop is set by the loop and is not replaced.
func MapUses(op Op, f func(Reg) Reg) {
	one := func(r *Reg) {
		if *r != None {
			*r = f(*r)
		}
	}
	all := func(regs []Reg) {
		for i := range regs {
			regs[i] = f(regs[i])
		}
	}
	switch o := op.(type) {
	case *Copy:
		one(&o.Src)
	case *Box:
		one(&o.Src)
	case *Convert:
		one(&o.Src)
	case *Get:
		one(&o.Src)
	case *GetNum:
		one(&o.Src)
	case *Object:
		all(o.Args)
	case *List:
		all(o.Args)
	case *Concat:
		all(o.Args)
	case *Card:
		all(o.Args)
		all(o.Extra)
	case *Compare:
		one(&o.A)
		one(&o.B)
	case *If:
		one(&o.Cond)
	case *Loop:
		one(&o.Over)
		one(&o.Init)
		one(&o.Out)
	case *While:
		one(&o.Init)
		one(&o.Item)
		one(&o.Next)
		one(&o.More)
	case *Parallel:
		one(&o.Over)
		one(&o.Concurrency)
		all(o.Captures)
	case *Call:
		all(o.Args)
	case *Return:
		all(o.Args)
	case *Stop:
		one(&o.Message)
	case *Fail:
		one(&o.Fields)
	case *Trace:
		all(o.Args)
	}
}
