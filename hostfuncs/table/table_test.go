package table_test

import (
	"testing"

	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/table"
)

func TestExamples(t *testing.T) { cardtest.Examples(t, table.Cards()) }

func TestVectors(t *testing.T) { cardtest.Vectors(t, table.Cards(), "table") }

func TestProperty(t *testing.T) { cardtest.Property(t, table.Cards(), 7, 500) }
