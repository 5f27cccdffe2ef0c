package window

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"

	"torii/app/api"
	"torii/i18n"
	"torii/tunnel"
	"torii/ui/screens/screentest"
	"torii/ui/theme"
	"torii/ui/uitest"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

// ctrl types Ctrl and a key while nothing is typed into. The canvas of tests
// hides that it takes shortcuts.
func (b *bench) ctrl(key fyne.KeyName) {
	b.t.Helper()
	canvas := reflect.ValueOf(b.window.Canvas()).Elem().FieldByName("WindowlessCanvas").Interface()
	canvas.(fyne.Shortcutable).TypedShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierControl})
}

// answers makes the agent answer as a real one does.
func (b *bench) answers() {
	b.agent.Answer = func(_ context.Context, call uitest.Call, result any) error {
		switch result := result.(type) {
		case *[]api.Fact:
			*result = screentest.Facts()
		case *[]api.Certificate:
			*result = screentest.Certificates()
		case *api.DoctorReport:
			*result = screentest.Report()
		case *api.Traffic:
			*result = screentest.Traffic(90)
		case *api.Setting:
			request := call.Params.(api.SetSetting)
			*result = api.Setting{Key: request.Key, Value: request.Value}
		}
		return nil
	}
}

// with is a State with settings.
func with(state api.State) api.State {
	state.Settings = screentest.Settings()
	return state
}

func TestPagesByKey(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(with(uitest.Disconnected()))
	for _, tt := range []struct {
		key  fyne.KeyName
		page string
	}{{fyne.Key2, "connections"}, {fyne.Key3, "details"}, {fyne.Key4, "diagnostics"}, {fyne.Key5, "settings"}, {fyne.Key1, "home"}, {fyne.KeyComma, "settings"}} {
		b.ctrl(tt.key)
		if b.page != tt.page {
			t.Errorf("Ctrl+%s shows %s, want %s", tt.key, b.page, tt.page)
		}
		if b.window.Canvas().Focused() != b.pages[tt.page].FocusTarget() {
			t.Errorf("on %s the keyboard is with %T", tt.page, b.window.Canvas().Focused())
		}
	}
	b.show(uitest.Login())
	b.ctrl(fyne.Key1)
	if b.page != "settings" {
		t.Error("the page changes under a question")
	}
}

func TestPagesByPressing(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(with(screentest.Full()))
	for _, name := range []string{"details", "settings", "home"} {
		b.pressPlace(name)
		if b.page != name {
			t.Errorf("it shows %s, want %s", b.page, name)
		}
	}
}

// TestPagesBelowDiagnostics are reached by its cards, and left by Esc.
func TestPagesBelowDiagnostics(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.answers()
	b.show(with(uitest.Disconnected()))
	for at, page := range []string{pageCertificates, pageDoctor} {
		b.ctrl(fyne.Key4)
		test.Tap(widgettest.All[*widgets.PressCard](b.window.Canvas())[at])
		if b.page != page || b.window.Canvas().Focused() != b.pages[page].FocusTarget() {
			t.Errorf("card %d leads to %s, and the keyboard to %T", at, b.page, b.window.Canvas().Focused())
		}
		if page == pageCertificates {
			b.until("the certificates are there", func() bool { return b.says("Ichiro Suzuki") })
		}
		widgettest.Key(t, b.window.Canvas(), fyne.KeyEscape)
		if b.page != pageDiagnostics {
			t.Errorf("Esc leads from %s to %s", page, b.page)
		}
	}
}

// TestFailureLeadsToTheDoctor by one press, with the look already under way.
func TestFailureLeadsToTheDoctor(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.answers()
	b.show(with(uitest.FailedAtCertificate()))
	b.press("Check the certificate")
	b.wantCall(api.MethodDiagnose, api.DoctorRequest{Entry: "e1"})
	b.until("what was found is shown", func() bool { return b.says("The certificate has expired") })
	if b.page != pageDoctor {
		t.Errorf("%s is shown", b.page)
	}
}

