package text

import (
	"context"
	"encoding/hex"
	"io"

	"github.com/weirflow/weir/flow"
)

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func random() *flow.Card {
	return &flow.Card{
		Key: "text.random", Aliases: []string{"kernel:string:random"}, Title: "Random", Category: category, Since: since, Effect: flow.Reads,
		Doc:    "Makes random text of a given length out of A-Z, a-z and 0-9. The characters come from a cryptographic source and are equally likely; the result is no secret, so it appears in traces.",
		In:     []flow.Port{{Key: "length", Label: "length", Doc: "How many characters; fractions are dropped, 0 and less give an empty text.", Type: flow.NumberType, Required: true}},
		Out:    outputs("output", "output", "The random text.", flow.TextType),
		Cost:   flow.Cost{Base: 300, PerByte: 8},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitValue},
		Examples: []flow.Example{
			{In: `{"length":5}`, Out: `{"output":"~^[A-Za-z0-9]{5}$"}`},
			{In: `{"length":-1}`, Out: `{"output":""}`},
			{In: `{"length":"five"}`, Err: flow.CodeTypeConversion},
			{In: `{"length":1e9}`, Err: flow.CodeLimitValue},
		},
		Run: func(ctx context.Context, c *flow.Call) (flow.Value, error) {
			n := max(unit(c.Number(0)), 0)
			if err := c.Reserve(int64(n)); err != nil {
				return flow.Value{}, err
			}
			out := make([]byte, 0, n)
			var block [256]byte
			for len(out) < n {
				if err := c.Alive(ctx, 8*int64(len(block))); err != nil {
					return flow.Value{}, err
				}
				if _, err := io.ReadFull(c.Env.Random(), block[:]); err != nil {
					return flow.Value{}, noRandomness(err)
				}
				for _, b := range block {
					// Bytes from 248 on would make the first letters likelier: 248 is 4 times 62.
					if b < 4*62 && len(out) < n {
						out = append(out, alphabet[b%62])
					}
				}
			}
			return flow.Text(string(out)), nil
		},
	}
}

func noRandomness(err error) error { return flow.Errorf(flow.CodeInternal, "no randomness: %v", err) }

func uuid() *flow.Card {
	const shape = `{"output":"~^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"}`
	return &flow.Card{
		Key: "text.uuid", Aliases: []string{"kernel:string:uuid"}, Title: "Unique ID", Category: category, Since: since, Effect: flow.Reads,
		Doc:  "Makes a random universally unique identifier. It is of version 4 (RFC 9562, section 5.4), in lower case.",
		Out:  outputs("output", "unique ID", "The identifier, 36 characters.", flow.TextType),
		Cost: flow.Cost{Base: 500},
		Examples: []flow.Example{
			{In: `{}`, Out: shape},
			{In: `null`, Out: shape},
			{In: `{"version":1}`, Err: flow.CodeCardInput},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			var b [16]byte
			if _, err := io.ReadFull(c.Env.Random(), b[:]); err != nil {
				return flow.Value{}, noRandomness(err)
			}
			b[6] = b[6]&0x0F | 0x40
			b[8] = b[8]&0x3F | 0x80
			h := hex.EncodeToString(b[:])
			return flow.Text(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]), nil
		},
	}
}
