package file_test

import (
	"testing"

	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/file"
)

func TestExamples(t *testing.T) { cardtest.Examples(t, file.Cards()) }

func TestVectors(t *testing.T) { cardtest.Vectors(t, file.Cards(), "file") }

func TestProperty(t *testing.T) { cardtest.Property(t, file.Cards(), 7, 2000) }
