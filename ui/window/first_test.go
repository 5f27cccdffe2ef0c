package window

import (
	"context"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"torii/app/api"
	"torii/ui/theme"
	"torii/ui/uitest"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

// TestFirstRun is shown once it is due, without the way to other pages, and
// leads to a saved, chosen and connected entry.
func TestFirstRun(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.agent.Answer = func(_ context.Context, call uitest.Call, result any) error {
		if call.Method == api.MethodAddEntry {
			result.(*api.Entry).ID = "e1"
		}
		return nil
	}
	b.show(uitest.FirstRun())
	if b.page != pageWelcome || b.nav.Visible() || !b.says("Welcome to Torii") {
		t.Fatalf("%s says %q", b.page, widgettest.Texts(b.window.Canvas()))
	}
	key := func(name fyne.KeyName) { t.Helper(); widgettest.Key(t, b.window.Canvas(), name) }
	key(fyne.KeyReturn)
	test.Type(b.window.Canvas().Focused(), "vpn.example.com")
	b.beat()
	key(fyne.KeyReturn)
	key(fyne.KeyReturn)
	if got := b.called(); got.Method != api.MethodAddEntry || got.Params.(api.Entry).Host != "vpn.example.com" {
		t.Errorf("called was %+v", got)
	}
	b.wantCall(api.MethodChoose, api.EntryRef{Entry: "e1"})
	b.wantCall(api.MethodSet, api.SetSetting{Key: "first-run", Value: "done"})
	b.wantCall(api.MethodConnect, api.ConnectRequest{})
	if b.page != pageHome || !b.nav.Visible() {
		t.Errorf("at the end %s is shown", b.page)
	}
}

// TestFirstRunIsNotForced on anybody.
func TestFirstRunIsNotForced(t *testing.T) {
	over := uitest.FirstRun()
	over.Settings[0].Value = "done"
	asked := uitest.FirstRun()
	asked.Page = pageSettings
	for name, c := range map[string]struct {
		state api.State
		page  string
	}{
		"who has skipped it": {over, pageHome}, "who has a connection": {uitest.Disconnected(), pageHome},
		"who asked for a page": {asked, pageSettings},
	} {
		b := newBench(t, theme.Light, "en")
		b.show(c.state)
		if b.page != c.page {
			t.Errorf("%s sees %s", name, b.page)
		}
	}
	// Nor does it come back to who went elsewhere, or while the window is open.
	b := newBench(t, theme.Light, "en")
	b.open(pageDetails)
	b.show(uitest.FirstRun())
	if b.page != pageDetails {
		t.Errorf("who left the window with Details sees %s", b.page)
	}
	b = newBench(t, theme.Light, "en")
	b.show(uitest.Disconnected())
	b.show(uitest.FirstRun())
	if b.page != pageHome {
		t.Errorf("who has deleted the last connection sees %s", b.page)
	}
}

// TestFirstRunLeft: by Esc without the keyboard, and it is no page to come back
// to by itself; the page Connections leads there again.
func TestFirstRunLeft(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(uitest.FirstRun())
	if place := b.place(); place.Page != pageHome {
		t.Errorf("the next window begins with %q", place.Page)
	}
	b.window.Canvas().Unfocus()
	b.typed(&fyne.KeyEvent{Name: fyne.KeyEscape})
	b.wantCall(api.MethodSet, api.SetSetting{Key: "first-run", Value: "done"})
	b.until("Home is shown", func() bool { return b.page == pageHome })
	b.open(pageConnections)
	b.press("Set up step by step")
	if b.page != pageWelcome || b.window.Canvas().Focused() == nil {
		t.Errorf("the page is %s, the keyboard at %v", b.page, b.window.Canvas().Focused())
	}
}

// TestFirstRunInAnotherLanguage keeps what was typed.
func TestFirstRunInAnotherLanguage(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	state := uitest.FirstRun()
	b.show(state)
	widgettest.Key(t, b.window.Canvas(), fyne.KeyReturn)
	test.Type(b.window.Canvas().Focused(), "vpn.example.com")
	state.Language = "ja-JP"
	b.show(state)
	entries := widgettest.All[*widgets.Entry](b.window.Canvas())
	if !b.says("ステップ 2/3") || len(entries) != 1 || entries[0].Text != "vpn.example.com" {
		t.Errorf("it says %q", widgettest.Texts(b.window.Canvas()))
	}
}

// TestPromptsComeOverTheFirstRun, and leave it where it was.
func TestPromptsComeOverTheFirstRun(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	state := uitest.FirstRun()
	state.Consent = uitest.Consent(api.ConsentCreate).Consent
	b.show(state)
	b.press("Yes")
	b.wantCall(api.MethodConsent, api.ConsentAnswer{ID: state.Consent.ID, Allow: true})
	state.Consent = nil
	b.show(state)
	if b.page != pageWelcome || b.prompts.Open() || b.window.Canvas().Focused() == nil {
		t.Errorf("%s is shown, a prompt: %v", b.page, b.prompts.Open())
	}
}
