package compiler

import "github.com/weirflow/weir/flow"

// Construct is a step that the compiler turns into control flow rather than a
// card call.
type Construct struct {
	Key      string   // the field that introduces it in source
	Aliases  []string // the vendor's machine keys
	Title    string
	Category string
	Doc      string
	Fields   []ConstructField // in canonical order, the one named Key first; none for a note
}

// ConstructField is one field of a construct. The fields that every step has,
// name and note, are not among them.
type ConstructField struct {
	Key      string
	Holds    Holds
	Required bool
	Doc      string
}

// Holds says what stands in a field of a construct.
type Holds string

// What fields hold. docs/LANGUAGE.md describes each.
const (
	HoldsValue       Holds = "value"         // any value; references are allowed in it
	HoldsObject      Holds = "object"        // an object, or what converts to one
	HoldsCount       Holds = "count"         // a number, or what converts to one
	HoldsConcurrency Holds = "concurrency"   // a whole number from 1 to 200
	HoldsFlag        Holds = "flag"          // true or false, written out
	HoldsCondition   Holds = "condition"     // two values and an operator, or one value
	HoldsType        Holds = "type"          // the name of a type
	HoldsFlow        Holds = "flow"          // the key of a helper flow
	HoldsKey         Holds = "key"           // the name of a member
	HoldsRaw         Holds = "raw"           // an HTTP answer: statusCode, headers, body
	HoldsSteps       Holds = "steps"         // a list of steps
	HoldsBranches    Holds = "branches"      // a list of {when, steps}, the last one perhaps {else}
	HoldsValues      Holds = "values"        // a mapping of values
	HoldsError       Holds = "error"         // a mapping of values with statusCode and message
	HoldsAssigned    Holds = "assigned"      // a mapping of values, plain or with a type
	HoldsOutputs     Holds = "outputs"       // a mapping of declared outputs
	HoldsBranchOuts  Holds = "branchOutputs" // a mapping of outputs with a value for each branch
)