// pressPlace presses a place of the bar or the rail, found by where it stands.
func (b *bench) pressPlace(name string) {
	b.t.Helper()
	at := slices.IndexFunc(b.places(), func(p widgets.Place) bool { return p.Name == name })
	nav := test.WidgetRenderer(b.nav).Objects()
	test.Tap(nav[len(nav)-len(b.places())+at].(fyne.Tappable))
}

func TestBarAndRail(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	for _, tt := range []struct {
		size fyne.Size
		rail bool
	}{{fyne.NewSize(360, 520), false}, {fyne.NewSize(639, 700), false}, {fyne.NewSize(640, 700), true}, {fyne.NewSize(1200, 900), true}} {
		b.resize(tt.size)
		nav, body := b.nav, b.body
		if tt.rail && (nav.Position().X != 0 || nav.Size().Height != tt.size.Height || body.Position().X != nav.Size().Width) {
			t.Errorf("at %v the rail is at %v, %v large; the page at %v", tt.size, nav.Position(), nav.Size(), body.Position())
		}
		if !tt.rail && (nav.Position().Y+nav.Size().Height != tt.size.Height || nav.Size().Width != tt.size.Width || body.Position().X != 0) {
			t.Errorf("at %v the bar is at %v, %v large; the page at %v", tt.size, nav.Position(), nav.Size(), body.Position())
		}
	}
}

func TestIconCoversNothing(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(with(screentest.Full()))
	for _, width := range []float32{320, 360, 420, 640, 900, 1100, 1200, 2000} {
		b.resize(fyne.NewSize(width, 700))
		info := widgettest.Find(t, b.window.Canvas(), func(*widgets.InfoButton) bool { return true })
		if at := info.Position(); at.X+info.Size().Width > width || at.Y+info.Size().Height > 700 || at.X < width*0.8 || at.Y < 600 {
			t.Errorf("at %v the icon is at %v", width, at)
		}
		for name := range b.pages {
			b.open(name)
			for _, o := range widgettest.All[*widgets.Surface](b.window.Canvas()) {
				at := fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
				beside := at.X+o.Size().Width <= info.Position().X
				if below := b.body.Size().Height <= info.Position().Y; !beside && !below {
					t.Errorf("at %v the icon covers a card of %s", width, name)
					break
				}
			}
		}
	}
}

func TestNothingIsCutOnAnyPage(t *testing.T) {
	for _, language := range i18n.Languages() {
		b := newBench(t, theme.Light, language)
		b.answers()
		b.show(screentest.Long())
		// So high that nothing is scrolled away below the bar.
		for _, size := range []fyne.Size{{Width: 360, Height: 6000}, {Width: 420, Height: 6000}, {Width: 900, Height: 6000}} {
			b.resize(size)
			for name := range b.pages {
				b.open(name)
				if fault := widgettest.Overlaps(b.window.Canvas()); fault != "" {
					t.Errorf("%s, %s at %v: %s", name, language, size.Width, fault)
				}
			}
		}
	}
}

func TestSomebodyAsksForAPage(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	state := uitest.Disconnected()
	state.Raise, state.Page = 1, "details"
	b.show(state)
	if b.page != "details" {
		t.Errorf("it opens with %s", b.page)
	}
	b.ctrl(fyne.Key1)
	b.show(state)
	if b.page != "home" {
		t.Error("an asking that is over turns the page")
	}
	state.Raise, state.Page = 2, "about"
	b.show(state)
	if b.page != "about" || !b.says("If you do not see the screen") {
		t.Errorf("it shows %s", b.page)
	}
	state.Raise, state.Page = 3, "statistics"
	b.show(state)
	state.Raise, state.Page = 4, "from-the-future"
	b.show(state)
	if b.page != "details" {
		t.Errorf("it shows %s", b.page)
	}
}

func TestHiddenPagesAskNothing(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.answers()
	b.show(screentest.Full())
	b.beat()
	b.beat()
	select {
	case call := <-b.agent.Calls():
		t.Errorf("with Home in view %s was called", call.Method)
	default:
	}
	b.open("details")
	b.wantCall(api.MethodTraffic, nil)
	b.until("the rates are shown", func() bool { return b.says("Received (line)") && !b.says("0 B/s") })
	b.open("diagnostics")
	for b.called().Method != api.MethodSystem { // Details may have asked once more
	}
	b.until("the facts are shown", func() bool { return b.says("/home/suzuki/.config/torii") })
}

