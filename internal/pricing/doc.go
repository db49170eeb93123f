// Package pricing measures whether the prices of cards stand for what their
// calls take: one unit of fuel is about a nanosecond of one core, and a card
// that is much cheaper than the others lets a run take more of the machine than
// it pays for. It has tests and no code.
package pricing
