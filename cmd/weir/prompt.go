package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/weirflow/weir/connections"
	"github.com/weirflow/weir/flow"
)

// prompter asks on standard error and reads answers from standard input: on a
// terminal secrets are not echoed, elsewhere every answer is a line.
type prompter struct {
	out   io.Writer
	lines *bufio.Reader
	fd    int // of the terminal, or -1
}

func (a *app) prompter() *prompter {
	p := &prompter{out: a.err, lines: bufio.NewReader(a.in), fd: -1}
	if f, ok := a.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.fd = int(f.Fd())
	}
	return p
}

// errNoAnswer: standard input has ended.
var errNoAnswer = errors.New("standard input has ended")

// line asks for one line. It gives up when ctx ends; what reads the terminal
// then is left behind, because nothing ends such a read.
func (p *prompter) line(ctx context.Context, question string, secret bool) (string, error) {
	fmt.Fprintf(p.out, "%s: ", flow.Printable(question))
	type answer struct {
		text string
		err  error
	}
	var state *term.State
	if secret && p.fd >= 0 {
		state, _ = term.GetState(p.fd) // without it there is nothing to restore
	}
	got := make(chan answer, 1)
	go func() {
		if secret && p.fd >= 0 {
			b, err := term.ReadPassword(p.fd)
			got <- answer{string(b), err}
			return
		}
		text, err := p.lines.ReadString('\n')
		if errors.Is(err, io.EOF) && text != "" {
			err = nil
		}
		got <- answer{strings.TrimRight(text, "\r\n"), err}
	}()
	select {
	case x := <-got:
		if secret && p.fd >= 0 {
			fmt.Fprintln(p.out)
		}
		if errors.Is(x.err, io.EOF) {
			x.err = errNoAnswer
		}
		return x.text, x.err
	case <-ctx.Done():
		if state != nil {
			_ = term.Restore(p.fd, state)
		}
		fmt.Fprintln(p.out)
		return "", flow.Errorf(flow.CodeRunCancelled, "no answer was waited for: %v", ctx.Err())
	}
}

// fields asks for those fields of a draft that have no answer yet. When standard
// input ends, what is missing is left missing: the draft says what.
func (p *prompter) fields(ctx context.Context, d *connections.Draft, values map[string]connections.Hidden) error {
	for _, f := range d.Fields {
		if _, given := values[f.Key]; given {
			continue
		}
		if f.Doc != "" {
			fmt.Fprintln(p.out, flow.Printable(f.Doc))
		}
		for _, row := range f.Options {
			fmt.Fprintf(p.out, "  %s  %s\n", flow.Printable(row.Value), flow.Printable(row.Label))
		}
		question := f.Label
		switch {
		case f.Stored && f.Secret:
			question += " [as it is]"
		case f.Value != "":
			question += " [" + f.Value + "]"
		}
		text, err := p.line(ctx, question, f.Secret)
		if errors.Is(err, errNoAnswer) {
			fmt.Fprintln(p.out)
			return nil
		}
		if err != nil {
			return err
		}
		if text != "" {
			values[f.Key] = connections.Hide(text)
		}
	}
	return nil
}