func TestSettingReachesTheAgent(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(with(uitest.Disconnected()))
	b.open("diagnostics")
	b.called()
	test.Tap(widgettest.Find(t, b.window.Canvas(), func(*widgets.Toggle) bool { return true }))
	b.wantCall(api.MethodSet, api.SetSetting{Key: "debug-logs", Value: "on"})
}

// set gives a setting of a State another value.
func set(state *api.State, key, value string) {
	for i := range state.Settings {
		if state.Settings[i].Key == key {
			state.Settings[i].Value = value
		}
	}
}

func TestThemeFollowsTheSetting(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	ground := func() any {
		return b.deps.App.Settings().Theme().Color(theme.ColorGround, fynetheme.VariantLight)
	}
	state := with(uitest.Disconnected())
	b.show(state)
	b.open("settings")
	for _, tt := range []struct {
		value string
		mode  theme.Mode
	}{{"dark", theme.Dark}, {"contrast", theme.Contrast}, {"light", theme.Light}} {
		state.Settings = screentest.Settings()
		set(&state, "theme", tt.value)
		b.show(state)
		if want := theme.New(tt.mode).Color(theme.ColorGround, fynetheme.VariantLight); ground() != want {
			t.Errorf("with %s the ground is %v, want %v", tt.value, ground(), want)
		}
		if b.page != "settings" || !b.says("Notifications") {
			t.Errorf("with %s the page is %s", tt.value, b.page)
		}
	}
}

func TestChangedThemeKeepsThePlace(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.answers()
	state := with(uitest.Disconnected())
	b.show(state)
	b.open("settings")
	chooser := func() *widgets.Chooser { // of the theme: the last one
		all := widgettest.All[*widgets.Chooser](b.window.Canvas())
		return all[len(all)-1]
	}
	before := chooser()
	b.window.Canvas().Focus(before)
	b.pages["settings"].(placed).Return(260, "") // the chooser is in sight there
	set(&state, "theme", "dark")
	b.show(state)
	if chooser() == before {
		t.Fatal("the page was not built anew")
	}
	if b.window.Canvas().Focused() != fyne.Focusable(chooser()) {
		t.Errorf("the keyboard is with %T", b.window.Canvas().Focused())
	}
	if offset, key := b.pages["settings"].(placed).Place(); key != "theme" || offset != 260 {
		t.Errorf("it is scrolled to %v, at %q", offset, key)
	}
}

func TestLanguageKeepsThePage(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	state := with(uitest.Disconnected())
	b.show(state)
	b.open("settings")
	state.Language = "ja-JP"
	b.show(state)
	if b.page != "settings" || !b.says("信頼されていないサーバーをブロック") {
		t.Errorf("it says %q", widgettest.Texts(b.window.Canvas()))
	}
}

func TestToolkitSpeaksTheLanguage(t *testing.T) {
	b := newBench(t, theme.Light, "ja-JP")
	for word, key := range toolkitWords() {
		if got := lang.L(word); got != b.texts.Text(key) || got == word && word != "OK" {
			t.Errorf("%s is %q, want %q", word, got, b.texts.Text(key))
		}
	}
	state := uitest.Disconnected()
	state.Language = "en"
	b.show(state)
	if got := lang.L("Paste"); got != "Paste" {
		t.Errorf("back in English it says %q", got)
	}
}

func TestHelpFromAnywhere(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(with(uitest.Disconnected()))
	for name := range b.pages {
		b.open(name)
		b.window.Canvas().Focus(b.pages[name].FocusTarget())
		widgettest.Key(t, b.window.Canvas(), fyne.KeyF1)
		if b.sheet == nil || !b.says("Help") {
			t.Errorf("on %s F1 opens nothing", name)
			continue
		}
		widgettest.Key(t, b.window.Canvas(), fyne.KeyEscape)
		if b.sheet != nil || b.window.Canvas().Overlays().Top() != nil {
			t.Errorf("on %s Esc does not close the help", name)
		}
	}
	test.Tap(widgettest.Find(t, b.window.Canvas(), func(*widgets.InfoButton) bool { return true }))
	if b.sheet == nil {
		t.Error("the icon opens nothing")
	}
	b.typed(&fyne.KeyEvent{Name: fyne.KeyEscape}) // nothing has the keyboard after a press
	if b.sheet != nil {
		t.Error("Esc does not close the help")
	}
}

