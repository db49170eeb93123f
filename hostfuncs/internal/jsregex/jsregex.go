package jsregex

import (
	"context"
	"regexp"
	"strings"
	"unicode/utf16"

	"github.com/dlclark/regexp2/v2"

	"github.com/weirflow/weir/flow"
)

// The bounds of a pattern and of a search. A search costs, at worst, one step
// for each instruction of the pattern and each byte of the text. It cannot be
// interrupted, so that their product is bounded to what takes less than 40 ms on
// one core: a step takes up to 14 ns in Go's engine. Patterns that need
// backtracking take about as long as a rule; they have a time-out besides.
const (
	MaxPattern   = 1 << 10
	MaxPatterns  = 16 << 10 // all patterns of CompileAny together
	MaxProduct   = 2_500_000
	MaxBacktrack = 2_000_000
)

// Prices in fuel, measured with BenchmarkSearch and rounded up.
const (
	fuelCompile   = 700  // for each instruction of the pattern
	fuelLiteral   = 1    // for each byte of the text
	fuelLinear    = 20   // for each instruction and byte
	fuelBacktrack = 40   // for each instruction and byte
	fuelEngine    = 8000 // for making the backtracking engine
	fuelMatch     = 1500 // for each match that is replaced, but for literals
	fuelGroup     = 150  // for each group that a replacement names
	fuelOutput    = 8    // for each byte of a replacement, also where the result is too large in the end
)

// collectLimit is the longest text for which all matches are collected before
// the result is built; longer ones are replaced match by match.
const collectLimit = 64 << 10

// Budget is what a search may use; *flow.Call is one.
type Budget interface {
	Spend(fuel int64) error
	Reserve(bytes int64) error
	Left() int64 // fuel
}

// Regexp is a compiled pattern. It may be used by several goroutines at once.
type Regexp struct {
	tree   *node
	groups int
	fold   bool
	size   int
	text   string // the only text it matches, when single
	single bool
	linear bool // Go's engine agrees with ECMAScript on the pattern
}

// special are the characters that make a pattern more than a literal text.
const special = `\^$.*+?()[]{}|`

// Compile reads a pattern: ECMAScript source without delimiters. fold is the
// flag i. Errors: regex.syntax, and input.invalid for more than MaxPattern
// bytes that are not one literal text.
func Compile(pattern string, fold bool) (*Regexp, error) {
	if pattern != "" && !strings.ContainsAny(pattern, special) {
		return Literal(pattern, fold)
	}
	if len(pattern) > MaxPattern {
		return nil, tooLong()
	}
	tree, groups, err := parse(pattern)
	if err != nil {
		return nil, err
	}
	return build(tree, groups, fold), nil
}

// Literal returns the pattern that matches text, which must not be empty, and
// nothing else; with fold its letters match in either case. The error is
// input.invalid for more than MaxPattern bytes with fold.
func Literal(text string, fold bool) (*Regexp, error) {
	switch {
	case !fold:
		return &Regexp{text: text, single: true}, nil
	case len(text) > MaxPattern:
		return nil, tooLong()
	}
	return build(quoted(text), 0, fold), nil
}

func tooLong() error {
	return flow.Errorf(flow.CodeInputInvalid, "a pattern may have at most %d bytes", MaxPattern)
}

// CompileAny returns the alternation of several patterns, tried in their order
// at each position. Each is a pattern by itself: its back-references mean its
// own groups, and groups are numbered through. A pattern for which literal
// holds, or that is no regular expression, is taken as plain text. The error is
// input.invalid for more than MaxPatterns bytes.
func CompileAny(patterns []string, fold bool, literal func(string) bool) (*Regexp, error) {
	var alts []*node
	groups, bytes := 0, 0
	for _, pattern := range patterns {
		if bytes += len(pattern); bytes > MaxPatterns {
			return nil, flow.Errorf(flow.CodeInputInvalid, "all patterns together may have at most %d bytes", MaxPatterns)
		}
		tree, n, err := parse(pattern)
		if err != nil || literal(pattern) {
			tree, n = quoted(pattern), 0
		}
		tree.renumbered(groups)
		groups += n
		alts = append(alts, tree)
	}
	return build(join(opAlt, alts), groups, fold), nil
}

func quoted(text string) *node {
	var subs []*node
	for _, u := range utf16.Encode([]rune(text)) {
		subs = append(subs, &node{op: opChar, char: u})
	}
	return join(opCat, subs)
}

func build(tree *node, groups int, fold bool) *Regexp {
	re := &Regexp{tree: tree, groups: groups, fold: fold, size: max(tree.size(), 1)}
	if !fold {
		re.text, re.single = tree.literal()
	}
	re.linear = !re.single && tree.linear(fold)
	return re
}

// linearFor takes the fuel of searching text with Go's engine and returns the
// engine, or nil where it cannot be used: it walks characters where ECMAScript
// walks UTF-16 code units, which is the same up to U+FFFF, and it refuses more
// than 1000 repetitions.
func (re *Regexp) linearFor(text string, b Budget) (*regexp.Regexp, error) {
	if !re.linear || strings.IndexFunc(text, func(r rune) bool { return r > 0xFFFF }) >= 0 {
		return nil, nil
	}
	if _, err := re.spend(text, fuelLinear, MaxProduct, b); err != nil {
		return nil, err
	}
	p := printer{goSyntax: true, fold: re.fold}
	p.node(re.tree)
	engine, err := regexp.Compile(p.String())
	if err != nil {
		return nil, nil
	}
	return engine, nil
}

// spend takes the fuel of compiling re and of one pass over text, at a price
// for each instruction and byte, and returns it.
func (re *Regexp) spend(text string, price, limit int64, b Budget) (int64, error) {
	product := int64(re.size) * int64(len(text)+1)
	if product > limit {
		return 0, flow.Errorf(flow.CodeLimitValue, "the regular expression is too costly for a text of %d bytes", len(text))
	}
	fuel := product*price + int64(re.size)*fuelCompile
	return fuel, b.Spend(fuel)
}

// Search returns the position of the first match in UTF-16 code units, or -1.
// Errors: limit.value for texts that are too long for the pattern or searches
// that take too long, what b answers, and the end of ctx.
func (re *Regexp) Search(ctx context.Context, text string, b Budget) (int, error) {
	at := -1
	if re.single {
		if err := b.Spend(int64(len(text)) * fuelLiteral); err != nil {
			return 0, err
		}
		at = strings.Index(text, re.text)
	} else {
		engine, err := re.linearFor(text, b)
		if err != nil {
			return 0, err
		}
		if engine == nil {
			err := re.backtrack(ctx, text, b, func(_ []rune, m regexp2.MatchView) bool {
				at, _, _ = m.GroupRange(0)
				return false
			})
			return at, err
		}
		if loc := engine.FindStringIndex(text); loc != nil {
			at = loc[0]
		}
	}
	if at > 0 {
		at = flow.Units(text[:at])
	}
	return at, nil
}

// unitsOf returns text as UTF-16 code units, one rune each, as the backtracking
// engine wants them.
func unitsOf(text string) []rune {
	units := make([]rune, 0, len(text))
	for _, r := range text {
		if r > 0xFFFF {
			hi, lo := utf16.EncodeRune(r)
			units = append(units, hi+surrogates, lo+surrogates)
			continue
		}
		units = append(units, r)
	}
	return units
}
