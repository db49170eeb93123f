package compiler

import (
	"slices"

	"github.com/weirflow/weir/flow"
)

// Notes returns the choices that the construct makes where the vendor's
// documents leave one.
func (c Construct) Notes() []flow.Note { return notesOn(c.Key) }

// Notes returns the choices that are made for flows that begin in this way where
// the vendor's documents leave one.
func (e Event) Notes() []flow.Note { return notesOn(e.Key) }

func notesOn(key string) []flow.Note {
	out := slices.Clone(openPoints[key])
	if loops[key] {
		out = append(out, flow.Note{
			Topic: "an error in the flow", Vendor: "say of For Each that it fails, and are silent on the others",
			Choice: "the step fails with it, and begins no further turn", Why: "a result that lacks items unnoticed is worse than none",
		})
	}
	if parallel[key] {
		out = append(out, flow.Note{
			Topic: "concurrency where none is given", Vendor: "are silent; exported flows store 1, 5 or 50 by card",
			Choice: "1", Why: "turns that follow each other surprise nobody, and a larger figure is written where it is wanted",
		})
	}
	return out
}

// loops are the constructs that run a flow many times, parallel those of them
// with a concurrency.
var (
	loops = map[string]bool{
		"for_each": true, "map": true, "filter": true, "find": true, "reduce": true, "sort": true, "unique": true,
		"map_object": true, "map_members": true, "each_member": true, "repeat": true, "paginate": true,
	}
	parallel = map[string]bool{
		"for_each": true, "map": true, "filter": true, "sort": true, "unique": true,
		"map_object": true, "map_members": true, "each_member": true, "repeat": true,
	}
)

var openPoints = map[string][]flow.Note{
	"if": {
		{Topic: "Return and Continue If in a branch", Vendor: "exempt only the blocks of If/ElseIf and If Error from ending the flow", Choice: "they end the whole flow", Why: "the branches belong to the flow itself"},
		{Topic: "an output without a value in the branch that ran", Vendor: "say nothing", Choice: "null", Why: "what was not computed has no value"},
		{Topic: "how values compare", Vendor: "leave open what is loosely equal and what is empty", Choice: "as in Compare (boolean.compare)", Why: "one rule for all conditions"},
	},
	"choose": {{Topic: "a branch that does not return an output", Vendor: "say nothing", Choice: "null", Why: "what was not computed has no value"}},
	"continue_if": {
		{Topic: "inside a branch of If/Else", Vendor: "say nothing", Choice: "the whole flow stops", Why: "the branches belong to the flow itself"},
		{Topic: "who gets the message", Vendor: "say the caller", Choice: "who started the run; a flow that called the stopped one goes on with empty outputs", Why: "a flow has outputs of its own and no place for a text beside them"},
	},
	"return": {{Topic: "inside a branch of If/Else", Vendor: "say nothing", Choice: "the whole flow ends", Why: "the branches belong to the flow itself"}},
	"lookup": {{Topic: "no match and no value for it", Vendor: "say nothing; the match is exact", Choice: "null; case matters and nothing is trimmed", Why: "exact means exact"}},
	"try": {
		{Topic: "whether the flow goes on behind the error policy Run another Flow", Vendor: "do not say", Choice: "it ends; on_error of a card step is that policy", Why: "the policies beside it, Halt Flow and Return Values, end the flow"},
		{Topic: "method and flo of an error", Vendor: "the ids of card and flow, which exported flows declare as text and number", Choice: "the path of the step and the key of its flow, as text", Why: "they are what people find in source and traces"},
		{Topic: "an error in the steps that handle one", Vendor: "say nothing", Choice: "it fails the flow, or the block around the step", Why: "an error must not vanish"},
	},
	"return_error": {{Topic: "inside a try", Vendor: "say nothing", Choice: "the try catches it", Why: "it is an error like any other"}},
	"call":         {{Topic: "a flow that ends without Return", Vendor: "say nothing", Choice: "its outputs are null", Why: "what was not given has no value"}},
	"start":        {{Topic: "an error of the started flow", Vendor: "say nothing", Choice: "it does not reach the flow that started it", Why: "nobody waits for the outcome"}},
	"map":          {{Topic: "a turn that stops without a value", Vendor: "say nothing", Choice: "null stands in its place", Why: "item n of the result belongs to item n of the list"}},
	"map_members":  {{Topic: "a turn that stops without a value", Vendor: "say nothing", Choice: "null stands in its place", Why: "item n of the result belongs to member n of the object"}},
	"map_object":   {{Topic: "two turns that give the same key", Vendor: "say nothing", Choice: "the later member of the source wins", Why: "objects merge so"}},
	"filter":       {{Topic: "a turn that stops without a value", Vendor: "say nothing", Choice: "the item is left out", Why: "nothing said that it stays"}},
	"find":         {{Topic: "no hit", Vendor: "give -1 as the position and are silent on the item", Choice: "null", Why: "there is none"}},
	"reduce":       {{Topic: "an empty list", Vendor: "say nothing", Choice: "the starting value", Why: "no turn changed it"}},
	"unique":       {{Topic: "which item of several is kept", Vendor: "say that one is", Choice: "the first, in the order of the list", Why: "it is the one that Remove Duplicates keeps"}},
	"repeat": {
		{Topic: "a negative count", Vendor: "say nothing", Choice: "no turn", Why: "counts are often computed"},
		{Topic: "the largest count", Vendor: "10,000", Choice: "10,000,000, within the fuel of the run", Why: "fuel bounds the work, and turns that only calculate cost little"},
	},
	"paginate": {{Topic: "machine keys of the inputs", Vendor: "show labels only", Choice: "the labels: object, path, output", Why: "the loops beside it are keyed so"}},
	"pause": {{Topic: "in flows that begin with a request", Vendor: "contradict themselves: one page forbids it in API Endpoint and Delegated flows, another shows it there",
		Choice: "it is allowed", Why: "a helper that pauses would do the same"}},
	"pause_raw": {{Topic: "in flows that begin with a request", Vendor: "contradict themselves: one page forbids it in API Endpoint and Delegated flows, another shows it there",
		Choice: "it is allowed", Why: "a helper that pauses would do the same"}},
	"return_raw":      {{Topic: "a flow that nobody called over HTTP", Vendor: "say nothing", Choice: "the three parts are its outputs", Why: "they are what the flow has to say"}},
	"cursor":          {{Topic: "machine key", Vendor: "show none", Choice: "kernel:control:cursor", Why: "the help names its page so"}},
	flow.FlowEndpoint: {{Topic: "values of security", Vendor: "name three settings; exported flows store null, open, medium and high", Choice: "open, token and oauth", Why: "they say what is asked of the caller"}},
	flow.FlowWebhook:  {{Topic: "machine keys", Vendor: "show none, and exported flows have none of these cards", Choice: "the key of the catalogue; the type of the flow says which card begins it", Why: "nothing else is known of them"}},
}
