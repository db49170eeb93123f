// Package servers runs the product as its users do, through the command, against
// servers that nobody here wrote: each test starts one that a package registry
// has, on a free port, and ends it. Start with process_test.go for how. It has
// tests and no code.
//
// make servers and make servers-slow install the servers and run the tests;
// without WEIR_SERVERS they are skipped. -update records the tapes of the examples
// anew.
package servers
