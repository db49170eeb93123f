//go:build linux && !race

package hostile

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

// port prints an input or output of a card.
func port(id, group, key, typ, data string, index int) string {
	return fmt.Sprintf(`%q:{"id":%q,"group":%s,"key":%q,"value":{"type":%s,"collection":false,"data":%s},"metadata":{"index":%d}}`, id, id, group, key, typ, data, index)
}

// cardText prints a card; more stands behind its node.
func cardText(address, uuid, name, in, out, more string) string {
	return fmt.Sprintf(`{"address":"root:kernel:%s","uuid":%q,"node":{"key":"k","data":{"name":%q},"model":{"displayed":true,"policy":{"error":{"type":"finish"}},"inputs":{"data":{%s}},"outputs":{"data":{%s}}}}%s}`,
		address, uuid, name, in, out, more)
}

// scopeText prints the body of a flow.
func scopeText(uuid, cards, edges string) string {
	return fmt.Sprintf(`{"id":%q,"uuid":%q,"methods":[%s],"orderings":{%s},"group":null}`, uuid, uuid, cards, edges)
}

// packText prints an export of the given entries of flos.
func packText(flows string) []byte {
	return []byte(`{"type":"flopack","version":"1.5.0","flags":{"auto-transform":true,"looseBooleans":true,"looseStrings":true,"looseNulls":true},"data":{"flos":{` + flows + `},"configs":{},"tables":{},"groups":{}}}`)
}

// single prints an export with one flow, which begins with the card "head".
func single(cards, edges string) []byte {
	return packText(`"f":{"id":"f","name":"Main","description":"","data":` + scopeText("f", head+","+cards, edges) + `}`)
}

var head = cardText("control:0.0.1:callable", "head", "Helper Flow", "", "", `,"pins":{}`)

// joined prints n things, with # as their number and ^ as the one before.
func joined(n int, what, sep string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(what, "#", strconv.Itoa(i)), "^", strconv.Itoa(i-1)))
	}
	return b.String()
}

// following prints an export of cards that follow each other behind the head.
func following(n int, card string) []byte {
	var edges strings.Builder
	edges.WriteString(`"b":["head","c0"]`)
	for i := 1; i < n; i++ {
		fmt.Fprintf(&edges, `,"e%d":["c%d","c%d"]`, i, i-1, i)
	}
	return single(joined(n, card, ","), edges.String())
}

// nestedIfs prints If/Else in the true branch of If/Else, n times.
func nestedIfs(n int) []byte {
	test := port("a#", "null", "left-operand", `"number"`, "1", 0) + "," + port("b#", "null", "operator", `"string"`, `">"`, 1) + "," + port("d#", "null", "right-operand", `"number"`, "0", 2)
	cards := joined(n, cardText("control:0.0.1:if", "if#", "If", test, "", `,"pins":{},"branches":{"t#":true,"f#":false}`)+","+cardText("control:0.0.1:noop", "t#", "Noop", "", "", "")+","+
		cardText("control:0.0.1:noop", "f#", "Noop", "", "", "")+","+cardText("control:0.0.1:join", "j#", "Join", "", "", ""), ",")
	edges := `"b":["head","if0"],` + joined(n, `"x#":["t#","j#"],"y#":["f#","j#"]`, ",")
	for i := 1; i < n; i++ {
		edges += fmt.Sprintf(`,"n%d":["t%d","if%d"],"m%d":["j%d","j%d"]`, i, i-1, i, i, i, i-1)
	}
	return single(cards, edges)
}

// nestedTries prints If Error in the flow of If Error, n times, in the handler too
// where both is set.
func nestedTries(n int, both bool) []byte {
	catch := scopeText("h", head, "")
	inner := scopeText("s", head, "")
	for i := range n {
		if both && i < 8 {
			catch = inner
		}
		try := strings.Replace(cardText("control:0.0.1:tryCatch", "try", "If Error", port("a", "null", "flo", `"flo"`, inner, 0), "", `,"pins":{}`),
			`{"type":"finish"}`, `{"type":"handler","merge":"join","flo":`+catch+`}`, 1)
		inner = scopeText("s", head+","+try, `"b":["head","try"]`)
	}
	return packText(`"f":{"id":"f","name":"Main","description":"","data":` + inner + `}`)
}

