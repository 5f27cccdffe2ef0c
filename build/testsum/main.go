// Command testsum reads the event streams of `go test -json` (test2json) from
// standard input and prints what a person wants to know of them: a line a
// package, the output of each test that failed, why tests were skipped, and at
// the end the plain count. It exits with 1 where anything failed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// event is one line of test2json (go doc test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string // set instead of Package while building
	Test       string
	Elapsed    float64 // seconds
	Output     string
}

func main() {
	good, err := summarise(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
	}
	if !good || err != nil {
		os.Exit(1)
	}
}

// summarise prints the summary of a stream and reports whether all went well:
// at least one test ran, and none failed.
func summarise(in io.Reader, out io.Writer) (bool, error) {
	s := summary{out: out, output: map[string][]string{}, failedIn: map[string]bool{}}
	err := s.read(in)
	s.finish()
	return s.failed == 0 && s.broken == 0 && s.passed > 0, err
}

// summary collects the events.
type summary struct {
	out                     io.Writer
	output                  map[string][]string // by package and test
	passed, failed, skipped int
	broken                  int // packages that failed without a failing test, e.g. did not build
	failedIn                map[string]bool
	skips                   []string
}

// read takes events until the end. Lines that are no events are passed on:
// they come from tools around the tests.
func (s *summary) read(in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Action == "" {
			fmt.Fprintln(s.out, lines.Text())
			continue
		}
		s.take(e)
	}
	return lines.Err()
}

// take counts one event.
func (s *summary) take(e event) {
	key := e.Package + " " + e.Test
	switch {
	case e.Action == "build-output":
		fmt.Fprint(s.out, e.Output)
	case e.Action == "output":
		s.output[key] = append(s.output[key], e.Output)
	case e.Test == "":
		s.packageEnded(e)
	case e.Action == "pass":
		s.passed++
		delete(s.output, key)
	case e.Action == "skip":
		s.skipped++
		s.skips = append(s.skips, key+": "+reason(s.output[key]))
		delete(s.output, key)
	case e.Action == "fail":
		s.failed++
		s.failedIn[e.Package] = true
		fmt.Fprintf(s.out, "--- FAIL: %s (%.1f s)\n%s\n", key, e.Elapsed, strings.Join(s.output[key], ""))
		delete(s.output, key)
	}
}

// packageEnded prints a package's line.
func (s *summary) packageEnded(e event) {
	switch e.Action {
	case "pass":
		fmt.Fprintf(s.out, "ok    %s (%.1f s)\n", e.Package, e.Elapsed)
	case "fail":
		fmt.Fprintf(s.out, "FAIL  %s (%.1f s)\n", e.Package, e.Elapsed)
		if !s.failedIn[e.Package] {
			s.broken++
			fmt.Fprintln(s.out, strings.Join(s.output[e.Package+" "], ""))
		}
		s.unfinished(e.Package)
	}
	delete(s.output, e.Package+" ")
}

// unfinished prints what the tests of a package said that had no end: one of
// them ended the process or was still running when the time was up.
func (s *summary) unfinished(pkg string) {
	var keys []string
	for key := range s.output {
		if of, test, _ := strings.Cut(key, " "); of == pkg && test != "" {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		fmt.Fprintf(s.out, "--- NO END: %s\n%s\n", key, strings.Join(s.output[key], ""))
		delete(s.output, key)
	}
}

// finish prints what was skipped and the count.
func (s *summary) finish() {
	slices.Sort(s.skips)
	for _, skip := range s.skips {
		fmt.Fprintln(s.out, "skip ", skip)
	}
	if s.broken > 0 {
		fmt.Fprintf(s.out, "%d packages failed outside of a test\n", s.broken)
	}
	fmt.Fprintf(s.out, "%d passed, %d failed, %d skipped\n", s.passed, s.failed+s.broken, s.skipped)
}

// reason picks the line in which a skipped test says why.
func reason(output []string) string {
	for _, line := range output {
		if text := strings.TrimSpace(line); text != "" && !strings.HasPrefix(text, "===") && !strings.HasPrefix(text, "---") {
			return text
		}
	}
	return "no reason given"
}
