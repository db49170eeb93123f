// Package suite reads and runs the tests of a connector: the files of its
// tests/ folder, whose format docs/LANGUAGE.md describes. A test runs one flow
// on the engine; its HTTP requests pass the real client's checks and are then
// answered by the test itself, so that nothing reaches the network. Read test.go
// first.
package suite