func TestKeysWhileSomebodyTypes(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(with(uitest.Disconnected()))
	b.ctrl(fyne.KeyN)
	if b.page != "connections" {
		t.Fatalf("Ctrl+N shows %s", b.page)
	}
	field := widgettest.All[*widgets.Entry](b.window.Canvas())[0]
	b.window.Canvas().Focus(field)
	test.Type(field, "Tokyo")
	widgettest.Key(t, b.window.Canvas(), fyne.KeyF1)
	if b.sheet == nil {
		t.Error("F1 opens nothing while somebody types")
	}
	b.closeHelp()
	b.window.Canvas().Focus(field)
	b.ctrl(fyne.Key1)
	b.ctrl(fyne.KeyN)
	if field.Text != "Tokyo" || !slices.Contains(widgettest.All[*widgets.Entry](b.window.Canvas()), field) {
		t.Error("what was typed is gone")
	}
}

// TestBringingInByKey shows the ways to bring a connection in, but not over a
// question.
func TestBringingInByKey(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(with(uitest.Disconnected()))
	b.ctrl(fyne.KeyI)
	if b.page != pageWelcome || !b.says("With a file") {
		t.Errorf("Ctrl+I shows %s", b.page)
	}
	b.ctrl(fyne.Key1)
	b.show(with(uitest.Untrusted()))
	b.ctrl(fyne.KeyI)
	if b.page != pageHome {
		t.Errorf("under a question Ctrl+I shows %s", b.page)
	}
}

// TestPageOutOfSightTakesNoKeys: somebody asks for another page while a person
// types.
func TestPageOutOfSightTakesNoKeys(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	state := with(uitest.Disconnected())
	b.show(state)
	b.ctrl(fyne.KeyN)
	field := widgettest.All[*widgets.Entry](b.window.Canvas())[0]
	b.window.Canvas().Focus(field)
	state.Raise, state.Page = state.Raise+1, "home"
	b.show(state)
	if b.page != pageHome {
		t.Fatalf("it shows %s", b.page)
	}
	if b.window.Canvas().Focused() == fyne.Focusable(field) {
		t.Error("a field that is out of sight has the keyboard")
	}
}

func TestDisconnectAndQuitByKey(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(with(uitest.Disconnected()))
	b.ctrl(fyne.KeyD)
	b.ctrl(fyne.KeyQ)
	b.wantCall(api.MethodQuit, nil) // and not a disconnect before it
	b.show(with(screentest.Full()))
	b.ctrl(fyne.KeyD)
	b.wantCall(api.MethodDisconnect, nil)
	b.ctrl(fyne.KeyQ)
	if !b.says("Quit Torii?") {
		t.Fatalf("it says %q", widgettest.Texts(b.window.Canvas()))
	}
	b.press("Disconnect and quit")
	b.wantCall(api.MethodQuit, nil)
}

func TestRefusedSettingIsExplained(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(with(uitest.Disconnected()))
	b.agent.Answer = func(context.Context, uitest.Call, any) error {
		return tunnel.Errorf(tunnel.CodePolicy, "change the setting", "no")
	}
	b.open("settings")
	test.Tap(widgettest.Find(t, b.window.Canvas(), func(*widgets.Toggle) bool { return true }))
	want := b.texts.Text("error.policy.message") + " " + b.texts.Text("error.policy.remedy")
	b.until("the refusal is said", func() bool { return b.says(want) })
}

func TestLostShowsHome(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(with(uitest.Disconnected()))
	b.open("settings")
	b.agent.Leave()
	b.until("the window says so", func() bool { return b.says("Torii has ended") })
	b.ctrl(fyne.Key5)
	if b.page != "home" {
		t.Error("there is another page although nothing can be done there")
	}
}
