// Package compat compares two builds of a connector and says what the change
// means for those who use it: nothing, a patch, a minor or a major change in the
// sense of Semantic Versioning 2.0.0. What counts is what others see and rely on
// (cards, their fields, authentication) and what a build may do (hosts, cards,
// secrets). Read report.go first; rules.go has every rule with its level.
//
// A verdict is made from manifests alone. Whether a card does the same as before
// behind an unchanged face is for the connector's tests to say.
package compat
