package guest

import (
	"cmp"
	"fmt"
	"unicode/utf8"

	"github.com/weirflow/weir/flow"
)

// reader decodes the WebAssembly binary format from data[pos:end]. The first
// failure sticks: every later read returns zero, so that decoders check err
// once per loop instead of after every read.
type reader struct {
	data []byte
	pos  int
	end  int
	at   int // where the item begins that is being read; errors name this byte
	part string
	fn   int       // function whose body this is, in the function index space; -1 elsewhere
	code flow.Code // of malformed bytes; "" means module.invalid
	err  *flow.Error
}

// mark begins a new item for error messages.
func (r *reader) mark() { r.at = r.pos }

func (r *reader) left() int { return r.end - r.pos }

func (r *reader) fail(code flow.Code, format string, args ...any) {
	if r.err != nil {
		return
	}
	where := r.part
	if r.fn >= 0 {
		where = fmt.Sprintf("%s, function %d", where, r.fn)
	}
	r.err = flow.Errorf(code, "%s, byte %d: %s", where, r.at, fmt.Sprintf(format, args...))
	r.pos = r.end
}

func (r *reader) invalid(format string, args ...any) {
	r.fail(cmp.Or(r.code, flow.CodeModuleInvalid), format, args...)
}

func (r *reader) profile(format string, args ...any) { r.fail(flow.CodeModuleProfile, format, args...) }

func (r *reader) byte() byte {
	if r.pos >= r.end {
		r.invalid("it ends too early")
		return 0
	}
	b := r.data[r.pos]
	r.pos++
	return b
}

func (r *reader) bytes(n uint32) []byte {
	if uint64(n) > uint64(r.left()) {
		r.invalid("%d bytes are announced but %d are left", n, r.left())
		return nil
	}
	b := r.data[r.pos : r.pos+int(n)]
	r.pos += int(n)
	return b
}

// u32 reads an unsigned LEB128 number of at most 32 bits: at most five bytes,
// unused bits zero (core specification, "Integers").
func (r *reader) u32() uint32 {
	var v uint32
	for shift := 0; ; shift += 7 {
		b := r.byte()
		if shift == 28 && b > 0x0F {
			r.invalid("a number has more than 32 bits")
			return 0
		}
		v |= uint32(b&0x7F) << shift
		if b < 0x80 {
			return v
		}
	}
}

// signed reads a signed LEB128 number of the given width: no more bytes than
// the width needs, unused bits equal to the sign.
func (r *reader) signed(width int) int64 {
	var v int64
	for shift := 0; ; shift += 7 {
		b := r.byte()
		v |= int64(b&0x7F) << shift
		if used := width - shift; used < 7 {
			// Of these seven bits, those from the sign bit up must be alike.
			if high := int8(b<<1) >> used; high != 0 && high != -1 || b >= 0x80 {
				r.invalid("a number has more than %d bits", width)
				return 0
			}
		}
		if b < 0x80 {
			if shift += 7; shift < 64 {
				v = v << (64 - shift) >> (64 - shift)
			}
			return v
		}
	}
}

// name reads a name: UTF-8 with its length in front.
func (r *reader) name(limit int) string {
	b := r.bytes(r.u32())
	if !utf8.Valid(b) {
		r.invalid("a name is not UTF-8")
		return ""
	}
	if len(b) > limit {
		r.profile("a name has %d bytes, more than %d", len(b), limit)
		return ""
	}
	return string(b)
}

// count reads the length of a vector whose elements take at least one byte.
func (r *reader) count(what string, limit int) int {
	r.mark()
	n := r.u32()
	if uint64(n) > uint64(limit) {
		r.profile("%d %s, more than %d", n, what, limit)
		return 0
	}
	if uint64(n) > uint64(r.left()) {
		r.invalid("%d %s are announced but only %d bytes are left", n, what, r.left())
		return 0
	}
	return int(n)
}

// done requires that everything was read.
func (r *reader) done() error {
	if r.err == nil && r.left() > 0 {
		r.mark()
		r.invalid("%d bytes too many", r.left())
	}
	if r.err != nil {
		return r.err
	}
	return nil
}
