package lower

import (
	"github.com/weirflow/weir/compiler/internal/ir"
	"github.com/weirflow/weir/compiler/internal/syntax"
	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/guest"
)

// setCursor lowers the step that says where the next poll begins.
func (b *fn) setCursor(s *syntax.Step, do *syntax.Cursor) {
	t := flow.AnyType
	if c := b.fi.Flow.Cursor; c != nil {
		t = *c
	}
	r := b.as(b.expr(do.Value), t, guest.Handle)
	b.emit(&ir.Copy{Dst: b.cursor, Src: r})
	b.trace(b.node.Step, []string{"cursor"}, []ir.Reg{r}, nil, nil)
	b.steps[s] = nil
}

// saveCursor keeps the cursor of before a try: an error releases what the try
// made, the cursor among it.
func (b *fn) saveCursor() ir.Reg {
	if b.cursor == ir.None {
		return ir.None
	}
	r := b.f.NewReg(guest.Handle)
	b.emit(&ir.Copy{Dst: r, Src: b.cursor})
	return r
}

func (b *fn) restoreCursor(saved ir.Reg) {
	if saved != ir.None {
		b.emit(&ir.Copy{Dst: b.cursor, Src: saved})
	}
}
