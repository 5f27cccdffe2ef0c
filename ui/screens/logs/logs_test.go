package logs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"torii/app/api"
	"torii/ui/screens/screentest"
	"torii/ui/theme"
	"torii/ui/widgets/widgettest"
)

// bench is the screen in a window, before an agent that has lines.
type bench struct {
	*Logs
	t      testing.TB
	window fyne.Window
	lines  []api.LogLine
	last   uint64
	calls  int
	fails  error
	copied string
	left   int
}

func newBench(t testing.TB, mode theme.Mode, language string, size fyne.Size) *bench {
	t.Helper()
	b := &bench{t: t}
	w, texts := screentest.Window(t, mode, language)
	b.window = w
	b.Logs = New(Deps{Texts: texts, Call: b.call, Zone: time.UTC,
		Explain: func(err error) string { return "In words: " + err.Error() + "." },
		Copy:    func(text string) { b.copied = text }, Leave: func() { b.left++ }})
	w.SetContent(b.Object())
	w.Resize(size)
	return b
}

// call answers at once, as the agent does, in pages of a thousand lines.
func (b *bench) call(method api.Method, params, result any, done func(error)) {
	b.calls++
	if b.fails != nil {
		done(b.fails)
		return
	}
	if method == api.MethodClearLogs {
		b.lines = nil
		done(nil)
		return
	}
	after, page := params.(api.LogQuery).After, result.(*api.LogPage)
	if after > b.last {
		after = 0
	}
	page.First, page.Last = b.last-uint64(len(b.lines))+1, b.last
	for _, line := range b.lines {
		if line.Number > after && len(page.Lines) < 1000 {
			page.Lines = append(page.Lines, line)
		}
	}
	done(nil)
}

// log adds lines, of which the agent keeps 10,000.
func (b *bench) log(count int, level api.LogLevel, text string) {
	for range count {
		b.last++
		b.lines = append(b.lines, api.LogLine{Number: b.last, Level: level, Text: fmt.Sprintf(text, b.last),
			Time: time.Date(2026, 11, 24, 9, 12, 0, 0, time.UTC).Add(time.Duration(b.last) * time.Millisecond)})
	}
	b.lines = b.lines[max(0, len(b.lines)-kept):]
}

// texts are all texts in view, those of the list included.
func (b *bench) texts() string {
	all := widgettest.Texts(b.window.Canvas())
	for _, text := range widgettest.All[*canvas.Text](b.window.Canvas()) {
		all = append(all, text.Text)
	}
	return strings.Join(all, "\n")
}

func (b *bench) says(words ...string) {
	b.t.Helper()
	for _, word := range words {
		if !strings.Contains(b.texts(), word) {
			b.t.Errorf("the screen does not say %q but\n%s", word, b.texts())
		}
	}
}

func (b *bench) saysNot(words ...string) {
	b.t.Helper()
	for _, word := range words {
		if strings.Contains(b.texts(), word) {
			b.t.Errorf("the screen says %q:\n%s", word, b.texts())
		}
	}
}

func (b *bench) key(name fyne.KeyName) { b.list.TypedKey(&fyne.KeyEvent{Name: name}) }

func english(t testing.TB) *bench { return newBench(t, theme.Light, "en", screentest.Normal) }

func TestReadsAndFollowsTheEnd(t *testing.T) {
	b := english(t)
	b.Show()
	b.says("Nothing has been written down yet.")
	b.log(12_500, api.LogInfo, "line %d")
	b.Tick()
	b.says("line 12500")
	b.saysNot("Nothing has been written", "line 2501")
	if len(b.Logs.lines) != kept || b.Logs.lines[0].Number != 2501 {
		t.Errorf("%d lines from %d", len(b.Logs.lines), b.Logs.lines[0].Number)
	}

	b.log(1, api.LogWarning, "line %d warns")
	b.Tick()
	b.says("line 12501 warns", "Warning", "09:12:12")

	// Who reads further up stays where they are, also while lines go.
	b.list.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.Delta{DY: 2000}})
	before := visible(b)
	b.log(100, api.LogInfo, "line %d")
	b.Tick()
	if after := visible(b); after != before || b.list.AtEnd() {
		t.Errorf("new lines move what is read from\n%s to\n%s", before, after)
	}
	b.key(fyne.KeyEnd)
	b.says("line 12601")
	if !b.list.AtEnd() {
		t.Error("at the end the list does not follow")
	}

	calls := b.calls
	b.Hide()
	b.Tick()
	if b.calls != calls {
		t.Error("a page that is not in view reads on")
	}
}

