package flow

import (
	"encoding/json"
	"math"
	"strconv"
)

// EncodeValue writes v with its exact kind, for the constants of a module and
// for journals: JSON in which text, booleans and null stand for themselves, a
// list is an array, and {"n"|"d"|"o"|"w"|"f": …} marks numbers that JSON cannot
// hold, dates, objects, flow references and files. A secret is secret.flow.
func EncodeValue(v Value) ([]byte, error) { return appendEncoded(nil, v) }

func appendEncoded(dst []byte, v Value) ([]byte, error) {
	var err error
	switch v.kind {
	case KindNumber:
		if math.IsNaN(v.num) || math.IsInf(v.num, 0) || v.num == 0 && math.Signbit(v.num) {
			dst = append(dst, `{"n":"`...)
			dst = strconv.AppendFloat(dst, v.num, 'g', -1, 64)
			return append(dst, `"}`...), nil
		}
		return AppendNumber(dst, v.num), nil
	case KindDate:
		dst = append(dst, `{"d":`...)
		dst = strconv.AppendFloat(dst, v.num, 'f', -1, 64)
		return append(dst, '}'), nil
	case KindFlow:
		dst = append(dst, `{"w":`...)
		dst = AppendQuoted(dst, v.FlowKey())
		return append(dst, '}'), nil
	case KindFile:
		b, err := json.Marshal(v.File())
		dst = append(dst, `{"f":`...)
		dst = append(dst, b...)
		return append(dst, '}'), err
	case KindSecret:
		return dst, Errorf(CodeSecretFlow, "a secret cannot be stored")
	case KindList:
		dst = append(dst, '[')
		for i, x := range v.List().items {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = appendEncoded(dst, x); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	case KindObject:
		o := v.Object()
		dst = append(dst, `{"o":{`...)
		for i, k := range o.shape.keys {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendQuoted(dst, k)
			dst = append(dst, ':')
			if dst, err = appendEncoded(dst, o.vals[i]); err != nil {
				return dst, err
			}
		}
		return append(dst, '}', '}'), nil
	}
	return AppendJSON(dst, v)
}

// DecodeValue reads what EncodeValue wrote.
func DecodeValue(data []byte, lim JSONLimits) (Value, error) {
	if lim.Depth == 0 {
		lim.Depth = 2*defaultJSONDepth + 2 // every object is two levels of JSON
	}
	raw, err := ParseJSON(data, lim)
	if err != nil {
		return Value{}, err
	}
	return decoded(raw)
}

func decoded(raw Value) (Value, error) {
	switch raw.kind {
	case KindList:
		out := make([]Value, raw.List().Len())
		for i, x := range raw.List().items {
			v, err := decoded(x)
			if err != nil {
				return Value{}, err
			}
			out[i] = v
		}
		return ListOf(out...), nil
	case KindObject:
		o := raw.Object()
		if o.Len() != 1 {
			break
		}
		return decodedMark(o.Key(0), o.At(0))
	default:
		return raw, nil
	}
	return Value{}, Errorf(CodeJSONSyntax, "not an encoded value")
}

func decodedMark(mark string, x Value) (Value, error) {
	switch {
	case mark == "n" && x.kind == KindText:
		if f, err := strconv.ParseFloat(x.Text(), 64); err == nil {
			return Number(f), nil
		}
	case mark == "d" && x.kind == KindNumber:
		return Date(x.num), nil
	case mark == "w" && x.kind == KindText:
		return FlowOf(x.Text()), nil
	case mark == "f" && x.kind == KindObject:
		b, err := AppendJSON(nil, x)
		f := &File{}
		if err == nil && json.Unmarshal(b, f) == nil {
			return FileOf(f), nil
		}
	case mark == "o" && x.kind == KindObject:
		o := x.Object()
		vals := make([]Value, o.Len())
		for i, m := range o.vals {
			v, err := decoded(m)
			if err != nil {
				return Value{}, err
			}
			vals[i] = v
		}
		return NewObject(o.shape, vals), nil
	}
	return Value{}, Errorf(CodeJSONSyntax, "not an encoded value")
}
