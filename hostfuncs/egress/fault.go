package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"syscall"
	"time"

	"github.com/weirflow/weir/flow"
)

// The errors of this package name the host and what happened. They do not wrap
// what the standard library says, because that quotes what servers sent, and a
// server may send back what it was given.

// cancelled returns the error for a call whose own context has ended: the cause
// that the caller gave, or run.cancelled.
func cancelled(ctx context.Context) error {
	if fe, ok := errors.AsType[*flow.Error](context.Cause(ctx)); ok {
		return fe
	}
	return flow.Errorf(flow.CodeRunCancelled, "the request was given up: %v", ctx.Err())
}

func timeout(h host, what string, after time.Duration) error {
	return flow.Errorf(flow.CodeHTTPTimeout, "%q %s within %s", h.String(), what, after)
}

func protocol(h host, what string) error {
	return flow.Errorf(flow.CodeHTTPProtocol, "the answer of %q %s", h.String(), what)
}

// exchangeFault names an error of the transport during one exchange whose own
// context is ctx.
func exchangeFault(ctx context.Context, h host, firstByte time.Duration, err error) error {
	if ctx.Err() != nil {
		return cancelled(ctx)
	}
	if fe, ok := errors.AsType[*flow.Error](err); ok {
		return fe
	}
	if isTimeout(err) {
		return timeout(h, "did not begin to answer", firstByte)
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "remote error" || op.Op == "local error") {
		return flow.Errorf(flow.CodeHTTPTLS, "TLS with %q failed: an alert was sent", h.String())
	}
	return protocol(h, "is not valid HTTP, is cut off, or has too large headers")
}

// lookupFault names an error of the resolver.
func lookupFault(h host, err error) error {
	if isTimeout(err) || errors.Is(err, context.DeadlineExceeded) {
		return flow.Errorf(flow.CodeEgressDNS, "the name %q was not resolved in time", h.name)
	}
	return flow.Errorf(flow.CodeEgressDNS, "the name %q has no address", h.name)
}

// connectFault names an error of connecting.
func connectFault(h host, within time.Duration, err error) error {
	if fe, ok := errors.AsType[*flow.Error](err); ok {
		return fe
	}
	switch {
	case isTimeout(err):
		return timeout(h, "did not accept a connection", within)
	case errors.Is(err, syscall.ECONNREFUSED):
		return flow.Errorf(flow.CodeHTTPConnect, "%q refused the connection", h.String())
	}
	return flow.Errorf(flow.CodeHTTPConnect, "%q cannot be reached", h.String())
}

// handshakeFault names an error of a TLS handshake.
func handshakeFault(h host, within time.Duration, err error) error {
	if isTimeout(err) {
		return timeout(h, "did not finish the TLS handshake", within)
	}
	why := "the handshake was not completed"
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		why = "it does not speak TLS"
	} else if _, ok := errors.AsType[x509.HostnameError](err); ok {
		why = "its certificate is for another name"
	} else if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		why = "its certificate is signed by an unknown authority"
	} else if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		why = "its certificate is not valid"
		if invalid.Reason == x509.Expired {
			why = "its certificate has expired or is not valid yet"
		}
	}
	return flow.Errorf(flow.CodeHTTPTLS, "TLS with %q failed: %s", h.String(), why)
}

func isTimeout(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	ne, ok := errors.AsType[net.Error](err)
	return ok && ne.Timeout()
}
