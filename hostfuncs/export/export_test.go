package export

import (
	"testing"

	"github.com/weirflow/weir/hostfuncs/cardtest"
)

func TestExamples(t *testing.T) { cardtest.Examples(t, Cards()) }

func TestVectors(t *testing.T) { cardtest.Vectors(t, Cards(), "export") }

func TestProperty(t *testing.T) { cardtest.Property(t, Cards(), 5, 300) }
