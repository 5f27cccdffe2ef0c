// Package loglines keeps the last lines of this run's log in memory, so that a
// person can read them without looking for a file.
package loglines

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/sirupsen/logrus"

	"torii/app/api"
)

const (
	// Lines is how many lines are kept at most.
	Lines = 10_000
	// Bytes is how much text is kept at most.
	Bytes = 2 << 20
	// lineBytes is where one line is cut.
	lineBytes = 4 << 10

	// pageLines and pageBytes bound a page. JSON makes six bytes of one at
	// worst, and adds some 100 to a line: a page stays well under the control
	// socket's 1 MiB.
	pageLines = 1000
	pageBytes = 128 << 10
)

// List is a bounded list of lines. It is a hook of the log, which writes to it
// what it writes elsewhere; secrets print as [redacted] in both.
type List struct {
	mu    sync.Mutex
	lines []api.LogLine // the numbers follow each other
	bytes int
	last  uint64 // the number of the newest line ever kept
}

var _ logrus.Hook = (*List)(nil)

// Levels implements logrus.Hook: whatever the log lets through.
func (l *List) Levels() []logrus.Level { return logrus.AllLevels }

// Fire implements logrus.Hook.
func (l *List) Fire(entry *logrus.Entry) error {
	line := api.LogLine{Time: entry.Time, Level: level(entry.Level), Text: text(entry)}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	line.Number = l.last
	l.lines = append(l.lines, line)
	l.bytes += len(line.Text)
	over := 0
	for ; len(l.lines)-over > Lines || l.bytes > Bytes; over++ {
		l.bytes -= len(l.lines[over].Text)
	}
	clear(l.lines[:over]) // the array lives on until the next time it grows
	l.lines = l.lines[over:]
	return nil
}

// Page returns the oldest lines that are newer than the one with a number, as
// many as a page holds. A number that was never given out, which is another
// run's, begins anew.
func (l *List) Page(after uint64) api.LogPage {
	l.mu.Lock()
	defer l.mu.Unlock()
	if after > l.last {
		after = 0
	}
	page := api.LogPage{First: l.last + 1, Last: l.last}
	if len(l.lines) == 0 {
		return page
	}
	page.First = l.lines[0].Number
	from := 0
	if after >= page.First {
		from = int(after - page.First + 1)
	}
	to, size := from, 0
	for ; to < len(l.lines) && to-from < pageLines; to++ {
		if size += len(l.lines[to].Text); size > pageBytes {
			break
		}
	}
	page.Lines = slices.Clone(l.lines[from:to])
	return page
}

// Clear forgets the lines. Their numbers do not come again.
func (l *List) Clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines, l.bytes = nil, 0
}

// level is a level as faces know it.
func level(of logrus.Level) api.LogLevel {
	switch {
	case of <= logrus.ErrorLevel:
		return api.LogError
	case of == logrus.WarnLevel:
		return api.LogWarning
	case of == logrus.InfoLevel:
		return api.LogInfo
	}
	return api.LogDebug
}

// text is what an entry says on one line: the message, then its fields in the
// order of their names.
func text(entry *logrus.Entry) string {
	var b strings.Builder
	b.WriteString(entry.Message)
	names := make([]string, 0, len(entry.Data))
	for name := range entry.Data {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, " %s=%v", name, entry.Data[name])
	}
	return cut(plain(b.String()))
}

// plain replaces what would break the line or could not be shown.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// cut shortens a line that is too long, between two characters. The copy lets
// go of the rest.
func cut(s string) string {
	if len(s) <= lineBytes {
		return s
	}
	end := lineBytes
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.Clone(s[:end]) + "…"
}
