package source

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// scraps make texts in which everything that YAML gives a meaning occurs.
var scraps = []string{
	"a", "b c", ":", ": ", " #", "#", "-", "- ", "?", "? ", "{", "}", "[", "]", ",", ", ", "&", "*", "!", "|", ">", "'", "\"", "\\", "%", "@", "`",
	"\n", "\n\n", " ", "  ", "\t", "~", "null", "true", "no", "0", "12", "1.5", "1e3", "0x1F", ".inf", "-", "--- ", "...", "<<", "=", "${a.b}", "$${",
	"é", "漢字", "😀", "\u00A0", "\u0000", "\u0085", "\u2028", "\u202E", "\uFEFF", "\uFFFD", "\u0301", "\U000E0001", "\r", "\r\n", "\x7f", "/", "http://x", "2024-01-01",
}

func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(5) {
		b.WriteString(scraps[r.IntN(len(scraps))])
	}
	return b.String()
}

// randomNode makes a tree with comments wherever they can stand.
func randomNode(r *rand.Rand, depth int) *Node {
	kinds := 6
	if depth == 0 {
		kinds = 4
	}
	switch Kind(r.IntN(kinds)) {
	case Bool:
		return &Node{Kind: Bool, True: r.IntN(2) == 0}
	case Number:
		return &Node{Kind: Number, Num: 12.5, Text: "12.5"}
	case Text:
		return TextNode(randomText(r))
	case Map:
		return randomCollection(r, Map, depth)
	case List:
		return randomCollection(r, List, depth)
	}
	return &Node{}
}

func randomCollection(r *rand.Rand, kind Kind, depth int) *Node {
	n := &Node{Kind: kind, Flow: r.IntN(3) == 0}
	seen := map[string]bool{}
	for range r.IntN(4) {
		m := &Member{Value: randomNode(r, max(0, depth-1)), Blank: r.IntN(4) == 0}
		if kind == Map {
			if m.Key = randomText(r); seen[m.Key] {
				continue
			}
			seen[m.Key] = true
		}
		if r.IntN(6) == 0 {
			m.Head = []string{"# head", "#two"}
		}
		if r.IntN(6) == 0 {
			m.Line = "# line"
		}
		n.Members = append(n.Members, m)
	}
	if len(n.Members) > 0 && r.IntN(6) == 0 {
		n.Foot = []string{"# foot"}
	}
	return n
}

// TestPrintRandom prints random trees: what is read back holds the same values
// and as many comments, and prints the same again.
func TestPrintRandom(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		root := randomCollection(r, Map, 4)
		for _, name := range []string{"a.yaml", "a.json"} {
			text := Print(&Document{File: name, JSON: isJSON(name), Root: root})
			doc, problems := Parse(File{name, text})
			if problems.HasErrors() {
				t.Fatalf("seed %d: %v\n%s", seed, problems, text)
			}
			if !Equal(root, doc.Root) && len(root.Members) > 0 {
				t.Fatalf("seed %d: reads differently:\n%s\nand then:\n%s", seed, text, Print(doc))
			}
			if again := Print(doc); !bytes.Equal(text, again) {
				t.Fatalf("seed %d: prints differently:\n%s\nand then:\n%s", seed, text, again)
			}
		}
	}
}
