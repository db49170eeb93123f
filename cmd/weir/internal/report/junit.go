package report

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"
	"time"
)

// The form of JUnit's XML that build servers read: a suite for each file of
// tests, a case for each test. There is no standard; this is the part that the
// schemas of Ant, Surefire and Jenkins have in common, and file and line besides.

// Suites is the root of a JUnit file.
type Suites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"` // 0: a test that cannot be run fails
	Time     string   `xml:"time,attr"`   // seconds
	Suites   []Suite  `xml:"testsuite"`
}

// Suite is one file of tests.
type Suite struct {
	Name     string `xml:"name,attr"`
	Tests    int    `xml:"tests,attr"`
	Failures int    `xml:"failures,attr"`
	Errors   int    `xml:"errors,attr"`
	Skipped  int    `xml:"skipped,attr"`
	Time     string `xml:"time,attr"`
	Cases    []Case `xml:"testcase"`
}

// Case is one test.
type Case struct {
	Name      string   `xml:"name,attr"`
	ClassName string   `xml:"classname,attr"` // the connector and the file, with dots
	File      string   `xml:"file,attr"`
	Line      int      `xml:"line,attr"`
	Time      string   `xml:"time,attr"`
	Failure   *Failure `xml:"failure"`
}

// Failure is why a test failed.
type Failure struct {
	Message string `xml:"message,attr"` // first line
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes the run as JUnit XML. name is the connector's key.
func (r *Run) JUnit(w io.Writer, name string) error {
	all := Suites{Name: name, Tests: len(r.Tests), Failures: r.Failed}
	var total time.Duration
	at := map[string]int{}
	times := []time.Duration{}
	for i := range r.Tests {
		t := &r.Tests[i]
		n, known := at[t.File]
		if !known {
			n = len(all.Suites)
			at[t.File] = n
			all.Suites, times = append(all.Suites, Suite{Name: t.File}), append(times, 0)
		}
		s := &all.Suites[n]
		s.Tests++
		times[n] += t.Duration
		total += t.Duration
		base := strings.TrimSuffix(t.File, t.File[strings.LastIndexByte(t.File, '.'):])
		c := Case{Name: t.Name, ClassName: name + "." + strings.ReplaceAll(base, "/", "."), File: t.File, Line: t.Line, Time: seconds(t.Duration)}
		if !t.Passed {
			s.Failures++
			text := strings.Join(t.Failures, "\n")
			first, _, _ := strings.Cut(text, "\n")
			c.Failure = &Failure{Message: first, Type: "failure", Text: text}
		}
		s.Cases = append(s.Cases, c)
	}
	for i := range all.Suites {
		all.Suites[i].Time = seconds(times[i])
	}
	all.Time = seconds(total)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }
