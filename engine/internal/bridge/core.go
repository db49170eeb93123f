package bridge

import "strings"

// coreFunctions are the imports of guest.CoreModule with a fixed signature.
var coreFunctions = map[string]func(in *Instance, s []uint64){
	"refuel":    refuel,
	"num":       boxNumber,
	"bool":      boxBool,
	"to_num":    toNumber,
	"to_bool":   toBool,
	"convert":   convert,
	"get":       get,
	"get_num":   getNumber,
	"compare":   compare,
	"secret":    secretValue,
	"config":    configValue,
	"context":   contextValue,
	"fail":      failStep,
	"rethrow":   rethrow,
	"stop":      stop,
	"try":       tryBegin,
	"try_end":   tryEnd,
	"catch":     catch,
	"enter":     enter,
	"leave":     leave,
	"begin":     begin,
	"repeat":    repeat,
	"next":      next,
	"seek":      seek,
	"yield":     yield,
	"yield_num": yieldNumber,
	"keep":      keep,
	"skip":      skip,
	"end":       end,
	"break":     breakLoop,
	"parallel":  parallel,
}

// coreFunction returns the host function of a core import, or nil.
func coreFunction(field string) func(in *Instance, s []uint64) {
	name, reprs, variadic := strings.Cut(field, ":")
	if !variadic {
		return coreFunctions[name]
	}
	switch name {
	case "object":
		return object(reprs)
	case "yield_object":
		return yieldObject(reprs)
	case "list":
		return list(reprs)
	case "concat":
		return concat(reprs)
	case "get_nums":
		return getNumbers(reprs)
	case "trace":
		return traceStep(reprs)
	}
	return nil
}
