package source

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/weirflow/weir/compiler/internal/problem"
	"github.com/weirflow/weir/flow"
)

var (
	decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
	// otherNumber matches what some YAML reader or other takes for a number
	// (YAML 1.1 and 1.2, "Tag Resolution"), but JSON does not.
	otherNumber = regexp.MustCompile(`^[-+]?(0[xX][0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+|[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|\.[0-9][0-9_]*([eE][-+]?[0-9]+)?|\.(inf|Inf|INF))$|^\.(nan|NaN|NAN)$`)
)

// maxDigits bounds a number's spelling: 1.7976931348623157e308 written out in
// full has 309 digits.
const maxDigits = 400

// resolve gives a scalar without quotes its kind (YAML 1.2, "Core Schema",
// narrowed to the numbers of JSON).
func resolve(n *Node, s string, d *problem.List) {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return
	case "true", "True", "TRUE":
		n.Kind, n.True = Bool, true
		return
	case "false", "False", "FALSE":
		n.Kind = Bool
		return
	}
	switch {
	case len(s) <= maxDigits && decimal.MatchString(s):
		number(n, s, d)
	case strings.IndexByte("+-.0123456789", s[0]) >= 0 && (otherNumber.MatchString(s) || decimal.MatchString(s)):
		d.Error(flow.CodeSourceValue, n.Pos, "not a decimal number: %s", flow.Excerpt(s)).
			WithFix("write the number as JSON does, or put it in quotes if it is text")
	default:
		n.Kind, n.Text = Text, s
	}
}

// number reads a decimal that the grammar of JSON allows.
func number(n *Node, s string, d *problem.List) {
	f, err := strconv.ParseFloat(s, 64)
	if len(s) > maxDigits || err != nil || math.IsInf(f, 0) {
		d.Error(flow.CodeSourceValue, n.Pos, "the number is too large: %s", flow.Excerpt(s))
		return
	}
	if !strings.ContainsAny(s, ".eE") && math.Abs(f) >= 1<<53 && strconv.FormatFloat(f, 'f', 0, 64) != s {
		d.Error(flow.CodeSourceValue, n.Pos, "the number cannot be held exactly: %s", flow.Excerpt(s)).
			WithFix("put it in quotes if it is an identifier")
		return
	}
	n.Kind, n.Num, n.Text = Number, f, s
}
