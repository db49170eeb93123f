package number_test

import (
	"testing"

	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/number"
)

func TestExamples(t *testing.T) { cardtest.Examples(t, number.Cards()) }

func TestVectors(t *testing.T) { cardtest.Vectors(t, number.Cards(), "number") }

func TestProperty(t *testing.T) { cardtest.Property(t, number.Cards(), 1, 300) }
