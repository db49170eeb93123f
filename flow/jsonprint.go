package flow

import (
	"math"
	"strings"
	"unicode/utf8"
)

// AppendJSON appends v as compact JSON, as ECMAScript's JSON.stringify prints
// it: dates as ISO text, files as their name, flows as their key, numbers that
// are not finite as null. A value that holds a secret is secret.flow.
func AppendJSON(dst []byte, v Value) ([]byte, error) {
	if v.HasSecret() {
		return dst, Errorf(CodeSecretFlow, "a secret cannot be turned into text")
	}
	return appendRedacted(dst, v), nil
}

// appendRedacted prints like AppendJSON, secrets as SecretMark.
func appendRedacted(dst []byte, v Value) []byte {
	switch v.kind {
	case KindNull:
		return append(dst, "null"...)
	case KindBool:
		if v.num != 0 {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case KindNumber:
		if math.IsNaN(v.num) || math.IsInf(v.num, 0) {
			return append(dst, "null"...)
		}
		return AppendNumber(dst, v.num)
	case KindText, KindFlow:
		return AppendQuoted(dst, v.ref.(string))
	case KindDate:
		dst = append(dst, '"')
		dst = append(dst, FormatDate(v)...)
		return append(dst, '"')
	case KindFile:
		return AppendQuoted(dst, v.ref.(*File).Name)
	case KindSecret:
		return append(dst, `"`+SecretMark+`"`...)
	case KindList:
		dst = append(dst, '[')
		for i, x := range v.List().items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendRedacted(dst, x)
		}
		return append(dst, ']')
	}
	o := v.Object()
	dst = append(dst, '{')
	for i, k := range o.shape.keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendQuoted(dst, k)
		dst = append(dst, ':')
		dst = appendRedacted(dst, o.vals[i])
	}
	return append(dst, '}')
}

const hexDigits = "0123456789abcdef"

// AppendQuoted appends s as a JSON string with the escapes that JSON.stringify
// uses: only quotes, backslashes and control characters are escaped.
func AppendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := plain(s); i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i += plain(s[start:])
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// quote renders s for a message: JSON quoting, with what could disturb a
// terminal (C1 controls, bidirectional controls) written as escapes.
func quote(s string) string {
	b := AppendQuoted(nil, s)
	if utf8.RuneCount(b) == len(b) {
		return string(b)
	}
	var out strings.Builder
	for _, r := range string(b) {
		switch {
		case r >= 0x80 && r < 0xA0, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F:
			out.WriteString(`\u`)
			for shift := 12; shift >= 0; shift -= 4 {
				out.WriteByte(hexDigits[r>>shift&15])
			}
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// secretJSON prints a container that holds secrets as the JSON text it stands
// for, as one secret: a request body built from an object may carry them.
func secretJSON(v Value) (Value, error) {
	parts, err := secretParts(nil, v)
	if err != nil {
		return Value{}, err
	}
	return Concat(parts...)
}

func secretParts(parts []Value, v Value) ([]Value, error) {
	if !v.HasSecret() {
		b, err := AppendJSON(nil, v)
		return append(parts, Value{kind: KindText, ref: string(b)}), err
	}
	lit := func(s string) { parts = append(parts, Value{kind: KindText, ref: s}) }
	var err error
	switch r := v.ref.(type) {
	case *secret:
		parts = append(parts, QuoteSecret(v))
	case *List:
		lit("[")
		for i, x := range r.items {
			if i > 0 {
				lit(",")
			}
			if parts, err = secretParts(parts, x); err != nil {
				return nil, err
			}
		}
		lit("]")
	case *Object:
		lit("{")
		for i, k := range r.shape.keys {
			if i > 0 {
				lit(",")
			}
			lit(string(AppendQuoted(nil, k)) + ":")
			if parts, err = secretParts(parts, r.vals[i]); err != nil {
				return nil, err
			}
		}
		lit("}")
	}
	return parts, nil
}

// Printable renders s for a terminal or log line: control characters, line
// breaks and bidirectional controls become escapes.
func Printable(s string) string {
	q := quote(s)
	q = q[1 : len(q)-1]
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(q)
}