// TestHostilePackSizes imports exports that are large, deep, or that grow.
func TestHostilePackSizes(t *testing.T) {
	rep := strings.Repeat
	concat := cardText("string:0.0.1:concat", "c#", "Concatenate", port("a#", "null", "string1", `"string"`, `"x"`, 0)+","+port("b#", "null", "string2", `"string"`, `"y"`, 1),
		port("o#", "null", "output", `"string"`, `""`, 0), `,"pins":{}`)
	wired := func(n int) []byte { // each card reads the one before
		c := strings.Replace(concat, `,"pins":{}`, `,"pins":{"o#":{"c@":[{"input":"a@","transform":null}]}}`, 1)
		var cards, edges strings.Builder
		for i := range n {
			if i > 0 {
				cards.WriteByte(',')
			}
			text := strings.ReplaceAll(c, "#", fmt.Sprint(i))
			if i == n-1 {
				text = strings.ReplaceAll(concat, "#", fmt.Sprint(i))
			}
			cards.WriteString(strings.ReplaceAll(text, "@", fmt.Sprint(i+1)))
			before := fmt.Sprint("c", i-1)
			if i == 0 {
				before = "head"
			}
			fmt.Fprintf(&edges, `,"e%d":[%q,"c%d"]`, i, before, i)
		}
		return single(cards.String(), edges.String()[1:])
	}
	for _, a := range []struct {
		name string
		data func() []byte
		want string
	}{
		{"a million cards", func() []byte {
			return single(joined(1_000_000, `{"address":"root:kernel:control:0.0.1:noop","uuid":"c#"}`, ","), "")
		}, "error import.limit"},
		{"as many cards as can be", func() []byte { return following(4000, concat) }, "any"},
		{"more cards than can be", func() []byte { return following(10_500, concat) }, "error import.limit"},
		{"cards that read each other", func() []byte { return wired(3000) }, "any"},
		{"cards of one title and no steps", func() []byte { return following(9000, cardText("control:0.0.1:comment", "c#", "Comment", "", "", "")) }, "any"},
		{"a thousand flows", func() []byte {
			return packText(joined(1500, `"f#":{"id":"f#","name":"Same","description":"","data":`+scopeText("f#", head, "")+`}`, ","))
		}, "error import.limit"},
		{"eight hundred flows of one name", func() []byte {
			return packText(joined(800, `"f#":{"id":"f#","name":"Same","description":"","data":`+scopeText("f#", head, "")+`}`, ","))
		}, "any"},
		{"a hundred thousand stubs", func() []byte {
			return packText(joined(100_000, `"f#":{"id":"f#","name":"Stub","description":"","data":null}`, ","))
		}, "error import.limit"},
		{"lists in lists", func() []byte {
			return []byte(`{"type":"flopack","data":` + rep("[", 100_000) + rep("]", 100_000) + "}")
		}, "error import.limit"},
		{"objects in objects, never closed", func() []byte { return []byte(`{"type":"flopack","data":` + rep(`{"a":`, 1_000_000)) }, "error import.limit"},
		{"a deep literal", func() []byte {
			return single(cardText("control:0.0.1:return", "c0", "Return", port("a", "null", "a", `"object"`, rep(`{"a":`, 150)+"1"+rep("}", 150), 0), "", `,"pins":{}`), `"b":["head","c0"]`)
		}, "any"},
		{"a deep type", func() []byte {
			return single(cardText("control:0.0.1:return", "c0", "Return", port("a", "null", "a", rep(`{"a":{"collection":false,"type":`, 80)+`"string"`+rep("}}", 80), "{}", 0), "", `,"pins":{}`), `"b":["head","c0"]`)
		}, "any"},
		{"a literal of 40 MB", func() []byte {
			return single(cardText("control:0.0.1:return", "c0", "Return", port("a", "null", "a", `"string"`, `"`+rep("long ", 8<<20)+`"`, 0), "", `,"pins":{}`), `"b":["head","c0"]`)
		}, "error import.limit"},
		{"a literal of many members", func() []byte {
			return single(cardText("control:0.0.1:return", "c0", "Return", port("a", "null", "a", `"object"`, "{"+joined(300_000, `"k#":#`, ",")+"}", 0), "", `,"pins":{}`), `"b":["head","c0"]`)
		}, "error import.limit"},
		{"a file that is too large", func() []byte { return []byte(rep(" ", 65<<20) + string(packText(""))) }, "error import.limit"},
		{"too many values", func() []byte { return []byte(`{"type":"flopack","x":[` + rep("1,", 5_000_000) + `1]}`) }, "error import.limit"},
		{"ten thousand inputs of a card", func() []byte {
			return single(cardText("control:0.0.1:return", "c0", "Return", joined(10_000, port("a#", "null", "k#", `"string"`, `"x"`, 1), ","), "", `,"pins":{}`), `"b":["head","c0"]`)
		}, "error import.limit"},
		{"nine hundred results", func() []byte {
			return single(cardText("control:0.0.1:return", "c0", "Return", joined(900, port("a#", "null", "same", `"string"`, `"x"`, 1), ","), "", `,"pins":{}`), `"b":["head","c0"]`)
		}, "any"},
		{"If in If", func() []byte { return nestedIfs(12) }, "any"},
		{"If in If, two thousand deep", func() []byte { return nestedIfs(2000) }, "error import.limit"},
		{"If Error in If Error", func() []byte { return nestedTries(6, false) }, "any"},
		{"If Error in If Error, too deep", func() []byte { return nestedTries(14, false) }, "any"},
		{"If Error in both flows of If Error", func() []byte { return nestedTries(8, true) }, "any"},
		{"a template of a million tokens", func() []byte {
			return single(cardText("string:0.0.1:compose", "c0", "Compose", port("a", "null", "_text_", `"string"`, `"`+rep("{{{x}}}", 1_000_000)+`"`, 0)+","+port("b", "null", "x", `"string"`, `"y"`, 1),
				port("o", "null", "output", `"string"`, `""`, 0), `,"pins":{}`), `"b":["head","c0"]`)
		}, "error import.limit"},
		{"a template that never closes", func() []byte {
			return single(cardText("string:0.0.1:compose", "c0", "Compose", port("a", "null", "_text_", `"string"`, `"`+rep("{{{", 60_000)+`"`, 0), port("o", "null", "output", `"string"`, `""`, 0), `,"pins":{}`), `"b":["head","c0"]`)
		}, "any"},
		{"a hundred thousand edges", func() []byte {
			return single(concat0(concat), `"b":["head","c0"],`+joined(100_000, `"e#":["head","c0"]`, ","))
		}, "any"},
		{"a hundred thousand edges to nothing", func() []byte {
			return single(concat0(concat), `"b":["head","c0"],`+joined(100_000, `"e#":["head","gone#"]`, ","))
		}, "report import.reference"},
		{"a hundred thousand wires to nothing", func() []byte {
			return single(strings.Replace(concat0(concat), `"pins":{}`, `"pins":{"o0":{`+joined(100_000, `"gone#":[{"input":"i","transform":null}]`, ",")+`}}`, 1), `"b":["head","c0"]`)
		}, "report import.reference"},
		{"wires of one output to all inputs", func() []byte {
			in := joined(900, port("i#", "null", "string#", `"string"`, `""`, 1), ",")
			sink := cardText("string:0.0.1:concat", "sink", "Sink", in, "", `,"pins":{}`)
			return single(strings.Replace(concat0(concat), `"pins":{}`, `"pins":{"o0":{"sink":[`+joined(900, `{"input":"i#","transform":null}`, ",")+`]}}`, 1)+","+sink, `"b":["head","c0"],"c":["c0","sink"]`)
		}, "any"},
		{"many tables, connections and folders", func() []byte {
			return []byte(strings.Replace(strings.Replace(strings.Replace(string(single(concat0(concat), `"b":["head","c0"]`)), `"tables":{}`, `"tables":{`+joined(20_000, `"t#":{"id":"t#","name":"Same","data":{"structure":[{"name":"a","type":"str","default":""}]}}`, ",")+`}`, 1),
				`"configs":{}`, `"configs":{`+joined(20_000, `"c#":{"id":"c#","name":"Same","module":"okta"}`, ",")+`}`, 1), `"groups":{}`, `"groups":{`+joined(20_000, `"g#":{"id":"g#","data":{"name":"Same","path":"g^"}}`, ",")+`}`, 1))
		}, "any"},
		{"a table of ten thousand columns", func() []byte {
			return []byte(strings.Replace(string(single(concat0(concat), `"b":["head","c0"]`)), `"tables":{}`, `"tables":{"t":{"id":"t","name":"Wide","data":{"structure":[`+joined(10_000, `{"name":"a#","type":"str","default":""}`, ",")+`]}}}`, 1))
		}, "any"},
		{"a chain of calls", func() []byte {
			return packText(joined(500, `"f#":{"id":"f#","name":"F #","description":"","data":`+scopeText("f#", head+","+cardText("control:0.0.1:spawn", "c", "Call", port("a", "null", "flo", `"flo"`, `"f^"`, 0), "", `,"pins":{}`), `"b":["head","c"]`)+`}`, ","))
		}, "any"},
		{"flows that all call each other", func() []byte {
			calls := joined(30, cardText("control:0.0.1:spawn", "c#", "Call", port("a#", "null", "flo", `"flo"`, `"f#"`, 0), "", `,"pins":{}`), ",")
			edges := `"b":["head","c0"]`
			for i := 1; i < 30; i++ {
				edges += fmt.Sprintf(`,"e%d":["c%d","c%d"]`, i, i-1, i)
			}
			var flows []string
			for i := range 30 {
				flows = append(flows, fmt.Sprintf(`"f%d":{"id":"f%d","name":"F","description":"","data":%s}`, i, i, scopeText(fmt.Sprint("f", i), head+","+calls, edges)))
			}
			return packText(strings.Join(flows, ","))
		}, "any"},
		{"problems without end", func() []byte { return single(joined(5000, `[#]`, ","), joined(5000, `"e#":#`, ",")) }, "error import.value"},
	} {
		t.Run(a.name, func(t *testing.T) {
			alone(t, func(c *child) {
				errs, found := c.imported(a.name, a.data(), flow.CodeFlowSize)
				if problem := meets(a.want, errs, found); problem != "" {
					c.Errorf("%.3000s", problem)
				}
			})
		})
	}
}

// concat0 is the first of the cards that a pattern stands for.
func concat0(card string) string { return strings.ReplaceAll(card, "#", "0") }
