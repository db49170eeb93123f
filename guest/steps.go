package guest

import (
	"encoding/binary"

	"github.com/weirflow/weir/flow"
)

// EncodeSteps writes the step table of a module: the distinct texts, each with
// its length, in the order in which the steps first use them; then for each
// step its flow, name, what, file, line, column, and the names of what its trace
// shows as inputs and as outputs. Texts are places in the table, every number
// is unsigned LEB128. Equal steps give equal bytes.
func EncodeSteps(steps []flow.StepInfo) []byte {
	var texts, body []byte
	at := map[string]uint64{}
	put := func(n int) { body = binary.AppendUvarint(body, uint64(uint32(n))) }
	text := func(s string) {
		i, ok := at[s]
		if !ok {
			i = uint64(len(at))
			at[s] = i
			texts = binary.AppendUvarint(texts, uint64(len(s)))
			texts = append(texts, s...)
		}
		body = binary.AppendUvarint(body, i)
	}
	list := func(names []string) {
		put(len(names))
		for _, s := range names {
			text(s)
		}
	}
	for i := range steps {
		s := &steps[i]
		put(s.Flow)
		text(s.Name)
		text(s.What)
		text(s.File)
		put(s.Line)
		put(s.Col)
		list(s.Ports)
		list(s.Outs)
		more := 0
		if s.Slot != "" {
			more |= stepSlot
		}
		put(more)
		if s.Slot != "" {
			text(s.Slot)
		}
	}
	out := binary.AppendUvarint(nil, uint64(len(at)))
	out = append(out, texts...)
	out = binary.AppendUvarint(out, uint64(len(steps)))
	return append(out, body...)
}

// stepSlot says that the slot of a step follows.
const stepSlot = 1

// MaxStepNames is the number of names that one step may show in traces: as many
// as a trace import takes values, and a card's outputs.
const MaxStepNames = 2 * MaxVariadic

// maxPlace bounds lines and columns: what fits an int32 on every platform.
const maxPlace = 1<<31 - 1

// readSteps decodes the step table.
func (v *verifier) readSteps() error {
	data, ok := v.sections.content(v.wasm, SectionSteps)
	if !ok {
		return flow.Errorf(flow.CodeModuleManifest, "section %s is missing", SectionSteps)
	}
	if len(data) > MaxSteps {
		return flow.Errorf(flow.CodeModuleProfile, "section %s has %d bytes, more than %d", SectionSteps, len(data), MaxSteps)
	}
	start := v.sections.custom[SectionSteps].start
	r := &reader{data: v.wasm, pos: start, end: start + len(data), part: "section " + SectionSteps, fn: -1, code: flow.CodeModuleManifest}
	r.mark()
	texts := make([]string, 0, r.count("texts", len(data)))
	for range cap(texts) {
		r.mark()
		texts = append(texts, r.name(MaxText))
	}
	next := 0 // texts are numbered in the order of their first use
	text := func() string {
		i := int(r.u32())
		if i > next || i >= len(texts) {
			r.invalid("text %d does not exist or is out of order", i)
			return ""
		}
		if i == next {
			next++
		}
		return texts[i]
	}
	list := func() []string {
		n := r.count("names", MaxStepNames)
		if n == 0 {
			return nil
		}
		names := make([]string, 0, n)
		for range n {
			names = append(names, text())
		}
		return names
	}
	r.mark()
	n := r.count("steps", len(data))
	v.m.Steps = make([]flow.StepInfo, 0, n)
	for range n {
		r.mark()
		s := flow.StepInfo{Flow: int(r.u32()), Name: text(), What: text(), File: text(), Line: int(r.u32()), Col: int(r.u32())}
		s.Ports, s.Outs = list(), list()
		more := r.u32()
		if more&stepSlot != 0 {
			s.Slot = text()
		}
		if r.err == nil && (len(s.Name) > MaxKey || len(s.What) > MaxKey) {
			r.profile("step %d has a name of more than %d bytes", len(v.m.Steps)+1, MaxKey)
		}
		if r.err == nil && (more > stepSlot || more&stepSlot != 0 && !v.hasSlot(s.Slot)) {
			r.invalid("step %d uses what does not exist", len(v.m.Steps)+1)
		}
		if r.err == nil && (s.Flow >= len(v.m.Manifest.Flows) || s.Name == "" || s.Line > maxPlace || s.Col > maxPlace) {
			r.invalid("step %d is out of range", len(v.m.Steps)+1)
		}
		if r.err != nil {
			break
		}
		v.m.Steps = append(v.m.Steps, s)
	}
	if r.err == nil && next != len(texts) {
		r.invalid("text %d is not used", next)
	}
	return r.done()
}
