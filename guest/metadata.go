package guest

import (
	"encoding/json"
	"math"

	"github.com/weirflow/weir/flow"
)

// abi compares the ABI number before anything else is judged: a module for
// another ABI may break every other rule.
func (v *verifier) abi() error {
	data, ok := v.sections.content(v.wasm, SectionManifest)
	if !ok || len(data) > MaxManifest {
		return nil // reported by readManifest
	}
	tree, err := parseMeta(data)
	if err != nil {
		return nil
	}
	n, ok := tree.Object().Get("abi")
	if !ok || n.Kind() != flow.KindNumber || n.Number() != math.Trunc(n.Number()) {
		return nil
	}
	v.manifestTree = tree
	if n.Number() != ABI {
		return flow.Errorf(flow.CodeModuleABI, "the module was built for ABI %v, this is ABI %d", n.Number(), ABI).
			WithFix("compile the connector again with this release")
	}
	return nil
}

// metaDepth is far above the nesting of manifests and steps; defaults of inputs
// are the only deep part.
const metaDepth = MaxConstDepth + 8

func parseMeta(data []byte) (flow.Value, error) {
	return flow.ParseJSON(data, flow.JSONLimits{Depth: metaDepth, Bytes: 64 << 20})
}

// readMeta decodes a custom section of JSON into out, strictly: what out prints
// as must be what the section says. That finds unknown, misspelt and doubled
// members and values that were lost on the way, whatever encoding/json tolerates.
func (v *verifier) readMeta(name string, limit int, out any) error {
	data, ok := v.sections.content(v.wasm, name)
	if !ok {
		return flow.Errorf(flow.CodeModuleManifest, "section %s is missing", name)
	}
	if len(data) > limit {
		return flow.Errorf(flow.CodeModuleProfile, "section %s has %d bytes, more than %d", name, len(data), limit)
	}
	bad := func(err error) error {
		return flow.Errorf(flow.CodeModuleManifest, "section %s, byte %d: %v", name, v.sections.custom[name].start, err)
	}
	tree := v.manifestTree
	if name != SectionManifest || tree.IsNull() {
		var err error
		if tree, err = parseMeta(data); err != nil {
			return bad(err)
		}
	}
	if err := json.Unmarshal(data, out); err != nil {
		return bad(err)
	}
	var again flow.Value
	printed, err := json.Marshal(out)
	if err == nil {
		again, err = parseMeta(printed)
	}
	if err != nil {
		return bad(err)
	}
	if !flow.Equal(tree, again) {
		where := difference(tree, again)
		return flow.Errorf(flow.CodeModuleManifest, "section %s, byte %d: %s is unknown, misspelt or out of place",
			name, v.sections.custom[name].start, flow.Excerpt(where))
	}
	return nil
}

// difference returns the path of the first part of a that b has not or has
// differently.
func difference(a, b flow.Value) string {
	path := ""
	for {
		next := false
		switch {
		case a.Kind() == flow.KindObject && b.Kind() == flow.KindObject:
			for k, x := range a.Object().All() {
				if y, ok := b.Object().Get(k); !ok || !flow.Equal(x, y) {
					path, a, b, next = path+"."+k, x, y, true
					break
				}
			}
		case a.Kind() == flow.KindList && b.Kind() == flow.KindList && a.List().Len() == b.List().Len():
			for i := range a.List().Len() {
				if x, y := a.List().At(i), b.List().At(i); !flow.Equal(x, y) {
					path, a, b, next = path+"[]", x, y, true
					break
				}
			}
		}
		if !next {
			return path
		}
	}
}

// readConsts decodes the constants within their budget.
func (v *verifier) readConsts() error {
	data, ok := v.sections.content(v.wasm, SectionConsts)
	if !ok {
		return flow.Errorf(flow.CodeModuleManifest, "section %s is missing", SectionConsts)
	}
	start := v.sections.custom[SectionConsts].start
	if len(data) > MaxConsts {
		return flow.Errorf(flow.CodeModuleProfile, "section %s has %d bytes, more than %d", SectionConsts, len(data), MaxConsts)
	}
	r := &reader{data: v.wasm, pos: start, end: start + len(data), part: "section " + SectionConsts, fn: -1,
		code: flow.CodeModuleManifest}
	n := r.count("constants", MaxConstValues)
	budget := int64(MaxConstSize)
	for i := 0; i < n && r.err == nil; i++ {
		r.mark()
		item := r.bytes(r.u32())
		if r.err != nil {
			break
		}
		c, err := flow.DecodeValue(item, flow.JSONLimits{Depth: 2*MaxConstDepth + 2, Bytes: max(budget, 1)})
		switch {
		case flow.CodeOf(err) == flow.CodeLimitValue || flow.CodeOf(err) == flow.CodeLimitDepth:
			r.profile("constant %d: %v", i, err)
		case err != nil:
			r.invalid("constant %d: %v", i, err)
		case i == 0 && !c.IsNull():
			r.invalid("constant 0 is not null")
		case holdsFile(c):
			r.profile("constant %d holds a file: files belong to one run", i)
		}
		budget -= c.Size()
		v.m.Consts = append(v.m.Consts, c)
	}
	if r.err == nil && n == 0 {
		r.invalid("constant 0, null, is missing")
	}
	return r.done()
}

// holdsFile reports whether a file handle is anywhere in v. Recursion is safe:
// v is no deeper than MaxConstDepth.
func holdsFile(v flow.Value) bool {
	switch v.Kind() {
	case flow.KindFile:
		return true
	case flow.KindList:
		for i := range v.List().Len() {
			if holdsFile(v.List().At(i)) {
				return true
			}
		}
	case flow.KindObject:
		for _, x := range v.Object().All() {
			if holdsFile(x) {
				return true
			}
		}
	}
	return false
}

// readNames walks the name section as the runtime's decoder will: that decoder
// reserves memory by the counts it finds, before it looks for the names.
func (v *verifier) readNames() error {
	data, ok := v.sections.content(v.wasm, sectionName)
	if !ok {
		return nil
	}
	start := v.sections.custom[sectionName].start
	r := &reader{data: v.wasm, pos: start, end: start + len(data), part: "section " + sectionName, fn: -1}
	for last := -1; r.left() > 0; {
		r.mark()
		id, size := r.byte(), r.u32()
		if int(id) <= last || id > 2 {
			r.profile("subsection %d stands twice, out of order or does not exist", id)
			break
		}
		last = int(id)
		r.bytes(size)
		end := r.pos
		if r.err != nil {
			break
		}
		sub := &reader{data: v.wasm, pos: end - int(size), end: end, at: r.at, part: r.part, fn: -1}
		switch id {
		case 0:
			sub.name(MaxText)
		case 1:
			sub.nameMap(v.functions(), nil)
		case 2:
			sub.nameMap(v.functions(), func() { sub.nameMap(MaxLocals, nil) })
		}
		if err := sub.done(); err != nil {
			return err
		}
	}
	return r.done()
}

// nameMap reads indices in ascending order, each with a name or with what inner
// reads.
func (r *reader) nameMap(limit int, inner func()) {
	n := r.count("names", limit)
	for next := int64(0); n > 0 && r.err == nil; n-- {
		r.mark()
		i := int64(r.u32())
		if i < next || i >= int64(limit) {
			r.invalid("names are not in the order of existing indices")
			return
		}
		next = i + 1
		if inner != nil {
			inner()
			continue
		}
		r.name(MaxText)
	}
}
