//go:build !linux

package jsregex

import "time"

// threadTime returns the time of the clock, where the processor time of a thread
// cannot be asked for. Then a busy machine makes catastrophes of slow searches.
func threadTime() time.Duration { return time.Duration(time.Now().UnixNano()) }
