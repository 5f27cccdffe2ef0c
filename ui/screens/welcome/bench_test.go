package welcome

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/theme"
	"torii/ui/uitest"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

// called is a call that waits for its end.
type called struct {
	uitest.Call
	result any
	done   func(error)
}

// bench is the screen in a window, before an agent that answers when it is told
// to.
type bench struct {
	*Welcome
	t       testing.TB
	window  fyne.Window
	now     time.Time
	calls   []called
	left    int
	connect int
}

var normal = fyne.NewSize(420, 640)

func newBench(t testing.TB) *bench { return newBenchIn(t, normal, "en") }

func newBenchIn(t testing.TB, size fyne.Size, language string) *bench {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	texts, err := i18n.New(language)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, now: uitest.Now(), window: test.NewTempWindow(t, widget.NewLabel(""))}
	b.window.SetPadded(false)
	b.Welcome = New(Deps{
		Texts: texts, Canvas: b.window.Canvas(), Now: func() time.Time { return b.now }, Draft: &Draft{},
		Call: func(method api.Method, params, result any, done func(error)) {
			b.calls = append(b.calls, called{uitest.Call{Method: method, Params: params}, result, done})
		},
		Explain: func(err error) (string, string) { return "In words: " + err.Error() + ".", "Try again." },
		Leave:   func() { b.left++ }, Connect: func() { b.connect++ },
	})
	b.window.SetContent(b.Object())
	b.window.Resize(size)
	b.Update(uitest.FirstRun())
	b.canvas().Focus(b.FocusTarget())
	return b
}

func (b *bench) canvas() fyne.Canvas { return b.window.Canvas() }

// call takes the one call that was made.
func (b *bench) call(method api.Method) called {
	b.t.Helper()
	if len(b.calls) != 1 || b.calls[0].Method != method {
		b.t.Fatalf("called was %+v, want %s", b.calls, method)
	}
	call := b.calls[0]
	b.calls = nil
	return call
}

// noted ends the call that notes that the first run is over.
func (b *bench) noted() {
	b.t.Helper()
	call := b.call(api.MethodSet)
	if want := (api.SetSetting{Key: "first-run", Value: "done"}); call.Params != want {
		b.t.Errorf("set was %+v", call.Params)
	}
	call.done(nil)
}

func (b *bench) says(text string) bool { return slices.Contains(widgettest.Texts(b.canvas()), text) }

func (b *bench) wants(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		if !b.says(text) {
			b.t.Errorf("it does not say %q: %q", text, widgettest.Texts(b.canvas()))
		}
	}
}

func (b *bench) entries() []*widgets.Entry { return widgettest.All[*widgets.Entry](b.canvas()) }

// choose presses a card of the first step.
func (b *bench) choose(at int) {
	b.t.Helper()
	test.Tap(widgettest.All[*widgets.PressCard](b.canvas())[at])
}

func (b *bench) press(text string) { b.t.Helper(); widgettest.Press(b.t, b.canvas(), text) }

func (b *bench) key(names ...fyne.KeyName) {
	b.t.Helper()
	for _, name := range names {
		widgettest.Key(b.t, b.canvas(), name)
	}
}

// write types into what has the keyboard.
func (b *bench) write(text string) {
	b.t.Helper()
	entry, ok := b.canvas().Focused().(*widgets.Entry)
	if !ok {
		b.t.Fatalf("the keyboard is at %T", b.canvas().Focused())
	}
	test.Type(entry, text)
}

// wait lets a moment pass in which nothing is typed.
func (b *bench) wait() {
	b.now = b.now.Add(time.Second)
	b.Tick()
}