// Constructs lists the control-flow steps of the language.
func Constructs() []Construct {
	return []Construct{
		{"if", []string{"kernel:control:if", "kernel:control:noop", "kernel:control:join"}, "If/Else", "Branching",
			"Runs one of two lists of steps; declared outputs take a value from each branch.", []ConstructField{
				{"if", HoldsCondition, true, "The condition."},
				{"then", HoldsSteps, false, "What runs when the condition holds. What these steps make is visible in this branch alone."},
				{"else", HoldsSteps, false, "What runs when the condition does not hold."},
				{"outputs", HoldsBranchOuts, false, "Values that steps behind the branches can refer to, beside result."},
			}},
		{"choose", []string{"kernel:control:branch"}, "If/ElseIf", "Branching",
			"Runs the first branch whose condition holds, or the else branch; each branch is a block of its own.", []ConstructField{
				{"choose", HoldsBranches, true, "The branches, tried in order."},
				{"outputs", HoldsOutputs, false, "What return inside a branch gives."},
			}},
		{"continue_if", []string{"kernel:control:continueIf"}, "Continue If", "Branching",
			"Stops the flow quietly, or leaves the block around it, unless a condition holds.", []ConstructField{
				{"continue_if", HoldsCondition, true, "The condition under which the flow goes on."},
				{"message", HoldsValue, false, "Why the flow stopped, for who started it and who reads its history."},
			}},
		{"assign_if", []string{"kernel:control:assignIf"}, "Assign If", "Branching",
			"Chooses between two values by a condition.", []ConstructField{
				{"assign_if", HoldsCondition, true, "The condition."},
				{"then", HoldsValue, false, "The output when the condition holds; null when absent."},
				{"else", HoldsValue, false, "The output when the condition does not hold; null when absent."},
				{"as", HoldsType, false, "The type that the output is converted to."},
			}},
		{"lookup", []string{"kernel:control:lookup"}, "Lookup", "Branching",
			"Translates a text into a value with a fixed table.", []ConstructField{
				{"lookup", HoldsValue, true, "The text to look up; it must match exactly."},
				{"options", HoldsValues, true, "The table: what each text becomes."},
				{"else", HoldsValue, false, "The result for texts that are not in the table; null when absent."},
				{"as", HoldsType, false, "The type that the result is converted to."},
			}},
		{"try", []string{"kernel:control:tryCatch"}, "If Error", "Error Handling",
			"Runs steps, and other steps when one of them fails; the error is in ${error}.", []ConstructField{
				{"try", HoldsSteps, true, "The steps that may fail; a block of its own."},
				{"if_error", HoldsSteps, true, "What runs when one of them fails; a block of its own, in which ${error} is the error."},
				{"outputs", HoldsOutputs, false, "What return inside either block gives."},
			}},
		{"return_error", []string{"kernel:control:throw"}, "Return Error", "Error Handling",
			"Ends the flow with an error that callers can handle.", []ConstructField{
				{"return_error", HoldsError, true, "The error: statusCode, message and whatever else helps."},
			}},
		{"return_error_if", []string{"kernel:control:throwIf"}, "Return Error If", "Error Handling",
			"Ends the flow with an error when a condition holds.", []ConstructField{
				{"return_error_if", HoldsCondition, true, "The condition under which the flow fails."},
				{"error", HoldsError, true, "The error: statusCode, message and whatever else helps."},
			}},
		{"cursor", []string{"kernel:control:cursor"}, "Cursor", "Flow Control",
			"Says where the next run of a polling flow begins. The last one of a run counts, and only if the run succeeds; one inside a failed try does not.", []ConstructField{
				{"cursor", HoldsValue, true, "A date, number, text or object; at most 10 KB."},
			}},
		{"paginate", []string{"kernel:control:paginate", "kernel:http:paginate"}, "Paginate", "API Connector",
			"Calls a flow with the members of an object, and again with the object that it gave, while that still has the member named by path; 5,000 turns at most.", []ConstructField{
				{"paginate", HoldsObject, true, "The object to begin with; its members are the inputs of the flow."},
				{"path", HoldsKey, true, "The member that keeps the loop going; whether it is there counts, and not its value."},
				{"flow", HoldsFlow, true, "The helper flow. It gives the next object."},
			}},
		{"start", []string{"kernel:control:run"}, "Call Flow Async", "Flow Control",
			"Begins a helper flow beside this one and does not wait for it.", []ConstructField{
				{"start", HoldsFlow, true, "The helper flow."},
				{"with", HoldsValues, false, "Its inputs."},
			}},
		{"return_raw", []string{"kernel:control:returnRaw"}, "Return Raw", "Flow Control",
			"Ends the flow with a hand-made HTTP answer; without a caller the flow returns its parts.", []ConstructField{
				{"return_raw", HoldsRaw, true, "The answer: statusCode (200, or 400 to 599), headers, body."},
			}},
		{"pause", []string{"kernel:control:pause"}, "Pause", "Flow Control",
			"Hands values to the caller and parks the run until somebody resumes it.", []ConstructField{
				{"pause", HoldsValues, true, "What the caller gets."},
				{"outputs", HoldsOutputs, false, "What is sent to resume the run."},
			}},
		{"pause_raw", []string{"kernel:control:pauseRaw"}, "Pause Raw", "Flow Control",
			"Answers the caller with a hand-made HTTP response and parks the run; the request that resumes it gives headers and body.", []ConstructField{
				{"pause_raw", HoldsRaw, true, "The answer: statusCode (200, or 400 to 599), headers, body."},
			}},
		{"assign", []string{"kernel:control:let"}, "Assign", "Flow Control",
			"Names values, converting them to the types given.", []ConstructField{
				{"assign", HoldsAssigned, true, "The values by name, plain or as {type, value}."},
			}},
		{"call", []string{"kernel:control:spawn"}, "Call Flow", "Flow Control",
			"Runs another flow of the connector and gives its outputs.", []ConstructField{
				{"call", HoldsFlow, true, "The helper flow to run."},
				{"with", HoldsValues, false, "The inputs of the flow."},
			}},
		{"return", []string{"kernel:control:return", "kernel:control:return (meta connector_return)",
			"kernel:control:return (meta connector_child_flo_return)"}, "Return", "Flow Control",
			"Ends the flow, or the block around it, with its declared outputs.", []ConstructField{
				{"return", HoldsValues, true, "The outputs; those that are missing are null."},
			}},
		{"repeat", []string{"kernel:control:times"}, "Repeat", "Flow Control",
			"Runs a flow a number of times.",
			loopFields(ConstructField{"repeat", HoldsCount, true, "How often the flow runs: a whole number, at least 0."}, concurrency())},
		{"note", []string{"kernel:control:comment"}, "Comment", "Flow Control",
			"A note on a step; it is never executed.", nil},
		{"for_each", []string{"kernel:list:each", "kernel:list:asyncEach"}, "For Each", "List",
			"Runs a flow once for each item; with ignore_errors it goes on after failures.",
			loopFields(loopList("for_each"), concurrency(), ConstructField{"ignore_errors", HoldsFlag, false, "Go on with the next item when one fails."})},
		{"map", []string{"kernel:list:map"}, "Map", "List",
			"Makes a new list by running a flow for each item.", loopFields(loopList("map"), concurrency())},
		{"filter", []string{"kernel:list:filter"}, "Filter Custom", "List",
			"Keeps the items for which a flow returns true.", loopFields(loopList("filter"), concurrency())},
		{"find", []string{"kernel:list:find"}, "Find Custom", "List",
			"Gives the first item for which a flow returns true, and its position.", loopFields(loopList("find"))},
		{"sort", []string{"kernel:list:sort"}, "Sort Custom", "List",
			"Sorts a list by a value that a flow computes for each item, smallest first; ties keep their order.", loopFields(loopList("sort"), concurrency())},
		{"unique", []string{"kernel:list:unique"}, "Unique Custom", "List",
			"Keeps the first item for each value that a flow computes.", loopFields(loopList("unique"), concurrency())},
		{"map_object", []string{"kernel:object:process"}, "Map", "Object",
			"Makes a new object: a flow gives key and value for each member, or stops to leave it out.", loopFields(loopObject("map_object"), concurrency())},
		{"map_members", []string{"kernel:object:map"}, "Map to List", "Object",
			"Makes a list by running a flow for each member of an object.", loopFields(loopObject("map_members"), concurrency())},
		{"each_member", []string{"kernel:object:each"}, "For Each", "Object",
			"Runs a flow once for each member of an object.", loopFields(loopObject("each_member"), concurrency())},
		{"reduce", []string{"kernel:list:reduce"}, "Reduce", "List",
			"Folds a list into one value with a flow.", []ConstructField{
				loopList("reduce"),
				{"memo", HoldsValue, true, "The running value before the first item."},
				loopFlow(), loopWith(),
			}},
	}
}

