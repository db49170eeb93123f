// Package egress is the guarded HTTP client: the only package that opens
// connections, and the only one that opens secrets. Whatever a flow, a server,
// a resolver or a redirect says, a request reaches nothing but the hosts it
// lists, on public addresses, and nothing larger or slower than allowed comes
// back.
//
// policy.go holds every decision about where a request may go. A URL is read
// once, into one spelling that is used for the check and for the connection;
// the address is checked again on the socket, just before it connects. The
// other files follow a request on its way: request.go builds it and opens its
// secrets, dial.go connects, client.go exchanges, stream.go sends and receives
// what does not fit into memory, body.go reads and decodes, fault.go names
// what went wrong without quoting either side.
package egress
