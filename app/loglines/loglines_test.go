package loglines

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"

	"torii/app/api"
	"torii/tunnel"
)

func newLog() (*logrus.Logger, *List) {
	log, list := logrus.New(), &List{}
	log.SetOutput(io.Discard)
	log.AddHook(list)
	return log, list
}

// all reads page by page, as a face does.
func all(t *testing.T, list *List) (lines []api.LogLine) {
	t.Helper()
	for after := uint64(0); ; {
		page := list.Page(after)
		if len(page.Lines) == 0 {
			if after != 0 && after != page.Last {
				t.Fatalf("nothing follows %d, and the last is %d", after, page.Last)
			}
			return lines
		}
		lines = append(lines, page.Lines...)
		after = page.Lines[len(page.Lines)-1].Number
	}
}

func TestLinesSayWhatWasLogged(t *testing.T) {
	log, list := newLog()
	log.Info("not so grave")
	log.Debug("not logged at this level")
	log.WithError(errors.New("no route")).WithField("attempt", 2).Warn("try again")
	log.WithField("password", tunnel.NewSecret("hunter2")).Error("two\nlines \x1b[31m\u202e and \xff")
	log.SetLevel(logrus.DebugLevel)
	log.Debug("details")
	want := []string{
		"1 info not so grave",
		"2 warning try again attempt=2 error=no route",
		"3 error two lines  [31m  and \uFFFD password=[redacted]",
		"4 debug details",
	}
	lines := all(t, list)
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d: %v", len(lines), len(want), lines)
	}
	for i, line := range lines {
		if got := fmt.Sprintf("%d %s %s", line.Number, line.Level, line.Text); got != want[i] || line.Time.IsZero() {
			t.Errorf("line %q at %v, want %q", got, line.Time, want[i])
		}
	}
}

func TestTheOldestLinesGo(t *testing.T) {
	log, list := newLog()
	for i := range Lines + 500 {
		log.Infof("line %d", i+1)
	}
	lines := all(t, list)
	if len(lines) != Lines || lines[0].Text != "line 501" || lines[0].Number != 501 || lines[Lines-1].Text != "line 10500" {
		t.Errorf("%d lines from %q to %q", len(lines), lines[0].Text, lines[len(lines)-1].Text)
	}
	if page := list.Page(100); page.First != 501 || page.Last != 10500 || page.Lines[0].Number != 501 {
		t.Errorf("after a line that has gone comes %d; the page says %d to %d", page.Lines[0].Number, page.First, page.Last)
	}

	long := strings.Repeat("語", lineBytes)
	for range Lines / 10 {
		log.Info(long)
	}
	size := 0
	for _, line := range all(t, list) {
		size += len(line.Text)
	}
	if size > Bytes || size < Bytes-2*lineBytes {
		t.Errorf("%d bytes are kept, want nearly %d", size, Bytes)
	}
	if got := all(t, list)[0].Text; len(got) > lineBytes+len("…") || strings.Trim(got, "語") != "…" {
		t.Errorf("a long line ends in %q after %d bytes", got[len(got)-9:], len(got))
	}
}

// TestPagesFitAFrame fills pages with what JSON makes most of.
func TestPagesFitAFrame(t *testing.T) {
	log, list := newLog()
	for _, text := range []string{strings.Repeat("<", lineBytes), strings.Repeat("&", 130), ""} {
		for range 2 * pageLines {
			log.Info(text)
		}
		for after := uint64(0); ; {
			page := list.Page(after)
			if len(page.Lines) == 0 {
				break
			}
			after = page.Lines[len(page.Lines)-1].Number
			frame, err := json.Marshal(page)
			if err != nil {
				t.Fatal(err)
			}
			if len(frame) > 1<<20-1<<10 {
				t.Fatalf("a page of %d lines takes %d bytes", len(page.Lines), len(frame))
			}
		}
	}
}

func TestClear(t *testing.T) {
	log, list := newLog()
	log.Info("before")
	log.Info("before, too")
	list.Clear()
	if page := list.Page(0); len(page.Lines) != 0 || page.First != 3 || page.Last != 2 {
		t.Errorf("after it was cleared: %+v", page)
	}
	log.Info("after")
	if page := list.Page(2); len(page.Lines) != 1 || page.Lines[0].Number != 3 || page.Lines[0].Text != "after" {
		t.Errorf("the line after: %+v", page)
	}
	// A face that has seen more lines than there ever were is from another run.
	if page := list.Page(900); len(page.Lines) != 1 || page.Last != 3 {
		t.Errorf("to a face of another run: %+v", page)
	}
}
