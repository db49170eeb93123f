// Package aside lets a card leave work that nothing can interrupt: arithmetic with
// large keys takes longer than a run may end late.
package aside

import (
	"context"
	"fmt"
)

// Do calls f on a goroutine of its own and returns what it returns, or the error of
// ctx when that ends first. Then f goes on for as long as it takes, for nobody: it
// must not use the card's call, and what it takes must be bounded and paid for. A
// panic in f is a panic here.
func Do[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type outcome struct {
		v        T
		err      error
		panicked any
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		defer func() {
			if o.panicked = recover(); o.panicked != nil {
				o.panicked = fmt.Sprint(o.panicked)
			}
			done <- o
		}()
		o.v, o.err = f()
	}()
	select {
	case o := <-done:
		if o.panicked != nil {
			panic(o.panicked)
		}
		return o.v, o.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
