package flow

// Import of flows of the vendor's designer: what ends the import of an export,
// and what its report says about cards that a connector does not have as they are.
const (
	// CodeImportOrder: the cards of a flow have no order: they run in a circle, or several begin the flow.
	// Example:
	//	# import: flopack
	//	{"type": "flopack", "version": "1.5.0", "data": {"flos": {"f": {"name": "Two Beginnings", "data": {"methods": [
	//	  {"uuid": "a", "address": "root:kernel:control:0.0.1:callable", "node": {"model": {}}},
	//	  {"uuid": "b", "address": "root:kernel:control:0.0.1:return", "node": {"model": {}}}]}}}}}
	CodeImportOrder Code = "import.order"

	// CodeImportCard: a card, or something of it, is not in the connector as the export has it.
	// Example:
	//	# import: flopack
	//	{"type": "flopack", "version": "1.5.0",
	//	 "flags": {"auto-transform": true, "looseBooleans": true, "looseStrings": true, "looseNulls": true},
	//	 "data": {"flos": {"f": {"name": "Odd", "data": {"methods": [
	//	   {"uuid": "a", "address": "root:kernel:control:0.0.1:callable", "node": {"model": {}}},
	//	   {"uuid": "b", "address": "root:kernel:string:0.0.1:shout", "node": {"model": {}}}],
	//	  "orderings": {"1": ["a", "b"]}}}}}}
	CodeImportCard Code = "import.card"

	// CodeImportHost: a request goes to an address that is known only when the flow runs.
	// Example:
	//	# import: flopack
	//	{"type": "flopack", "version": "1.5.0",
	//	 "flags": {"auto-transform": true, "looseBooleans": true, "looseStrings": true, "looseNulls": true},
	//	 "data": {"flos": {"f": {"name": "Ask", "data": {"methods": [
	//	   {"uuid": "a", "address": "root:kernel:control:0.0.1:callable", "pins": {"o": {"b": [{"input": "i"}]}},
	//	    "node": {"model": {"outputs": {"data": {"o": {"key": "url", "value": {"type": "string"}}}}}}},
	//	   {"uuid": "b", "address": "root:channels:http:httpfunctions:1.0.0:get", "node": {"model": {"inputs": {"data":
	//	    {"i": {"group": "Request", "key": "URL", "value": {"type": "string"}}}}}}}],
	//	  "orderings": {"1": ["a", "b"]}}}}}}
	CodeImportHost Code = "import.host"
)
