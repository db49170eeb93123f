package schema

// retry is how a step tries again.
func retry() object {
	status := object{{"type", "integer"}, {"minimum", 400}, {"maximum", 599}}
	seconds := object{{"type", "number"}, {"minimum", 1}, {"maximum", 300}}
	return closed(nil,
		member{"for", append(object{{"description", "What is tried again: rate_limits (429 and 504), all, or a list of statuses."}, {"default", "rate_limits"}},
			anyOf(enum("rate_limits", "all"), listOf(status), texts(member{"pattern", `^\$\{.*\}$`}), object{{"type", "null"}})...)},
		member{"times", object{{"description", "How often, at most; 0 is never."}, {"type", "integer"}, {"minimum", 0}, {"maximum", 5}, {"default", 3}}},
		member{"between", append(object{{"description", "The wait in seconds, or the bounds of a random one. What the service asks for goes before."}, {"default", list{60, 180}}},
			anyOf(seconds, append(listOf(seconds), member{"minItems", 2}, member{"maxItems", 2}))...)})
}

// stream is how a step takes the records of a card of another connector.
func stream() object {
	return closed([]string{"flow"},
		member{"flow", about("The helper flow that gets each record, as Record.", texts(member{"pattern", flowKeyPat}))},
		member{"with", about("What the flow gets as State.", ref("values"))},
		member{"limit", about("At most so many records.", ref("number"))})
}

// onError is what becomes of the flow when a step has failed.
func onError() object {
	o := closed(nil,
		member{"return", about("The outputs that the flow ends with; ${error} is the error.", ref("values"))},
		member{"call", about("The helper flow that runs before the flow ends without outputs.", texts(member{"pattern", flowKeyPat}))},
		member{"with", about("The inputs of that flow; ${error} is the error.", ref("values"))})
	return append(o, anyOf(
		object{{"required", list{"return"}}, {"properties", object{{"call", false}, {"with", false}}}},
		object{{"required", list{"call"}}, {"properties", object{{"return", false}}}})...)
}
