package ir

import (
	"context"

	"github.com/weirflow/weir/flow"
)

// while runs a While.
func (m *Machine) while(ctx context.Context, a *activation, o *While) error {
	a.h[o.Memo] = a.h[o.Init]
	depth := len(m.frames)
	var collected []flow.Value
	more := true
	for turn := 0; more; turn++ {
		if turn == o.Turns {
			m.Fuel += int64(meterOf(o.Body)) // the check that finds no turn left
			break
		}
		m.frames = append(m.frames[:depth], frame{o.Step, turn})
		if _, err := m.block(ctx, a, o.Body); err != nil {
			return err
		}
		if o.Item != None {
			collected = append(collected, a.get(o.Item))
		}
		a.h[o.Memo] = a.h[o.Next]
		more = a.n[o.More] != 0
	}
	m.frames = m.frames[:depth]
	if o.Dst != None {
		a.h[o.Dst] = flow.ListOf(collected...)
	} else {
		a.h[o.Last] = a.h[o.Memo]
	}
	return nil
}

// meterOf is what the check at the head of a loop costs.
func meterOf(body []Op) int {
	if len(body) > 0 {
		if m, ok := body[0].(*Meter); ok {
			return m.Fuel
		}
	}
	return 0
}
