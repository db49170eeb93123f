package flow

import (
	"fmt"
	"slices"
	"strings"
)

// secret is text that a flow may carry but never read: it has no printed form,
// no size, no equality and no JSON. It knows the hosts it may be sent to.
type secret struct {
	label string
	plain string
	mask  string   // the text with what is secret in it replaced by its name
	hosts []string // lower-case host names, or host:port for one port; sorted
}

// String prints a secret as every secret prints.
func (*secret) String() string { return SecretMark }

// GoString keeps %#v from showing the fields.
func (*secret) GoString() string { return SecretMark }

// Format keeps every verb of fmt from showing the fields.
func (*secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(SecretMark)) }

// SecretMark is how every secret prints, everywhere.
const SecretMark = "[secret]"

// MaxSecret is the longest secret in bytes: 64 KiB holds an RSA-8192 private
// key in PEM (6.4 KB) ten times over.
const MaxSecret = 64 << 10

// NewSecret returns a secret that may be spent toward the given hosts alone. An
// entry is a host name, which allows the scheme's default port, or host:port.
// The label names the secret in messages; it is not secret itself.
func NewSecret(label, plain string, hosts ...string) Value {
	h := make([]string, 0, len(hosts))
	for _, host := range hosts {
		h = append(h, strings.ToLower(host))
	}
	slices.Sort(h)
	return Value{kind: KindSecret, ref: &secret{label: label, plain: plain, mask: maskOf(label), hosts: slices.Compact(h)}}
}

// maskOf is what stands for a secret in a masked text.
func maskOf(label string) string { return "[secret " + label + "]" }

// Masked returns the text of v, a text or secret, with what is secret in it
// replaced by its name: "Bearer [secret api_key]" for a text that was joined with
// the secret api_key, "[secret api_key]" for what was computed from it. Nothing
// about a secret can be learned from it but how it was used, so that requests
// can be kept and compared without opening them.
func Masked(v Value) string {
	if s, ok := v.ref.(*secret); ok {
		return s.mask
	}
	return v.Text()
}

// SecretLabel returns the label of a secret, or "".
func SecretLabel(v Value) string {
	if s, ok := v.ref.(*secret); ok {
		return s.label
	}
	return ""
}

// OpenSecret returns the text of v for a request to host (and host:port): the
// text itself of a KindText value, the plain text of a secret bound to that
// host, and egress.secret_host otherwise. Only the egress client may call it; a
// test over the source tree keeps it so.
func OpenSecret(v Value, host, hostPort string) (string, error) {
	s, ok := v.ref.(*secret)
	if !ok {
		return v.Text(), nil
	}
	host, hostPort = strings.ToLower(host), strings.ToLower(hostPort)
	if _, found := slices.BinarySearch(s.hosts, host); found {
		return s.plain, nil
	}
	if _, found := slices.BinarySearch(s.hosts, hostPort); found {
		return s.plain, nil
	}
	return "", Errorf(CodeEgressSecretHost, "secret %q is not bound to host %q", s.label, hostPort)
}

// SealEnv is an Env whose run can make secrets of what its steps got.
type SealEnv interface {
	Env
	// Seal makes a secret of a text, bound to the hosts that the run may reach, and
	// keeps the text out of everything the run shows.
	Seal(label, plain string) Value
}

// Seal makes a secret of a text in a run. Without a run that can, the secret is
// bound to no host, so that it goes nowhere.
func Seal(env Env, label, plain string) Value {
	if e, ok := env.(SealEnv); ok {
		return e.Seal(label, plain)
	}
	return NewSecret(label, plain)
}

// MapSecret applies f to the plain text of a secret and gives a secret with the
// same binding; a text is mapped to a text. Cards that pass secrets on (Base64)
// are written with it and never see the difference.
func MapSecret(v Value, f func(string) string) Value {
	if s, ok := v.ref.(*secret); ok {
		return Value{kind: KindSecret, ref: &secret{label: s.label, plain: f(s.plain), mask: maskOf(s.label), hosts: s.hosts}}
	}
	return Text(f(v.Text()))
}

// EscapeSecret is MapSecret for functions that only spell a text differently,
// so that it can stand inside another one: what is plain in a masked secret
// stays visible. mask spells the mask.
func EscapeSecret(v Value, f, mask func(string) string) Value {
	out := MapSecret(v, f)
	if s, ok := v.ref.(*secret); ok {
		out.ref.(*secret).mask = mask(s.mask)
	}
	return out
}

// QuoteSecret returns the JSON text of a text or secret.
func QuoteSecret(v Value) Value {
	quote := func(s string) string { return string(AppendQuoted(nil, s)) }
	return EscapeSecret(v, quote, quote)
}

// maxMask bounds a mask: names are longer than what they stand for, and secrets
// may be empty.
const maxMask = 2 * MaxSecret

// Concat joins texts and secrets. Without a secret among them the result is
// text; with one it is a secret bound to the hosts that all of them share.
// Results longer than MaxSecret are limit.value when a secret is among them.
func Concat(parts ...Value) (Value, error) {
	n, hidden := 0, false
	for _, p := range parts {
		if s, ok := p.ref.(*secret); ok {
			hidden = true
			n += len(s.plain)
		} else {
			n += len(p.Text())
		}
	}
	var b strings.Builder
	b.Grow(n)
	if !hidden {
		for _, p := range parts {
			b.WriteString(p.Text())
		}
		return Value{kind: KindText, ref: b.String()}, nil
	}
	if n > MaxSecret {
		return Value{}, Errorf(CodeLimitValue, "a secret may hold at most %d bytes", MaxSecret)
	}
	var labels, hosts []string
	var mask strings.Builder
	first := true
	for _, p := range parts {
		if mask.Len() <= maxMask {
			mask.WriteString(Masked(p))
		}
		s, ok := p.ref.(*secret)
		if !ok {
			b.WriteString(p.Text())
			continue
		}
		b.WriteString(s.plain)
		for label := range strings.SplitSeq(s.label, "+") {
			if !slices.Contains(labels, label) {
				labels = append(labels, label)
			}
		}
		if first {
			hosts, first = s.hosts, false
		} else {
			hosts = slices.DeleteFunc(slices.Clone(hosts), func(h string) bool { return !slices.Contains(s.hosts, h) })
		}
	}
	out := &secret{label: strings.Join(labels, "+"), plain: b.String(), mask: mask.String(), hosts: hosts}
	if len(out.mask) > maxMask {
		out.mask = maskOf(out.label)
	}
	return Value{kind: KindSecret, ref: out}, nil
}
