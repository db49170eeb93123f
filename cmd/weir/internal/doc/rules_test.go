package doc

import (
	"strings"
	"testing"

	"github.com/weirflow/weir/compat"
)

func TestRelease(t *testing.T) {
	page, err := Release("# Releases\n\n" + rulesBegin + "old\n" + rulesEnd + "\nMore.\n")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(page, "# Releases\n\n"+rulesBegin+"\n| Major | When |\n") || !strings.HasSuffix(page, "|\n\n"+rulesEnd+"\nMore.\n") || strings.Contains(page, "old\n") {
		t.Errorf("the page is\n%s", page)
	}
	for _, r := range compat.Rules() {
		if strings.Count(page, "`"+r.ID+"`") != 1 || !strings.Contains(page, cell(r.Doc)) {
			t.Errorf("the rule %s does not stand on the page once", r.ID)
		}
	}
	again, err := Release(page)
	if err != nil || again != page {
		t.Errorf("written again, the page is another: %v", err)
	}
	for _, bad := range []string{"", rulesBegin, rulesEnd, rulesEnd + rulesBegin} {
		if _, err := Release(bad); err == nil {
			t.Errorf("%q has a place for the rules", bad)
		}
	}
}
