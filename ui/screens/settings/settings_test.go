package settings

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/screens/screentest"
	"torii/ui/theme"
	"torii/ui/uitest"
	"torii/ui/widgets/widgettest"
)

// notes are Calls that write down what was asked of them, and answer when the
// test wants it.
type notes struct {
	calls  []string
	set    []func(api.Setting, error)
	system []func([]api.Fact, error)
}

func (n *notes) Set(key, value string, done func(api.Setting, error)) {
	n.calls = append(n.calls, key+"="+value)
	n.set = append(n.set, done)
}
func (n *notes) System(done func([]api.Fact, error)) { n.system = append(n.system, done) }
func (n *notes) OpenAbout()                          { n.calls = append(n.calls, "about") }

// bench is the screen in a window.
type bench struct {
	*Settings
	*notes
	window fyne.Window
}

func newBench(t *testing.T, mode theme.Mode, language string, size fyne.Size) *bench {
	t.Helper()
	b := &bench{notes: &notes{}}
	w, texts := screentest.Window(t, mode, language)
	b.window = w
	b.Settings = New(Deps{Texts: texts, Calls: b.notes, Canvas: w.Canvas(),
		Explain: func(err error) string { return "explained: " + err.Error() }})
	w.SetContent(b.Object())
	w.Resize(size)
	b.Settings.Show()
	return b
}

func english(t *testing.T) *bench { return newBench(t, theme.Light, "en", screentest.Normal) }

// located answers the question where things are.
func (b *bench) located() {
	for _, done := range b.notes.system {
		done(screentest.Facts(), nil)
	}
	b.notes.system = nil
}

// situations are the States in which the screen is shown.
func situations() []uitest.Case {
	full := uitest.Disconnected()
	full.Settings = screentest.Settings()
	return []uitest.Case{{Name: "empty", State: uitest.Empty()}, {Name: "full", State: full}, {Name: "locked", State: screentest.Long()}}
}

func TestScreens(t *testing.T) {
	for _, c := range situations() {
		t.Run(c.Name, func(t *testing.T) {
			b := english(t)
			b.Update(c.State)
			b.located()
			test.AssertRendersToMarkup(t, c.Name+".xml", b.window.Canvas())
		})
	}
}

func TestNothingIsCutOrCovered(t *testing.T) {
	for _, size := range []fyne.Size{screentest.Normal, screentest.Small, screentest.Wide} {
		for _, language := range []string{"en", "ja-JP"} {
			for _, c := range situations() {
				t.Run(fmt.Sprintf("%s %s at %v", c.Name, language, size.Width), func(t *testing.T) {
					b := newBench(t, theme.Light, language, size)
					b.Update(c.State)
					b.located()
					if fault := widgettest.Overlaps(b.window.Canvas()); fault != "" {
						t.Error(fault)
					}
				})
			}
		}
	}
}

func TestEverySettingHasARowAndWords(t *testing.T) {
	b := english(t)
	b.Update(situations()[1].State)
	for _, setting := range screentest.Settings() {
		r := b.rows[setting.Key]
		if elsewhere(setting.Key) {
			if r != nil {
				t.Errorf("%s is here and on another screen", setting.Key)
			}
			continue
		}
		if r == nil {
			t.Errorf("%s has no row", setting.Key)
			continue
		}
		if !b.Settings.deps.Texts.Has("settings.name."+setting.Key) || !b.Settings.deps.Texts.Has("settings.about."+setting.Key) {
			t.Errorf("%s has no words", setting.Key)
		}
		if r.chooser != nil && setting.Value != "" && r.chooser.Label() == setting.Value {
			t.Errorf("the value %s of %s has no words", setting.Value, setting.Key)
		}
	}
}

func TestChange(t *testing.T) {
	b := english(t)
	state := situations()[1].State
	b.Update(state)
	r := b.rows["open-at-login"]
	test.Tap(r.toggle)
	if !slices.Equal(b.calls, []string{"open-at-login=on"}) || !r.toggle.On() {
		t.Fatalf("called were %q, it stands on: %v", b.calls, r.toggle.On())
	}
	// A State that was on its way does not move it back, a second press waits.
	b.Update(state)
	test.Tap(r.toggle)
	if len(b.calls) != 1 || !r.toggle.On() {
		t.Errorf("while the change is under way: called %q, on: %v", b.calls, r.toggle.On())
	}
	b.set[0](api.Setting{Key: "open-at-login", Value: "on", Values: []string{"off", "on"}}, nil)
	if !r.toggle.On() {
		t.Error("it went back although the change was made")
	}
}

