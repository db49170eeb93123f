// Package bundle makes and reads the file of a release: one signed archive of a
// connector's module, manifest, icon, documentation and tests. Open is the gate
// that every bundle passes before anything in it is used; read bundle.go first.
//
// # Form
//
// A bundle is a zip archive without compression whose bytes are settled by its
// content: Statement first, then the other members in the order of their names,
// all with one date and no attributes. Open writes the archive again from what
// it read and compares, so that there is one way to read a bundle, whatever a
// reader of archives tolerates: no member twice, none hidden between others,
// nothing before, behind or beside them.
//
//	statement.dsse.json   DSSE envelope of an in-toto statement: the SHA-256 of every other member
//	manifest.json         what the module says about itself
//	module.wasm           the compiled connector
//	assets/…              its icon
//	docs/…                documentation for people
//	tests/…               tests and tapes
//	README.md, CHANGELOG.md, LICENSE
//
// The signature is Ed25519 (RFC 8032) over the pre-authentication encoding of
// DSSE 1.0.2 of an in-toto statement of version 1, so that tools for either can
// read it.
package bundle
