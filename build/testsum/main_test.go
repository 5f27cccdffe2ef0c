package main

import (
	"strings"
	"testing"
)

func TestSummarise(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []string
		good bool
		want []string // lines of the output, the last one last
	}{
		{
			"all pass",
			[]string{
				`{"Action":"output","Package":"p","Test":"TestA","Output":"noise\n"}`,
				`{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.1}`,
				`{"Action":"skip","Package":"p","Test":"TestB"}`,
				`{"Action":"pass","Package":"p","Elapsed":0.2}`,
			},
			true,
			[]string{"ok    p (0.2 s)", "skip  p TestB: no reason given", "1 passed, 0 failed, 1 skipped"},
		},
		{
			"the reason of a skip",
			[]string{
				`{"Action":"output","Package":"p","Test":"TestB","Output":"=== RUN   TestB\n"}`,
				`{"Action":"output","Package":"p","Test":"TestB","Output":"    x_test.go:3: there is no ocserv\n"}`,
				`{"Action":"skip","Package":"p","Test":"TestB"}`,
				`{"Action":"pass","Package":"p","Test":"TestA"}`,
			},
			true,
			[]string{"skip  p TestB: x_test.go:3: there is no ocserv", "1 passed, 0 failed, 1 skipped"},
		},
		{
			"one fails",
			[]string{
				`{"Action":"output","Package":"p","Test":"TestA","Output":"    x_test.go:9: no\n"}`,
				`{"Action":"fail","Package":"p","Test":"TestA","Elapsed":0.1}`,
				`{"Action":"pass","Package":"p","Test":"TestB"}`,
				`{"Action":"fail","Package":"p","Elapsed":0.2}`,
			},
			false,
			[]string{"--- FAIL: p TestA (0.1 s)", "    x_test.go:9: no", "FAIL  p (0.2 s)", "1 passed, 1 failed, 0 skipped"},
		},
		{
			"a test without an end",
			[]string{
				`{"Action":"pass","Package":"p","Test":"TestB"}`,
				`{"Action":"output","Package":"p","Test":"TestA","Output":"waiting\n"}`,
				`{"Action":"output","Package":"p","Output":"panic: test timed out\n"}`,
				`{"Action":"fail","Package":"p","Elapsed":720}`,
			},
			false,
			[]string{
				"FAIL  p (720.0 s)", "panic: test timed out", "--- NO END: p TestA", "waiting",
				"1 packages failed outside of a test", "1 passed, 1 failed, 0 skipped",
			},
		},
		{
			"one does not build",
			[]string{
				`{"ImportPath":"q [q.test]","Action":"build-output","Output":"q.go:1: no\n"}`,
				`{"ImportPath":"q [q.test]","Action":"build-fail"}`,
				`{"Action":"fail","Package":"q","Elapsed":0,"FailedBuild":"q [q.test]"}`,
				`{"Action":"pass","Package":"p","Test":"TestB"}`,
			},
			false,
			[]string{"q.go:1: no", "FAIL  q (0.0 s)", "1 packages failed outside of a test", "1 passed, 1 failed, 0 skipped"},
		},
		{"nothing ran", []string{"go: cannot find main module"}, false, []string{"go: cannot find main module", "0 passed, 0 failed, 0 skipped"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			good, err := summarise(strings.NewReader(strings.Join(c.in, "\n")), &out)
			if err != nil {
				t.Fatal(err)
			}
			if good != c.good {
				t.Errorf("good is %v, want %v", good, c.good)
			}
			var got []string
			for line := range strings.Lines(out.String()) {
				if line = strings.TrimSuffix(line, "\n"); line != "" {
					got = append(got, line)
				}
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}
