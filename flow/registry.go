package flow

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Registry is a fixed set of cards. It is a value an embedder makes and passes
// on; there is no global one.
type Registry struct {
	cards  []*Card // sorted by key
	byKey  map[string]*Card
	digest string
}

// NewRegistry returns a registry of the given cards. It refuses a set in which
// a key or alias stands twice or a card contradicts itself, with all problems
// in one card.definition error.
func NewRegistry(cards ...*Card) (*Registry, error) {
	r := &Registry{byKey: make(map[string]*Card, 2*len(cards))}
	var bad []string
	for _, c := range cards {
		for _, p := range c.problems() {
			bad = append(bad, c.Key+": "+p)
		}
		for _, k := range append([]string{c.Key}, c.Aliases...) {
			if have, dup := r.byKey[k]; dup {
				bad = append(bad, fmt.Sprintf("%s: the key %q already belongs to %s", c.Key, k, have.Key))
				continue
			}
			r.byKey[k] = c
		}
		r.cards = append(r.cards, c)
	}
	if len(bad) > 0 {
		return nil, Errorf(CodeCardDefinition, "%s", strings.Join(bad, "; "))
	}
	slices.SortFunc(r.cards, func(a, b *Card) int { return strings.Compare(a.Key, b.Key) })
	h := sha256.New()
	for _, c := range r.cards {
		fmt.Fprintln(h, c.Key, c.Digest())
	}
	r.digest = hex.EncodeToString(h.Sum(nil))
	return r, nil
}

// problems lists what contradicts itself in a card's definition.
func (c *Card) problems() []string {
	var bad []string
	say := func(format string, args ...any) { bad = append(bad, fmt.Sprintf(format, args...)) }
	if !validKey(c.Key) {
		say("the key must be family.name in letters, digits and underscores")
	}
	if c.Run == nil {
		say("Run is missing")
	}
	if c.Title == "" || c.Category == "" || c.Doc == "" || c.Since == "" {
		say("Title, Category, Doc and Since are required")
	}
	if c.Cost.Base <= 0 {
		say("Cost.Base must be positive")
	}
	seen := map[string]bool{}
	for _, p := range c.In {
		id := p.Group + "/" + p.Key
		if seen[id] {
			say("input %q stands twice", id)
		}
		seen[id] = true
		if p.Key == "" || p.Doc == "" {
			say("input %q needs a key and a doc", id)
		}
		if p.Default != "" {
			v, err := ParseJSON([]byte(p.Default), JSONLimits{})
			if err == nil {
				_, err = Convert(v, p.Type)
			}
			if err != nil {
				say("default of input %q: %v", id, err)
			}
		}
	}
	seen = map[string]bool{}
	for _, p := range c.Out {
		id := p.Group + "/" + p.Key
		if seen[id] {
			say("output %q stands twice", id)
		}
		seen[id] = true
	}
	if c.Inline != InlineNone && (c.Effect != Pure || c.Cost.PerByte != 0 || c.Cost.PerItem != 0 || !c.Single()) {
		say("an inline card must be pure, have one output and cost only Base")
	}
	return bad
}

func validKey(k string) bool {
	family, name, ok := strings.Cut(k, ".")
	if !ok || family == "" || name == "" {
		return false
	}
	for _, r := range family + name {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_') {
			return false
		}
	}
	return true
}

// Lookup returns the card with the given key or alias.
func (r *Registry) Lookup(key string) (*Card, bool) {
	c, ok := r.byKey[key]
	return c, ok
}

// All iterates over the cards in key order.
func (r *Registry) All() iter.Seq[*Card] { return slices.Values(r.cards) }

// Len returns the number of cards.
func (r *Registry) Len() int { return len(r.cards) }

// Subset returns a registry of the named cards alone: a tenant's allowance.
// Unknown keys are card.unknown.
func (r *Registry) Subset(keys ...string) (*Registry, error) {
	var cards []*Card
	for _, k := range keys {
		c, ok := r.byKey[k]
		if !ok {
			return nil, Errorf(CodeCardUnknown, "no card %q", k)
		}
		if !slices.Contains(cards, c) {
			cards = append(cards, c)
		}
	}
	return NewRegistry(cards...)
}

// Digest identifies the set of cards and everything modules rely on in them.
func (r *Registry) Digest() string { return r.digest }
