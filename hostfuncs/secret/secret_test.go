package secret

import (
	"testing"

	"github.com/weirflow/weir/hostfuncs/cardtest"
)

func TestExamples(t *testing.T) { cardtest.Examples(t, Cards()) }

func TestProperty(t *testing.T) { cardtest.Property(t, Cards(), 4, 300) }