func TestFailedChangeSaysWhyAndShowsTheTruth(t *testing.T) {
	b := english(t)
	b.Update(situations()[1].State)
	r := b.rows["block-untrusted-servers"]
	test.Tap(r.toggle)
	if r.toggle.On() {
		t.Error("it does not answer the finger")
	}
	b.set[0](api.Setting{}, errors.New("not from here"))
	if !r.toggle.On() {
		t.Error("it shows a value that is not so")
	}
	screentest.Says(t, b.window.Canvas(), "explained: not from here")
	test.Tap(r.toggle)
	screentest.SaysNot(t, b.window.Canvas(), "explained: not from here")
}

func TestChoosing(t *testing.T) {
	b := english(t)
	b.Update(situations()[1].State)
	r := b.rows["theme"]
	for _, item := range r.chooser.Menu() {
		if item.Label == "High contrast" {
			item.Do()
		}
	}
	if !slices.Equal(b.calls, []string{"theme=contrast"}) || r.chooser.Label() != "High contrast" {
		t.Errorf("called were %q, it shows %q", b.calls, r.chooser.Label())
	}
}

func TestLanguagesAreNamedInTheirOwn(t *testing.T) {
	b := newBench(t, theme.Light, "ja-JP", screentest.Normal)
	b.Update(situations()[1].State)
	var labels []string
	for _, item := range b.rows["language"].chooser.Menu() {
		labels = append(labels, item.Label)
	}
	for _, want := range []string{"システム", "English", "日本語"} {
		if !slices.Contains(labels, want) {
			t.Errorf("%s is not among %q", want, labels)
		}
	}
	if len(labels) != len(i18n.Languages())+1 {
		t.Errorf("%d choices for %d languages", len(labels), len(i18n.Languages()))
	}
}

func TestLockedSettingSaysByWhom(t *testing.T) {
	b := english(t)
	state := situations()[1].State
	state.Settings = screentest.Settings()
	state.Settings[0].LockedBy = "Example Corp"
	b.Update(state)
	screentest.Says(t, b.window.Canvas(), "Fixed by Example Corp.")
	test.Tap(b.rows["block-untrusted-servers"].toggle)
	if len(b.calls) != 0 {
		t.Errorf("a locked setting was changed: %q", b.calls)
	}
}

func TestWhatHasNoEffectSaysSo(t *testing.T) {
	b := english(t)
	b.Update(situations()[1].State)
	said := 0
	for _, text := range widgettest.Texts(b.window.Canvas()) {
		if strings.HasPrefix(text, "Not yet available") {
			said++
		}
	}
	want := 0
	for key := range b.rows {
		if notYet(key) {
			want++
		}
	}
	if said != want || want < 1 {
		t.Errorf("it is said of %d settings, want %d", said, want)
	}
}

func TestSettingOfANewerAgent(t *testing.T) {
	b := english(t)
	state := situations()[1].State
	state.Settings = append(screentest.Settings(), api.Setting{Key: "from-the-future", Value: "b", Values: []string{"a", "b", "c"}})
	b.Update(state)
	screentest.Says(t, b.window.Canvas(), "Others", "from-the-future")
	if got := b.rows["from-the-future"].chooser.Label(); got != "b" {
		t.Errorf("it stands at %q", got)
	}
}

func TestWhereThingsAre(t *testing.T) {
	b := english(t)
	b.Update(situations()[1].State)
	screentest.Says(t, b.window.Canvas(), "One moment")
	b.notes.system[0](nil, errors.New("no"))
	screentest.Says(t, b.window.Canvas(), "explained: no")
	b.Hide()
	b.Settings.Show()
	b.notes.system[1](screentest.Facts(), nil)
	screentest.Says(t, b.window.Canvas(), "Settings are in", "/home/suzuki/.config/torii", "/home/suzuki/.local/state/torii")
	screentest.SaysNot(t, b.window.Canvas(), "explained: no", "One moment")
}

func TestAbout(t *testing.T) {
	b := english(t)
	test.Tap(b.about)
	if !slices.Equal(b.calls, []string{"about"}) {
		t.Errorf("called were %q", b.calls)
	}
}

func TestHelp(t *testing.T) {
	for _, topic := range english(t).Help() {
		if len(topic.Text) < 20 || strings.HasPrefix(topic.Name, "settings.") {
			t.Errorf("the help says %+v", topic)
		}
	}
}
