// Package face works out what people see of a connector: the dialog in which a
// connection is made, and a card with its options, inputs and outputs. Commands
// print the model and interfaces draw it; both get it from here. Read face.go
// first.
//
// Dynamic parts are computed by helper flows through an Evaluator. Without one
// they are placeholders, so that a face can be shown before a connection exists.
package face