// visible are the lines on the canvas.
func visible(b *bench) string {
	var all []string
	for _, text := range widgettest.All[*canvas.Text](b.window.Canvas()) {
		if strings.HasPrefix(text.Text, "line ") {
			all = append(all, text.Text)
		}
	}
	slices.Sort(all) // on the canvas they stand in any order
	return strings.Join(all, "\n")
}

func TestKeyboard(t *testing.T) {
	b := english(t)
	b.log(500, api.LogDebug, "line %d")
	b.Show()
	b.key(fyne.KeyUp)
	if got := b.list.Chosen(); got != 499 {
		t.Errorf("the first arrow chooses %d", got)
	}
	b.key(fyne.KeyUp)
	b.key(fyne.KeyUp)
	b.key(fyne.KeyDown)
	if got := b.list.Chosen(); got != 498 {
		t.Errorf("up, up, down: %d", got)
	}
	b.key(fyne.KeyHome)
	b.says("line 1")
	b.saysNot("line 499")
	b.key(fyne.KeyPageDown)
	page := b.list.Chosen()
	if page < 5 || page > 60 {
		t.Errorf("a page is %d lines", page)
	}
	b.key(fyne.KeyPageUp)
	b.key(fyne.KeyUp)
	if got := b.list.Chosen(); got != 0 {
		t.Errorf("above the first: %d", got)
	}
	b.key(fyne.KeyEscape)
	if b.left != 1 {
		t.Errorf("Esc leaves %d times", b.left)
	}
}

func TestALongLineIsReadWhole(t *testing.T) {
	b := english(t)
	end := "the very end"
	b.log(1, api.LogError, strings.Repeat("長い行 and words ", 20)+"%d "+end)
	b.Show()
	b.says("…", "Choose a line to read it whole.")
	b.saysNot(end)
	b.key(fyne.KeyHome)
	b.saysNot("Choose a line")
	if got := b.whole.Text(); !strings.HasSuffix(got, end) {
		t.Errorf("the line below is %q", got)
	}
}

func TestCopyAndClear(t *testing.T) {
	b := english(t)
	b.log(2500, api.LogWarning, "line %d")
	b.Show()
	widgettest.Press(t, b.window.Canvas(), "Copy all")
	if n := strings.Count(b.copied, "\n"); n != 2500 || !strings.HasPrefix(b.copied, "2026-11-24 09:12:00.001 +0000 warning line 1\n") {
		t.Errorf("%d lines are copied: %.80q", n, b.copied)
	}
	b.says("Copied")
	b.key(fyne.KeyHome)
	widgettest.Press(t, b.window.Canvas(), "Clear Logs")
	b.says("Nothing has been written down yet.", "Choose a line")
	b.saysNot("line 2500")
	if b.list.Chosen() != -1 || !b.copy.Disabled() || !b.clear.Disabled() {
		t.Errorf("after it was cleared line %d is chosen", b.list.Chosen())
	}
	b.log(1, api.LogInfo, "line %d")
	b.Tick()
	b.says("line 2501")
}

func TestAnotherRunAndFailure(t *testing.T) {
	b := english(t)
	b.log(30, api.LogInfo, "line %d of old")
	b.Show()
	b.lines, b.last = nil, 0
	b.log(2, api.LogInfo, "line %d of new")
	b.Tick()
	b.says("line 2 of new")
	b.saysNot("of old")
	b.fails = errors.New("nobody is there")
	b.Tick()
	b.says("In words: nobody is there.", "line 2 of new")
	b.fails = nil
	b.Tick()
	b.saysNot("In words")
}

// BenchmarkScroll scrolls a list of 10,000 lines by three lines at a time and
// measures what the list has to do for each frame, without the painter.
func BenchmarkScroll(b *testing.B) {
	s := newBench(b, theme.Dark, "en", screentest.Normal)
	s.log(kept, api.LogInfo, "line %d: the gateway has answered within 25 ms address=203.0.113.7:443")
	s.Show()
	direction := float32(1)
	for i := 0; b.Loop(); i++ {
		if i%500 == 499 {
			direction = -direction
		}
		s.list.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.Delta{DY: direction * 54}})
	}
}
