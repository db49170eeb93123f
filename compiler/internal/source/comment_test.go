package source

import "testing"

// TestCanonicalLayout compares the printed form of files, comments included.
func TestCanonicalLayout(t *testing.T) {
	tests := []struct{ what, in, want string }{
		{"blocks and quotes", "a:   'x'\nb:   \"yes\"\nc: \"true\"\nd: \"\"\ne: '#x'\nf: \"a: b\"\ng: \"12\"\nh: '\"hi\"'\ni: \"it's\"\nj: 'say \"hi\"'\n",
			"a: x\nb: \"yes\"\nc: \"true\"\nd: \"\"\ne: \"#x\"\nf: \"a: b\"\ng: \"12\"\nh: '\"hi\"'\ni: it's\nj: say \"hi\"\n"},
		{"indentation", "a:\n- b:\n    c: 1\n  d: 2\n-   - e\n    - f\n", "a:\n  - b:\n      c: 1\n    d: 2\n  - - e\n    - f\n"},
		{"null and words", "a:\nb: ~\nc: TRUE\n", "a: null\nb: null\nc: true\n"},
		{"empty collections", "a: {}\nb: [ ]\n", "a: {}\nb: []\n"},
		{"several lines", "a: \"x\\ny\"\nb: \"x\\ny\\n\"\nc: \"x\\n\\n\"\nd: \" x\\ny\"\ne: [\"x\\ny\"]\nf: \"x \\ny\"\n",
			"a: |-\n  x\n  y\nb: |\n  x\n  y\nc: \"x\\n\\n\"\nd: \" x\\ny\"\ne: [\"x\\ny\"]\nf: \"x \\ny\"\n"},
		{"invisible characters", "a: \"\\u202e\\u0000\\u00a0\"\n", "a: \"\\u202E\\u0000\\u00A0\"\n"},
		{"braces kept", "a: {b: [1,2],\n  c: x}\n", "a: {b: [1, 2], c: x}\n"},
		{"braces too long", "a: {b: 0123456789a0123456789a0123456789a0123456789a, c: 0123456789a0123456789a0123456789a0123456789a, d: 1}\n",
			"a:\n  b: 0123456789a0123456789a0123456789a0123456789a\n  c: 0123456789a0123456789a0123456789a0123456789a\n  d: 1\n"},
		{"empty lines", "a: 1\n\n\n\nb:\n\n  c: 1\n\n  d: 1\n\n", "a: 1\n\nb:\n  c: 1\n\n  d: 1\n"},
		{"head", "# one\n#two\na: 1\n# three\n\n# four\nb: 1\n", "# one\n#two\na: 1\n# three\n\n# four\nb: 1\n"},
		{"file", "# file\n\n\n# more\n\n# a\na: 1\n", "# file\n\n# more\n\n# a\na: 1\n"},
		{"line", "a: 1   # x\nb: # y\n  c: |  # z\n    t\n  d: [1] # w\n", "a: 1 # x\nb: # y\n  c: | # z\n    t\n  d: [1] # w\n"},
		{"foot", "a:\n  b: 1\n  # foot\n\n  # more\nc: 1\n# end\n\n# last\n", "a:\n  b: 1\n  # foot\n\n  # more\nc: 1\n# end\n\n# last\n"},
		{"foot levels", "a:\n  b:\n    c: 1\n    # in c\n  # in b\n# before d\nd: 1\n", "a:\n  b:\n    c: 1\n    # in c\n  # in b\n# before d\nd: 1\n"},
		{"dash", "- # x\n  a: 1\n-\n  # y\n  b: 1 # z\n", "# x\n- a: 1\n# y\n- b: 1 # z\n"},
		{"inside brackets", "a: [1, # one\n  2\n  # foot\n ] # behind\n", "a: # behind\n  - 1 # one\n  - 2\n  # foot\n"},
		{"before brackets", "a:\n  # c\n  {b: 1}\n", "a:\n  # c\n  b: 1\n"},
		{"in empty brackets", "a: [ # c\n  ]\nb: 1\n", "a: [] # c\nb: 1\n"},
		{"behind several lines", "a: x\n  y # c\nb: \"p\n  q\" # d\n", "a: x y # c\nb: p q # d\n"},
		{"hash inside", "a: x#y\nb: \"# no\"\nc: |\n  # text\n", "a: x#y\nb: \"# no\"\nc: |\n  # text\n"},
		{"outdented", "a:\n# c\n  b: 1\n", "a:\n  # c\n  b: 1\n"},
		{"document marks", "---\n# c\na: 1\n...\n", "# c\na: 1\n"},
	}
	for _, tt := range tests {
		doc, d := Parse(File{"a.yaml", []byte(tt.in)})
		if len(d) > 0 {
			t.Errorf("%s: %v", tt.what, d.Unwrap())
			continue
		}
		got := string(Print(doc))
		if got != tt.want {
			t.Errorf("%s:\n%s\nprints as\n%s\nand not as\n%s", tt.what, tt.in, got, tt.want)
		}
	}
}

func TestCanonicalJSON(t *testing.T) {
	tests := []struct{ in, want string }{
		{"{}", "{}\n"},
		{"{\"a\":[1,2,{\"b\":null}]}", "{\"a\": [1, 2, {\"b\": null}]}\n"},
		{"{\"a\":\n[1,\ttrue],\"b\":{\"c\":\"x\"}}", "{\n  \"a\": [1, true],\n  \"b\": {\"c\": \"x\"}\n}\n"},
		{`["\u202e\u0000\ud83d\ude00\udb40\udc01\/"]`, "[\"\\u202e\\u0000😀\\udb40\\udc01/\"]\n"},
	}
	for _, tt := range tests {
		doc, d := Parse(File{"a.json", []byte(tt.in)})
		if len(d) > 0 {
			t.Errorf("%s: %v", tt.in, d.Unwrap())
		} else if got := string(Print(doc)); got != tt.want {
			t.Errorf("%s\nprints as\n%s\nand not as\n%s", tt.in, got, tt.want)
		}
	}
}
