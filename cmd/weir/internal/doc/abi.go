package doc

import (
	"fmt"
	"strings"

	"github.com/weirflow/weir/guest"
)

const abiText = `Compiled flows and the host meet here. Package guest is the definition; this page is made from it.

## The guest

A flow module has no memory, no table, no start function and one mutable global, the fuel counter. It holds **handles**
(i32); the host holds the values. A handle below the number of constants names a constant of the module (0 is null), any
other names a slot of the run's arena. A handle that names nothing ends the run with ` + "`value.handle`" + `. Numbers and truth values
whose type the compiler knows, and which are never null, travel unboxed.

| Letter | Representation | WebAssembly type |
|---|---|---|
| h | handle | i32 |
| n | number | f64 |
| b | truth value | i32, 0 or 1 |
| f | field of a value: the value's handle and the constant path, which the host follows; parameters only | i32, i32 |

A path is a constant text (one key, or a place in a list) or a constant list of texts.

Input ports of cards travel unboxed when null means the same to them as zero; inputs of flows when they are required or
have a default; outputs of flows when every way through the flow gives them.

## Errors

A failing import stores the error in the host and returns -1 for a handle or truth value, or a non-zero last result
behind an f64 or outputs; compiled code then branches to the nearest handler. Traps are for limits and faults: they end the run.

## Fuel

The exported global ` + "`fuel`" + ` (mutable i64) counts down. Every function body and every loop body begins with

    global.get 0  i64.const N  i64.sub  global.set 0
    global.get 0  i64.const 0  i64.lt_s
    if  global.get 0  call $refuel  global.set 0  end

where N pays for the region: the body without the loops inside it. refuel charges the run, checks its time and its
caller, lets other goroutines run, and returns the next slice. The host charges cards and data-sized work against the
same budget. guest.Verify refuses modules without these checks, and modules whose N is less than a sixteenth of the
region's instructions.

## Exports

| Name | Type | Meaning |
|---|---|---|
| fuel | global | the fuel counter |
| flow:KEY | (trace i32, inputs…) -> i32 | runs a flow: handle of the object of its outputs, -1 failed, -2 stopped |
| loop:N | (trace i32, item h, index f64, captures h) -> i32 | one turn of a parallel loop |

trace is 1 when the run keeps a trace: compiled code then reports what it computes without the host.

## Card imports

` + "`card/FAMILY@VERSION`.`NAME`" + `, for example ` + "`card/text@1`.`concat:hh`" + `. Parameters: step, one per input port, and
where there are author-made inputs a constant object with their names and one parameter for each; their letters follow
the colon. Where ports travel as fields, the letters of all ports stand in parentheses: ` + "`concat(fh):h`" + `. Behind > stand the
outputs that the guest takes of a card with several, each as a letter and its place: ` + "`divide>n1`" + ` gives (f64, failed i32)
instead of an object. A name that ends in ~ is the slow path of a card compiled to instructions: its price is already in the
module's own checks. A module may import exactly the cards that its manifest lists.

` + "`ext/CONNECTOR@1`.`NAME`" + ` is a card of another connector, which the manifest defines under externals; the engine asks
the run's provider for it. Parameters: step, then one handle for each input and each option. The result is the handle of an
object of the outputs. ` + "`NAME.page`" + ` asks for one page of its records: behind the options it takes what the page before
remembered and a limit, and gives records, state and more.

## Custom sections

| Section | Content |
|---|---|
| weir.manifest | JSON of flow.Manifest |
| weir.consts | number of constants, then length and flow.EncodeValue of each; lengths are LEB128 |
| weir.steps | the step table of guest.EncodeSteps: where each step stands in the source and what it uses; step n is element n-1, step 0 is the flow itself |

`

// ABI renders docs/ABI.md.
func ABI() string {
	var b strings.Builder
	b.WriteString("# ABI\n\n" + generated)
	fmt.Fprintf(&b, "ABI number %d. %s", guest.ABI, abiText)
	fmt.Fprintf(&b, "## Core imports\n\nModule `%s`. A name with … carries the letters of further values, at most %d, of which f counts as two.\n\n", guest.CoreModule, guest.MaxVariadic)
	b.WriteString("| Import | Type | Meaning |\n|---|---|---|\n")
	for _, c := range guest.CoreImports() {
		name := c.Name
		params, results := typeList(c.Sig.Params), typeList(c.Sig.Results)
		switch {
		case c.Variadic == "":
		case c.Gives:
			name, results = name+":…", "…, "+results
		default:
			name, params = name+":…", params+", …"
		}
		fmt.Fprintf(&b, "| `%s` | (%s) -> (%s) | %s |\n", name, params, results, cell(c.Doc))
	}
	return b.String()
}

func typeList(ts []guest.ValType) string {
	names := make([]string, len(ts))
	for i, t := range ts {
		names[i] = map[guest.ValType]string{guest.I32: "i32", guest.I64: "i64", guest.F64: "f64"}[t]
	}
	return strings.Join(names, ", ")
}
