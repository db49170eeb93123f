// Package openapi turns OpenAPI documents (3.0 and 3.1, JSON or YAML) into the
// source of connectors: one action for each operation, with the flows around
// them. docs/IMPORT.md says how each part of a document is mapped.
//
// An import goes in steps, one file or two each. read.go makes a tree of the
// text, within limits. select.go lists the operations and chooses among them.
// reduce.go copies what they need into a small document that has the right form,
// and model.go gives it to the library, which knows what it means. What becomes
// of an operation is in mapper.go and the files that are named after its parts:
// params.go, body.go, answer.go, pages.go, pagesbody.go; of the document around them in
// server.go, auth.go and helpers.go. report.go keeps account of what was lost.
package openapi