func loopFields(over ConstructField, more ...ConstructField) []ConstructField {
	return append([]ConstructField{over, loopFlow(), loopWith()}, more...)
}

func loopList(key string) ConstructField {
	return ConstructField{key, HoldsValue, true, "The list that the loop runs over; a single value is a list of one."}
}

func loopObject(key string) ConstructField {
	return ConstructField{key, HoldsObject, true, "The object that the loop runs over; ${item} is {key, value}."}
}

func loopFlow() ConstructField {
	return ConstructField{"flow", HoldsFlow, true, "The helper flow that runs in each turn."}
}

func loopWith() ConstructField {
	return ConstructField{"with", HoldsValues, false, "The inputs of the flow; ${item} and ${index} are the item and its position, in reduce ${memo} the running value."}
}

func concurrency() ConstructField {
	return ConstructField{"concurrency", HoldsConcurrency, false, "How many turns may run at the same time, from 1 to 200; 1 when absent."}
}

// Event is one way in which a flow begins: what the vendor draws as the first
// card of a flow.
type Event struct {
	Key      string   // the type of the flow in source
	Aliases  []string // the vendor's machine keys
	Title    string
	Category string
	Doc      string
}

// Events lists the ways in which flows begin.
func Events() []Event {
	const start, project = "Flow Start (event cards)", "Connector Builder variants"
	return []Event{
		{flow.FlowAction, []string{"kernel:control:callable (meta connector_action)"}, "Connector Action", project,
			"A flow that can be started from outside with inputs and gives outputs: a card of the connector."},
		{flow.FlowHelper, []string{"kernel:control:callable", "kernel:control:callable (meta connector_child_flo)"}, "Helper Flow", start,
			"A flow that other flows call, alone or once for each item of a list."},
		{flow.FlowAuthping, []string{"kernel:control:callable (meta connector_authping)", "kernel:control:return (meta connector_authping_return)"}, "Connector Authping", project,
			"Tells whether a connection works: gives working and serviceResponse."},
		{flow.FlowRevoke, nil, "Revoke", project, "Takes a credential back at the service when a connection is deleted."},
		{flow.FlowWebhook, []string{"(not seen in exports)"}, "Webhook Event (with Registration and Deregistration) / Polling Monitor / Revoke", project,
			"Begins with a delivery to the event address; its outputs are those of the event."},
		{flow.FlowWebhookRegister, nil, "Webhook Event: Registration", project, "Subscribes at the service when a flow with the event is switched on."},
		{flow.FlowWebhookDeregister, nil, "Webhook Event: Deregistration", project, "Ends the subscription when the flow is switched off."},
		{flow.FlowPolling, nil, "Polling Monitor", project, "Asks for new records on a schedule and keeps a cursor between runs."},
		{flow.FlowScheduled, []string{"kernel:control:callable (flow-level cron, scheduled true)"}, "Scheduled Flow", start, "Begins when a clock says so."},
		{flow.FlowEndpoint, []string{"kernel:http:accept"}, "API Endpoint", "API Connector", "Begins with an HTTP request and answers it."},
		{flow.FlowDelegated, []string{"kernel:http:delegated"}, "Delegated Flow", start, "Is started by an administrator who fills in its inputs."},
		{flow.FlowEvent, nil, "Event of a connector", start, "Begins once for each record of an event of another connector."},
	}
}
