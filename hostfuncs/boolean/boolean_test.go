package boolean_test

import (
	"testing"

	"github.com/weirflow/weir/flow"
	"github.com/weirflow/weir/hostfuncs/boolean"
	"github.com/weirflow/weir/hostfuncs/cardtest"
)

func TestExamples(t *testing.T) { cardtest.Examples(t, boolean.Cards()) }

func TestVectors(t *testing.T) { cardtest.Vectors(t, boolean.Cards(), "boolean") }

func TestProperty(t *testing.T) { cardtest.Property(t, boolean.Cards(), 1, 300) }

func TestDates(t *testing.T) {
	early, late := flow.Date(1e12), flow.Date(2e12)
	tests := []struct {
		card string
		in   flow.Value
		want bool
	}{
		{"boolean.expression", flow.Members("_text_", flow.Text("{{{a}}} < {{{b}}}"), "a", early, "b", late), true},
		{"boolean.expression", flow.Members("_text_", flow.Text("{{{a}}} == 1e12"), "a", early), true},
		{"boolean.compare", flow.Members("left-operand", late, "operator", flow.Text("<"), "right-operand", early), false},
		{"boolean.compare", flow.Members("left-operand", early, "operator", flow.Text("=="), "right-operand", flow.Text("2001-09-09T01:46:40Z")), true},
	}
	for _, tt := range tests {
		for _, card := range boolean.Cards() {
			if card.Key != tt.card {
				continue
			}
			out, err := cardtest.Direct(t.Context(), card, tt.in)
			if err != nil || out.Object().At(0).Bool() != tt.want {
				t.Errorf("%s on %s gave %s (error %v), want %t", tt.card, tt.in, out, err, tt.want)
			}
		}
	}
}

func TestSecretsAreRefused(t *testing.T) {
	secret := flow.NewSecret("key", "hidden", "example.com")
	for _, card := range boolean.Cards() {
		in := flow.Members(card.In[0].Key, secret)
		if out, err := cardtest.Direct(t.Context(), card, in); flow.CodeOf(err) != flow.CodeSecretFlow {
			t.Errorf("%s took a secret: %s (error %v)", card.Key, out, err)
		}
	}
}
