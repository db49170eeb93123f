package http_test

import (
	"testing"

	"github.com/weirflow/weir/hostfuncs/cardtest"
	"github.com/weirflow/weir/hostfuncs/http"
)

func TestExamples(t *testing.T) { cardtest.Examples(t, http.Cards()) }

func TestVectors(t *testing.T) { cardtest.Vectors(t, http.Cards(), "http") }

func TestProperty(t *testing.T) { cardtest.Property(t, http.Cards(), 7, 2000) }
