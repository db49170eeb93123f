package guest

// The profile: the bounds of a flow module. Verify refuses what is beyond one
// with module.profile, and the compiler keeps within them (flow.size).
//
// They exist because the runtime's compiler has no bound of its own: it ignores
// its context, and its time grows with the square of the basic blocks of a
// function, with places where control flow meets times locals, with the depth of
// nested loops and with the values that calls move. Measured with wazero v1.12.0
// on one core of about 3 GHz (amd64): each row is a module of functions of one
// shape. "Free" are functions of 16 or 64 KiB without these bounds; "bounded" is
// the worst module that Verify accepts. Times are processor time for 256 KiB of
// module; where a bound on the sum over the module is reached first, the time of
// that whole module.
//
//	shape                                             free            bounded by                     bounded
//	chained ifs, 4 locals, 64 KiB functions           4.0 s           MaxBlocks                      1.1 s
//	chained ifs, 60 to 400 locals, 64 KiB             5.5 s           MaxBlocks, MaxMerges           1.9 s
//	chained ifs, 1,000 locals, 8 KiB functions        9.5 s           MaxMerges, MaxModuleMerges     1.1 s
//	br_ifs out of one block, 64 KiB                   3.8 s           MaxBranches                    1.1 s
//	br_ifs that carry a value, 64 KiB                 24 s            MaxBranches                    0.9 s
//	br_ifs that carry 16 values, 64 KiB               18 s            MaxBranches                    0.4 s
//	br_ifs back to 16 loops, 1,000 locals             19 s            MaxMerges, MaxModuleMerges     0.7 s, whole module
//	120 nested loops, 256 locals                      23 s            MaxLoopNesting, MaxMerges      1.4 s
//	120 nested loops and br_ifs back, 1,000 locals    100 s           the same                       0.7 s, whole module
//	calls with 64 results and 64 parameters           6.2 s           MaxOperands, MaxModuleOperands 0.3 s, whole module
//	blocks with 64 parameters and results             2.3 s           MaxOperands                    0.7 s
//	1,000 operands alive over chained ifs             3.6 s           MaxBlocks, MaxStack            0.9 s
//	straight-line code of any kind                    0.01 to 0.3 s   MaxBody                        the same
//	4,000 functions; 2,000 types of 247 values        -               MaxFunctions; MaxTypes         0.15 s
//	compiled flows of 400 or 1,500 steps              0.3 s, 0.7 s    -                              the same
//
// So an accepted module takes about 2 s for 256 KiB at most, four times that at
// MaxModule; the most allocated for 256 KiB was 80 MiB.
const (
	// MaxModule bounds the whole file. 1 MiB is about 250 flows of 100 steps.
	MaxModule = 1 << 20
	// MaxFunctions bounds the functions that a module defines.
	MaxFunctions = 4000
	// MaxImports bounds the functions that a module imports.
	MaxImports = 1000
	// MaxTypes bounds the signatures; the runtime compiles an entry for each.
	MaxTypes = 2000
	// MaxExports is every function and the fuel counter.
	MaxExports = MaxFunctions + 1
	// MaxName bounds the names of imports, exports and custom sections, in bytes:
	// "flow:" and the longest key.
	MaxName = 5 + MaxKey

	// MaxParams and MaxResults bound a signature. 128 leaves room for trace,
	// step and MaxVariadic values.
	MaxParams  = 128
	MaxResults = 128

	// MaxBody bounds one function body in bytes. A step takes 25 to 40, so that
	// MaxBlocks and MaxBranches are reached first.
	MaxBody = 64 << 10
	// MaxLocals bounds parameters and locals of a function. With MaxStack and
	// MaxCallDepth it bounds the native stack of a run: (2048 + 1024) values of 8
	// bytes in 64 frames are 1.5 MiB.
	MaxLocals = 2048
	// MaxStack bounds the operands on a function's stack at any place.
	MaxStack = 1024
	// MaxNesting bounds the blocks, loops and ifs around an instruction.
	MaxNesting = 128
	// MaxLoopNesting bounds the loops around an instruction.
	MaxLoopNesting = 16
	// MaxCallDepth bounds the functions on a call chain. Calls cannot form a
	// circle, so the chain is known before the module runs.
	MaxCallDepth = 64

	// MaxBlocks bounds the blocks, loops and ifs of a function, those of the fuel
	// sequences included.
	MaxBlocks = 2000
	// MaxBranches bounds the branches of a function: each br, br_if and return
	// counts 1, and 2 more for every value that it carries.
	MaxBranches = 2000
	// MaxMerges bounds, for a function, its locals times the places where control
	// flow meets: blocks count 1, branches back to a loop 2. MaxModuleMerges bounds
	// the sum over the module.
	MaxMerges       = 1 << 17
	MaxModuleMerges = 1 << 21
	// MaxOperands bounds the values that calls, block types and the signature of a
	// function pass. MaxModuleOperands bounds the sum over the module.
	MaxOperands       = 1 << 14
	MaxModuleOperands = 1 << 19

	// MaxPrice bounds what one fuel sequence charges, so that the counter cannot
	// wrap around.
	MaxPrice = 1 << 32

	// MaxManifest, MaxConsts and MaxSteps bound the custom sections in bytes.
	MaxManifest = 256 << 10
	MaxConsts   = 512 << 10
	MaxSteps    = 512 << 10
	// MaxConstValues bounds the number of constants, MaxConstSize the memory that
	// all of them take as values (flow.Value.Size), and MaxConstDepth their
	// nesting.
	MaxConstValues = 1 << 16
	MaxConstSize   = 4 << 20
	MaxConstDepth  = 64

	// MaxKey bounds the key of a connector, flow, field, secret or card, MaxText
	// every other text of the manifest and the steps, in bytes.
	MaxKey  = 128
	MaxText = 16 << 10
)
