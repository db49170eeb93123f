package connections

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/weirflow/weir/flow"
)

func TestHiddenNeverShows(t *testing.T) {
	h := Hide("p-" + canary)
	type wrapped struct {
		H Hidden
		h Hidden
		p *Hidden
		m map[string]Hidden
		l []any
	}
	w := wrapped{h, h, &h, map[string]Hidden{"k": h}, []any{h, &h}}
	for what, x := range map[string]any{"itself": h, "a pointer": &h, "a struct": w, "a pointer to a struct": &w, "a list": []Hidden{h}} {
		clean(t, what, x)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "h", h, "w", w)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "h", h, "w", w)
	if strings.Contains(log.String(), canary) {
		t.Errorf("a log shows a secret: %s", log.String())
	}
	if h.String() != flow.SecretMark || h.reveal() != "p-"+canary || (Hidden{}).String() != "" || !Hide("").IsZero() {
		t.Error("a hidden text is not what was hidden")
	}
}
