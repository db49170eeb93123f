package main

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/weirflow/weir/connections"
	"github.com/weirflow/weir/flow"
)

// throughBrowser completes a draft with consent in the browser: it prints where
// to go and awaits the answer on a loopback address (RFC 8252, 7.3), or pasted.
func (a *app) throughBrowser(ctx context.Context, m *connections.Manager, d *connections.Draft, answers connections.Answers, ask *prompter, f connectFlags) (connections.View, error) {
	base := f.callback
	var listener net.Listener
	if !f.paste {
		var err error
		if listener, base, err = listenFor(base); err != nil {
			return connections.View{}, err
		}
		defer listener.Close()
	}
	s, err := m.Begin(ctx, d, answers, base)
	if err != nil {
		return connections.View{}, err
	}
	ctx, cancel := context.WithDeadline(ctx, s.Expires)
	defer cancel()
	a.notef("open this address in a browser:")
	a.notef("%s", s.Address)
	if f.paste {
		arrived, err := ask.line(ctx, "address that the browser came back to", false)
		if err != nil {
			return connections.View{}, usagef("no address was pasted: %v", err)
		}
		return m.Finish(ctx, s, strings.TrimSpace(arrived))
	}
	return await(ctx, m, s, listener)
}

// listenFor listens at the address of callbacks, on a port of its own when none
// is given, and returns the address with the port.
func listenFor(callback string) (net.Listener, string, error) {
	u, err := url.Parse(callback)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" {
		return nil, "", usagef("--callback: give http:// and a loopback address, or --paste what the browser came back to")
	}
	if _, err := connections.RedirectURI(callback, "x"); err != nil {
		return nil, "", usagef("--callback: %s", flow.AsError(err).Msg)
	}
	host, port := u.Hostname(), u.Port()
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if port == "" {
		port = "0"
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, "", usagef("--callback: %v", err)
	}
	_, port, err = net.SplitHostPort(l.Addr().String())
	if err != nil {
		_ = l.Close()
		return nil, "", err
	}
	u.Host = net.JoinHostPort(u.Hostname(), port)
	return l, u.String(), nil
}

// arrival is what the browser's visit came to.
type arrival struct {
	view connections.View
	err  error
}

// await serves the redirect address until a browser brings the session's answer.
func await(ctx context.Context, m *connections.Manager, s *connections.Session, l net.Listener) (connections.View, error) {
	want, err := url.Parse(s.Redirect)
	if err != nil {
		return connections.View{}, err
	}
	done := make(chan arrival, 1)
	server := &http.Server{
		ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10, ErrorLog: log.New(io.Discard, "", 0),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Content-Type", "text/plain; charset=utf-8")
			h.Set("Cache-Control", "no-store")
			h.Set("Referrer-Policy", "no-referrer") // the address has the code in it
			h.Set("X-Content-Type-Options", "nosniff")
			if r.Method != http.MethodGet || r.URL.EscapedPath() != want.EscapedPath() {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			v, err := m.Finish(ctx, s, r.URL.String())
			if err != nil && s.Waiting() {
				// Somebody else's answer; the session's own may still come.
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, "This is not the answer that is awaited.\n")
				return
			}
			text := "Connected. This window can be closed.\n"
			if err != nil {
				w.WriteHeader(http.StatusBadRequest)
				text = "Not connected; the terminal says why. This window can be closed.\n"
			}
			_, _ = io.WriteString(w, text)
			select {
			case done <- arrival{v, err}:
			default: // the answer was brought before
			}
		}),
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(l) // ends with Shutdown
	}()
	var got arrival
	select {
	case got = <-done:
	case <-ctx.Done():
		got.err = flow.Errorf(flow.CodeRunCancelled, "no browser came back: %v", ctx.Err())
	}
	// The browser gets its page before the server goes.
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = server.Shutdown(closing)
	<-served
	return got.view, got.err
}
