package conformance

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/weirflow/weir/compiler"
	"github.com/weirflow/weir/engine"
	"github.com/weirflow/weir/flow"
)

// TestConditionsCompareAlike: a condition of a step, the card Compare and the
// condition of Filter give one answer, or one error, whatever they compare.
func TestConditionsCompareAlike(t *testing.T) {
	const head = "inputs: {a: any, b: any, list: \"any[]\"}\noutputs: {out: any}\nsteps:\n"
	forms := []string{`  - name: x
    assign_if: {a: "${input.a}", is: "OP"RIGHT}
    then: true
    else: false
  - return: {out: "${x.output}"}
`, `  - name: x
    card: boolean.compare
    with: {left-operand: "${input.a}", operator: "OP", right-operand: "${input.b}"}
  - return: {out: "${x.result}"}
`, `  - name: x
    card: list.filterBy
    with: {list: "${input.list}", operator: "OP", comparison: "${input.b}"}
  - name: n
    card: list.length
    with: {list: "${x.list}"}
  - name: kept
    card: convert.toString
    with: {input: "${n.length}"}
  - name: any
    lookup: "${kept.output}"
    options: {"1": true}
    else: false
  - return: {out: "${any.result}"}
`}
	ops := flow.Operators()[:13] // without the two strict ones, which only the lists have
	source := files{}
	for i, op := range ops {
		right := `, b: "${input.b}"`
		if op.Unary() {
			right = ""
		}
		for j, form := range forms {
			source[fmt.Sprintf("flows/op%d_%d.yaml", i, j)] = head + strings.NewReplacer("OP", string(op), "RIGHT", right).Replace(form)
		}
	}
	b := newBench(t, compile(t, source, compiler.Options{}), engine.Config{})
	values := []flow.Value{
		flow.Null(), flow.Bool(true), flow.Bool(false), flow.Number(0), flow.Number(1), flow.Text(""), flow.Text("0"), flow.Text("x"), flow.Text("true"),
		flow.ListOf(), flow.ListOf(flow.Number(1)), flow.Members(), flow.Members("x", flow.Number(1)), flow.Date(0),
	}
	answer := func(key string, x, y flow.Value) string {
		in := flow.Members("a", x, "b", y, "list", flow.ListOf(x))
		res, err := b.module.Run(context.Background(), engine.Run{Flow: key, ID: "run", Input: in})
		if err != nil {
			return string(flow.CodeOf(err))
		}
		return flow.At(res.Outputs, "out").String()
	}
	for _, x := range values {
		for _, y := range values {
			for i, op := range ops {
				step := answer(fmt.Sprintf("op%d_0", i), x, y)
				for j, form := range []string{"Compare", "Filter"} {
					if got := answer(fmt.Sprintf("op%d_%d", i, j+1), x, y); got != step {
						t.Errorf("%s %s %s: a step says %s, %s says %s", x, op, y, step, form, got)
					}
				}
			}
		}
	}
}
