package moment_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/weirflow/weir/hostfuncs/date/moment"
)

// rows returns the rows of one kind that testdata/generate.mjs wrote.
func rows(t *testing.T, kind string) [][]any {
	t.Helper()
	f, err := os.Open("testdata/rows.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out [][]any
	for s := bufio.NewScanner(f); s.Scan(); {
		var row []any
		if err := json.Unmarshal(s.Bytes(), &row); err != nil {
			t.Fatalf("%s: %v", s.Text(), err)
		}
		if row[0] == kind {
			out = append(out, row[1:])
		}
	}
	if len(out) < 200 {
		t.Fatalf("%d rows of kind %q", len(out), kind)
	}
	return out
}

func at(ms any) time.Time { return time.UnixMilli(int64(ms.(float64))) }

func TestFormatRows(t *testing.T) {
	list := rows(t, "format")
	if len(list) < 2_000 {
		t.Errorf("only %d rows", len(list))
	}
	for _, r := range list {
		zone, layout, want := r[1].(string), r[2].(string), r[3].(string)
		if got := moment.Format(at(r[0]), layout, zone); got != want {
			t.Errorf("Format(%.0f, %q, %q) = %q, want %q", r[0], layout, zone, got, want)
		}
	}
}

func TestParseRows(t *testing.T) {
	for _, r := range rows(t, "parse") {
		text := r[0].(string)
		var got time.Time
		var err error
		if r[1] == nil {
			got, err = moment.ParseText(text)
		} else {
			got, err = moment.Parse(text, r[1].(string))
		}
		switch want := r[2].(type) {
		case nil:
			if err == nil {
				t.Errorf("Parse(%q, %q) = %v, want an error", text, r[1], got)
			}
		case string:
			if !errors.Is(err, moment.ErrNeedsToday) {
				t.Errorf("Parse(%q, %q) = %v, %v, want ErrNeedsToday", text, r[1], got, err)
			}
		case float64:
			if err != nil || float64(got.UnixMilli()) != want {
				t.Errorf("Parse(%q, %q) = %v, %v, want %v", text, r[1], got, err, at(want).UTC())
			}
		}
	}
}

func TestAddRows(t *testing.T) {
	for _, r := range rows(t, "add") {
		amount, unit := r[1].(float64), moment.Unit(r[2].(string))
		got, err := moment.Add(at(r[0]), amount, unit)
		if r[3] == nil {
			if !errors.Is(err, moment.ErrRange) {
				t.Errorf("Add(%v, %v, %s) = %v, %v, want ErrRange", at(r[0]).UTC(), amount, unit, got, err)
			}
			continue
		}
		if err != nil || float64(got.UnixMilli()) != r[3].(float64) {
			t.Errorf("Add(%v, %v, %s) = %v, %v, want %v", at(r[0]).UTC(), amount, unit, got, err, at(r[3]).UTC())
		}
	}
}

func TestMonthsBetweenRows(t *testing.T) {
	for _, r := range rows(t, "months") {
		if got := moment.MonthsBetween(at(r[0]), at(r[1])); got != r[2].(float64) {
			t.Errorf("MonthsBetween(%v, %v) = %v, want %v", at(r[0]).UTC(), at(r[1]).UTC(), got, r[2])
		}
	}
}
