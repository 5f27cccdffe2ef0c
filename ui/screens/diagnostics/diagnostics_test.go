package diagnostics

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"torii/app/api"
	"torii/ui/screens/screentest"
	"torii/ui/theme"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

// notes are Calls that write down what was asked of them, and answer when the
// test wants it.
type notes struct {
	calls   []string
	copied  string
	set     []func(api.Setting, error)
	systems []func([]api.Fact, error)
}

func (n *notes) Set(key, value string, done func(api.Setting, error)) {
	n.calls = append(n.calls, key+"="+value)
	n.set = append(n.set, done)
}
func (n *notes) System(done func([]api.Fact, error)) { n.systems = append(n.systems, done) }
func (n *notes) OpenCertificates()                   { n.calls = append(n.calls, "certificates") }
func (n *notes) OpenDoctor()                         { n.calls = append(n.calls, "doctor") }
func (n *notes) OpenLogs()                           { n.calls = append(n.calls, "logs") }
func (n *notes) Copy(text string)                    { n.copied = text }

// bench is the screen in a window.
type bench struct {
	*Diagnostics
	*notes
	window fyne.Window
}

func newBench(t *testing.T, mode theme.Mode, language string, size fyne.Size) *bench {
	t.Helper()
	b := &bench{notes: &notes{}}
	w, texts := screentest.Window(t, mode, language)
	b.window = w
	b.Diagnostics = New(Deps{Texts: texts, Calls: b.notes, Explain: func(err error) string { return "explained: " + err.Error() }})
	w.SetContent(b.Object())
	w.Resize(size)
	b.Diagnostics.Show()
	return b
}

func english(t *testing.T) *bench { return newBench(t, theme.Light, "en", screentest.Normal) }

// full is the screen with everything on it.
func (b *bench) full() *bench {
	b.Update(screentest.Full())
	b.systems[0](screentest.Facts(), nil)
	return b
}

// long is the screen with what is longer than one expects.
func (b *bench) long() *bench {
	b.Update(screentest.Long())
	facts := screentest.Facts()
	facts[5].Value, facts[8].Value = "helper-missing", "/home/"+strings.Repeat("very-long-folder/", 8)
	b.systems[0](append(facts, api.Fact{Key: "from-the-future", Value: "yes"}), nil)
	return b
}

func TestScreens(t *testing.T) {
	for name, show := range map[string]func(*bench){"waiting": func(*bench) {}, "full": func(b *bench) { b.full() },
		"long": func(b *bench) { b.long() }, "failed": func(b *bench) { b.systems[0](nil, errors.New("no")) }} {
		t.Run(name, func(t *testing.T) {
			b := english(t)
			show(b)
			test.AssertRendersToMarkup(t, name+".xml", b.window.Canvas())
		})
	}
}

func TestNothingIsCutOrCovered(t *testing.T) {
	for _, size := range []fyne.Size{screentest.Normal, screentest.Small, screentest.Wide} {
		for _, language := range []string{"en", "ja-JP"} {
			t.Run(fmt.Sprintf("%s at %v", language, size.Width), func(t *testing.T) {
				for _, show := range []func(*bench) *bench{(*bench).full, (*bench).long} {
					b := show(newBench(t, theme.Light, language, size))
					if fault := widgettest.Overlaps(b.window.Canvas()); fault != "" {
						t.Error(fault)
					}
				}
			})
		}
	}
}

func TestSystemInformation(t *testing.T) {
	b := english(t).full()
	screentest.Says(t, b.window.Canvas(), "Operating system", "Helper", "Works", "There is none; passwords are not kept", "Logs are in")
	screentest.SaysNot(t, b.window.Canvas(), "One moment", "Ask again")
	widgettest.Press(t, b.window.Canvas(), "Copy all")
	for _, line := range []string{"Torii: 1.0.0-12-gabc1234\n", "Helper: Works\n", "Keyring: There is none; passwords are not kept\n"} {
		if !strings.Contains(b.copied, line) {
			t.Errorf("%q is not among what was copied:\n%s", line, b.copied)
		}
	}
	screentest.Says(t, b.window.Canvas(), "Copied")
	for range 3 {
		b.Tick()
	}
	screentest.Says(t, b.window.Canvas(), "Copy all")
}

func TestWordsOfHelperAndOfNewerFacts(t *testing.T) {
	b := english(t).long()
	screentest.Says(t, b.window.Canvas(), "The part of Torii that may change this computer's network does not answer.", "from-the-future", "yes")
}

func TestAsksAgainAfterAFailure(t *testing.T) {
	b := english(t)
	b.systems[0](nil, errors.New("no"))
	screentest.Says(t, b.window.Canvas(), "explained: no")
	widgettest.Press(t, b.window.Canvas(), "Ask again")
	if len(b.systems) != 2 {
		t.Fatalf("it asked %d times, want 2", len(b.systems))
	}
	b.systems[1](screentest.Facts(), nil)
	screentest.SaysNot(t, b.window.Canvas(), "explained: no", "Ask again")
}

func TestDebugLogs(t *testing.T) {
	b := english(t)
	test.Tap(b.logs)
	if len(b.calls) != 0 {
		t.Error("it can be pressed before it is known how it stands")
	}
	b.full()
	test.Tap(b.logs)
	test.Tap(b.logs)
	if !slices.Equal(b.calls, []string{"debug-logs=on"}) || !b.logs.On() {
		t.Fatalf("called were %q, on: %v", b.calls, b.logs.On())
	}
	b.set[0](api.Setting{}, errors.New("no"))
	if b.logs.On() {
		t.Error("it shows a value that is not so")
	}
	screentest.Says(t, b.window.Canvas(), "explained: no")
	test.Tap(b.logs)
	b.set[1](api.Setting{Key: debugLogs, Value: "on"}, nil)
	if !b.logs.On() {
		t.Error("it went back although the change was made")
	}
	screentest.SaysNot(t, b.window.Canvas(), "explained: no")
}

func TestLockedSwitchSaysByWhom(t *testing.T) {
	b := english(t)
	b.Update(screentest.Long())
	screentest.Says(t, b.window.Canvas(), "Fixed by Zentrale Informationstechnik der Niederlassung Frankfurt am Main.")
	test.Tap(b.logs)
	if len(b.calls) != 0 {
		t.Errorf("a locked setting was changed: %q", b.calls)
	}
}

func TestLeadsToTheCertificates(t *testing.T) {
	b := english(t).full()
	for _, card := range widgettest.All[*widgets.PressCard](b.window.Canvas()) {
		test.Tap(card)
	}
	if !slices.Equal(b.calls, []string{"certificates", "doctor", "logs"}) {
		t.Errorf("opened were %q", b.calls)
	}
}

func TestHelp(t *testing.T) {
	for _, topic := range english(t).Help() {
		if len(topic.Text) < 20 || strings.HasPrefix(topic.Name, "diagnostics.") {
			t.Errorf("the help says %+v", topic)
		}
	}
}
