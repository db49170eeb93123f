// Package secret has the card that makes a secret of a text that a flow got at
// run time, such as the token of a session.
package secret

import (
	"context"

	"github.com/weirflow/weir/flow"
)

// Cards returns the cards about secrets.
func Cards() []*flow.Card { return []*flow.Card{seal()} }

func seal() *flow.Card {
	return &flow.Card{
		Key: "secret.seal", Title: "Seal", Category: "Secrets", Since: "0.1",
		Doc: "Makes a secret of a text, such as the token that logging in gave. From then on it can only be handed to inputs that take secrets, and sent to the hosts that the run may reach." +
			" Traces and errors of the run show it as a secret wherever it stands, in the steps before too; a journal keeps what those steps gave.",
		In: []flow.Port{
			{Key: "text", Label: "text", Doc: "The text. Sealing a secret gives it back.", Type: flow.TextType, Required: true, Secret: flow.SecretPass},
			{Key: "name", Label: "name", Doc: "What messages and tapes call it.", Type: flow.TextType, Default: `"sealed"`},
		},
		Out:    []flow.Port{{Key: "secret", Label: "secret", Doc: "The secret; an empty text stays one.", Type: flow.SecretType}},
		Effect: flow.Reads,
		Cost:   flow.Cost{Base: 2000, PerByte: 1},
		Errors: []flow.Code{flow.CodeTypeConversion, flow.CodeLimitValue, flow.CodeInputInvalid},
		Examples: []flow.Example{
			{In: `{"text": "eyJhbGciOi"}`, Out: `{"secret": "~\\[secret\\]"}`},
			{In: `{"text": "abc", "name": "session"}`, Out: `{"secret": "~\\[secret\\]"}`},
			{In: `{"text": ""}`, Out: `{"secret": ""}`, Note: "there is nothing to hide"},
			{In: `{"text": "abc", "name": "a\nb"}`, Err: flow.CodeInputInvalid},
		},
		Run: func(_ context.Context, c *flow.Call) (flow.Value, error) {
			v := c.Value(0)
			if v.Kind() == flow.KindSecret || v.Text() == "" {
				return v, nil
			}
			if len(v.Text()) > flow.MaxSecret {
				return flow.Value{}, flow.Errorf(flow.CodeLimitValue, "a secret may hold at most %d bytes", flow.MaxSecret)
			}
			name := c.Text(1)
			if name == "" || len(name) > 80 || flow.Printable(name) != name {
				return flow.Value{}, c.Invalid(1, "must be a short name")
			}
			return flow.Seal(c.Env, name, v.Text()), nil
		},
	}
}
