// Package flow is the vocabulary that every part of Weir shares: values and
// their types, cards and registries, errors and their codes, manifests and
// journals. It does no I/O and knows nothing of WebAssembly.
//
// Start with value.go for what flows compute on, and with card.go for what a
// step is.
package flow
