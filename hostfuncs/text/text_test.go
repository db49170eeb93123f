package text_test

import (
	"testing"

	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/text"
)

func TestExamples(t *testing.T) { cardtest.Examples(t, text.Cards()) }

func TestVectors(t *testing.T) { cardtest.Vectors(t, text.Cards(), "text") }

func TestProperty(t *testing.T) { cardtest.Property(t, text.Cards(), 1, 300) }
