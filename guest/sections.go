package guest

import (
	"bytes"

	"github.com/weirflow/weir/flow"
)

// Section ids (core specification, "Modules: Sections").
const (
	idCustom    = 0
	idType      = 1
	idImport    = 2
	idFunction  = 3
	idTable     = 4
	idMemory    = 5
	idGlobal    = 6
	idExport    = 7
	idStart     = 8
	idElement   = 9
	idCode      = 10
	idData      = 11
	idDataCount = 12
	idTag       = 13
)

var sectionNames = [...]string{
	"custom", "type", "import", "function", "table", "memory", "global",
	"export", "start", "element", "code", "data", "data count", "tag",
}

// sectionRank is the order in which sections stand: the data count section
// comes before the code, the tag section before the globals.
var sectionRank = [...]int{
	idType: 1, idImport: 2, idFunction: 3, idTable: 4, idMemory: 5, idTag: 6, idGlobal: 7,
	idExport: 8, idStart: 9, idElement: 10, idDataCount: 11, idCode: 12, idData: 13,
}

// Custom sections that a module may carry besides its own; they have no meaning
// for a run.
const (
	sectionName      = "name"
	sectionProducers = "producers"
)

var magic = []byte("\x00asm\x01\x00\x00\x00")

// span is the place of a section's content.
type span struct {
	present    bool
	start, end int
}

// sections is a module cut into sections, nothing in them read yet.
type sections struct {
	known  [idTag + 1]span
	custom map[string]span
	// odd is the first section that the profile does not allow. It is reported
	// after the ABI number was compared: a module for another ABI may have it.
	odd error
}

// split cuts wasm into sections and checks their order and lengths.
func split(wasm []byte) (*sections, error) {
	r := &reader{data: wasm, end: len(wasm), part: "module", fn: -1}
	if !bytes.HasPrefix(wasm, magic) {
		r.invalid("it does not begin as a WebAssembly module, version 1")
		return nil, r.err
	}
	if len(wasm) > MaxModule {
		r.profile("it has %d bytes, more than %d", len(wasm), MaxModule)
		return nil, r.err
	}
	s := &sections{custom: map[string]span{}}
	rank := 0
	for r.pos = len(magic); r.left() > 0; {
		r.part = "module"
		r.mark()
		id := r.byte()
		if int(id) >= len(sectionNames) {
			r.invalid("section id %d does not exist", id)
			break
		}
		r.part = sectionNames[id] + " section"
		start := len(r.bytes(r.u32()))
		if r.err != nil {
			break
		}
		at := span{present: true, start: r.pos - start, end: r.pos}
		if id == idCustom {
			s.addCustom(r, at)
			continue
		}
		if sectionRank[id] <= rank {
			r.invalid("it stands twice or behind a section that must follow it")
			break
		}
		rank = sectionRank[id]
		s.known[id] = at
		switch id {
		case idTable, idMemory, idStart, idElement, idData, idDataCount, idTag:
			s.refuse(r, "flows have none", "")
		}
	}
	return s, r.done()
}

// addCustom reads the name of a custom section; r stands at its end.
func (s *sections) addCustom(r *reader, at span) {
	c := &reader{data: r.data, pos: at.start, end: at.end, at: r.at, part: r.part, fn: -1}
	name := c.name(MaxModule)
	if c.err != nil {
		r.err = c.err
		r.pos = r.end
		return
	}
	switch name {
	case SectionManifest, SectionConsts, SectionSteps, sectionName, sectionProducers:
	default:
		s.refuse(r, "flows have none called", name)
		return
	}
	if s.custom[name].present {
		s.refuse(r, "a second one called", name)
		return
	}
	at.start = c.pos
	s.custom[name] = at
}

// refuse notes a section that flows do not have, with its name if it is custom.
func (s *sections) refuse(r *reader, why, name string) {
	if s.odd != nil {
		return
	}
	if name != "" {
		why += " " + flow.Excerpt(name)
	}
	s.odd = flow.Errorf(flow.CodeModuleProfile, "%s, byte %d: %s", r.part, r.at, why)
}

// reader returns a reader of a section by id; it is empty where the module has
// no such section.
func (s *sections) reader(wasm []byte, id int) *reader {
	at := s.known[id]
	return &reader{data: wasm, pos: at.start, end: at.end, at: at.start, part: sectionNames[id] + " section", fn: -1}
}

// vector reads the count of a section's vector; a missing section is an empty
// vector.
func (s *sections) vector(r *reader, id int, what string, limit int) int {
	if !s.known[id].present {
		return 0
	}
	return r.count(what, limit)
}

// content returns the content of a custom section behind its name.
func (s *sections) content(wasm []byte, name string) ([]byte, bool) {
	at := s.custom[name]
	return wasm[at.start:at.end], at.present
}
