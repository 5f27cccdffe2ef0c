package window

import (
	"context"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"torii/app/api"
	"torii/tunnel"
	"torii/ui/theme"
	"torii/ui/uitest"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

// toggle is the big switch.
func (b *bench) toggle() *widgets.Switch {
	b.t.Helper()
	return widgettest.Find(b.t, b.window.Canvas(), func(*widgets.Switch) bool { return true })
}

// press presses a button that the person has seen for a moment.
func (b *bench) press(text string) {
	b.t.Helper()
	b.now = b.now.Add(time.Second)
	widgettest.Press(b.t, b.window.Canvas(), text)
}

// says reports whether a text can be read.
func (b *bench) says(text string) bool {
	return slices.Contains(widgettest.Texts(b.window.Canvas()), text)
}

func (b *bench) wantCall(method api.Method, params any) {
	b.t.Helper()
	if got := b.called(); got.Method != method || !reflect.DeepEqual(got.Params, params) {
		b.t.Errorf("called was %s with %+v, want %s with %+v", got.Method, got.Params, method, params)
	}
}

func TestSwitchConnectsAndDisconnects(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(uitest.Disconnected())
	test.Tap(b.toggle())
	b.wantCall(api.MethodConnect, api.ConnectRequest{})
	b.show(uitest.Connecting())
	test.Tap(b.toggle())
	b.wantCall(api.MethodDisconnect, nil)
	b.show(uitest.Connected())
	test.Tap(b.toggle())
	b.wantCall(api.MethodDisconnect, nil)
}

func TestLoginReachesTheAgent(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(uitest.Login())
	fields := widgettest.All[*widgets.Entry](b.window.Canvas())
	test.Type(fields[1], "s3cret")
	test.Type(fields[2], "123456")
	b.press("Log in")
	b.wantCall(api.MethodAnswer, api.AnswerRequest{ID: "q1", Choice: tunnel.ChoiceOK,
		Fields: map[string]string{"group_list": "staff", "username": "suzuki", "password": "s3cret", "answer": "123456"}})
	b.show(uitest.Connected())
	if b.window.Canvas().Overlays().Top() != nil {
		t.Error("the login stays")
	}
}

func TestCancelledLoginReachesTheAgent(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(uitest.Login())
	widgettest.Key(t, b.window.Canvas(), fyne.KeyEscape)
	b.wantCall(api.MethodAnswer, api.AnswerRequest{ID: "q1", Choice: tunnel.ChoiceCancel})
}

func TestRefusedAnswerIsPutIntoWords(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.agent.Answer = func(context.Context, uitest.Call, any) error {
		return tunnel.Errorf(tunnel.CodePolicy, "answer", "not from here")
	}
	b.show(uitest.Untrusted())
	b.press("Continue")
	b.wantCall(api.MethodAnswer, api.AnswerRequest{ID: "q5", Choice: tunnel.ChoiceContinue})
	want := b.texts.Text("error.policy.message") + " " + b.texts.Text("error.policy.remedy")
	b.until("the refusal is said", func() bool { return b.says(want) })
}

func TestHangingAgentDoesNotStopTheWindow(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	var ended atomic.Bool
	b.agent.Answer = func(ctx context.Context, _ uitest.Call, _ any) error {
		<-ctx.Done()
		ended.Store(true)
		return ctx.Err()
	}
	b.show(uitest.Disconnected())
	test.Tap(b.toggle())
	if ended.Load() {
		t.Fatal("the press waited for the agent")
	}
	b.wantCall(api.MethodConnect, api.ConnectRequest{})
	if b.toggle().Stands() != widgets.Middle {
		t.Error("the switch does not answer the finger")
	}
	b.show(uitest.Connected())
	if !b.says("Connected") {
		t.Error("the window does not follow while a call is on its way")
	}
	// Stop, in the clean-up, cuts the call off: nothing is left running.
}

func TestFailedCallIsSaid(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.agent.Answer = func(context.Context, uitest.Call, any) error {
		return tunnel.Errorf(tunnel.CodeUnreachable, "connect", "no")
	}
	b.show(uitest.Disconnected())
	test.Tap(b.toggle())
	b.until("the failure is said", func() bool { return b.says("vpn.example.com does not answer.") })
	if b.toggle().Stands() != widgets.Off {
		t.Error("the switch stays in the middle")
	}
}

func TestUnknownCodeHasWords(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	message, remedy := b.words(tunnel.Errorf("from-the-future", "x", "y"))
	if message != b.texts.Text("error.internal.message") || remedy == "" {
		t.Errorf("it says %q, %q", message, remedy)
	}
	if message, _ := b.words(context.DeadlineExceeded); message != b.texts.Text("silent.message") {
		t.Errorf("a call that took too long is %q", message)
	}
}

func TestAgentGone(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(uitest.Login())
	b.agent.Leave()
	b.until("the window says so", func() bool { return b.says("Torii has ended") })
	if b.window.Canvas().Overlays().Top() != nil {
		t.Error("a question stays that nobody waits for")
	}
	b.press("Close this window")
	if b.ctx.Err() == nil {
		t.Error("the window does not close")
	}
}

func TestSignalClosesTheWindow(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.signal()
	b.until("the window is closed", func() bool { return b.ctx.Err() != nil })
}

func TestClosedWindowIsLeftAlone(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(uitest.Disconnected())
	b.agent.Send(uitest.Connected()) // is on its way when the window closes
	arrived := <-b.bridge
	b.window.Close()
	arrived()
	if b.state.Snapshot.State != tunnel.StateDisconnected {
		t.Error("a closed window still changes")
	}
}

func TestOlderStateComesTooLate(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(uitest.Disconnected())
	b.show(uitest.Connected())
	old := uitest.Failed()
	old.Revision = 1
	b.Window.show(old)
	if !b.says("Connected") {
		t.Error("an old State takes the place of a new one")
	}
}

func TestLanguageOfTheState(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(uitest.Disconnected())
	state := uitest.Login()
	state.Language = "ja-JP"
	b.show(state)
	if !b.says("サインイン") {
		t.Errorf("the prompt says %q", widgettest.Texts(b.window.Canvas()))
	}
	b.press("キャンセル")
	b.wantCall(api.MethodAnswer, api.AnswerRequest{ID: "q1", Choice: tunnel.ChoiceCancel})
	state = uitest.Disconnected()
	state.Language = "en"
	b.show(state)
	if !b.says("Disconnected") {
		t.Error("it does not go back to English")
	}
}

func TestChoosingAnotherEntry(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(uitest.Disconnected())
	(&actions{b.Window}).ChooseEntry("e2")
	b.wantCall(api.MethodChoose, api.EntryRef{Entry: "e2"})

	// A running connection ends by it: the person is told first.
	b.show(uitest.Connected())
	(&actions{b.Window}).ChooseEntry("e3")
	if !b.says("You are connected to Tokyo HQ. Changing ends that connection.") {
		t.Fatalf("it says %q", widgettest.Texts(b.window.Canvas()))
	}
	b.press("Disconnect and change")
	b.wantCall(api.MethodDisconnect, nil)
	b.wantCall(api.MethodChoose, api.EntryRef{Entry: "e3"})
}

// TestAddingFromHome: the switch of a Torii without connections, and Home's
// card, open the one editor.
func TestAddingFromHome(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(uitest.Empty())
	test.Tap(b.toggle())
	if b.page != pageConnections || !b.says("Add VPN Connection") {
		t.Errorf("%s says %q", b.page, widgettest.Texts(b.window.Canvas()))
	}

	b = newBench(t, theme.Light, "en")
	b.show(uitest.Disconnected())
	(&actions{b.Window}).EditEntry("e1")
	if b.page != pageConnections || b.says("Add VPN Connection") || len(widgettest.All[*widgets.Entry](b.window.Canvas())) == 0 {
		t.Errorf("%s says %q", b.page, widgettest.Texts(b.window.Canvas()))
	}
}

func TestCopy(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(uitest.ConnectedByProxy())
	b.press("Copy")
	if got := b.deps.App.Clipboard().Content(); got != "127.0.0.1:1080" {
		t.Errorf("the clipboard has %q", got)
	}
}

// spyWindow counts how often a window was brought to the front.
type spyWindow struct {
	fyne.Window
	raised int
}

func (w *spyWindow) RequestFocus() { w.raised++ }

func TestSomebodyAsksForTheWindow(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	spy := &spyWindow{Window: b.window}
	b.window = spy
	state := uitest.Disconnected()
	state.Raise = 3
	b.show(state)
	if spy.raised != 0 {
		t.Error("it comes to the front for an asking that is over")
	}
	state.Raise = 4
	b.show(state)
	b.show(state)
	if spy.raised != 1 {
		t.Errorf("it came to the front %d times, want 1", spy.raised)
	}
}

// TestClosing: the window asks once where no panel shows the icon, remembers,
// and then does as it was told.
func TestClosing(t *testing.T) {
	closes := func(b *bench) bool {
		ended := false
		b.window.SetOnClosed(func() { ended = true })
		b.closed()
		return ended
	}
	with := func(value string, tray bool) *bench {
		b := newBench(t, theme.Light, "en")
		state := uitest.Disconnected()
		state.Tray = tray
		state.Settings = []api.Setting{{Key: settingClose, Value: value}}
		b.show(state)
		return b
	}
	if !closes(with("ask", true)) {
		t.Error("with an icon in the panel it does not close at once")
	}
	if !closes(with("keep", false)) {
		t.Error("who keeps it running is asked")
	}
	b := with("quit", false)
	closes(b)
	b.wantCall(api.MethodQuit, nil)

	b = with("ask", false)
	if closes(b) {
		t.Error("it closes without a question")
	}
	b.press("Keep running")
	b.wantCall(api.MethodSet, api.SetSetting{Key: settingClose, Value: "keep"})

	b = with("ask", false)
	closes(b)
	b.press("Quit Torii")
	b.wantCall(api.MethodSet, api.SetSetting{Key: settingClose, Value: "quit"})
	b.wantCall(api.MethodQuit, nil)

	b = with("ask", false)
	closes(b)
	widgettest.Key(t, b.window.Canvas(), fyne.KeyEscape)
	if b.window.Canvas().Overlays().Top() != nil {
		t.Error("Escape leaves the question open")
	}
}
