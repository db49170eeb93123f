// Package flopack turns the exports of the vendor's flow designer (.flopack,
// .folder and .flow files) into the source of connectors: one flow for each
// flow, with the tables, connections and cards of other connectors that they
// use. docs/IMPORT.md says how each part of an export is mapped.
//
// An import goes in steps. read.go makes a tree of the text, within limits.
// pack.go, card.go and wire.go make the model of it: flows, cards, ports and
// wires. order.go puts the cards of each flow in the order in which they run, as
// nested blocks. faces.go settles what flows take and give. Then each flow is
// written: flow.go has its frame, writer.go finds what a card becomes, and the
// files named after kinds of cards write it: control.go, condition.go, blocks.go,
// calls.go, loops.go, compose.go, plain.go, foreign.go, tables.go, answers.go.
// operand.go says where values come from, stepname.go what steps are called,
// policy.go what is done after errors. settings.go writes connector.yaml,
// declare.go the cards of other connectors, and report.go keeps account of every
// card and of what was lost.
package flopack
