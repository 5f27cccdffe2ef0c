package prompts

import (
	"errors"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"torii/app/api"
	"torii/tunnel"
	"torii/ui/uitest"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

// TestEveryPromptEachWay answers each prompt by every button that it has, and
// leaves it by Esc.
func TestEveryPromptEachWay(t *testing.T) {
	type fields = map[string]string
	for _, c := range []struct {
		name  string
		state api.State
		ways  map[string]api.AnswerRequest
	}{
		{"login", uitest.Login(), map[string]api.AnswerRequest{
			"Log in": {Choice: tunnel.ChoiceOK, Fields: fields{"group_list": "staff", "username": "suzuki", "password": "", "answer": ""}},
			"Cancel": {Choice: tunnel.ChoiceCancel}}},
		{"login refused", uitest.LoginRefused(), map[string]api.AnswerRequest{
			"Log in": {Choice: tunnel.ChoiceOK, Fields: fields{"username": "", "password": ""}}, "Cancel": {Choice: tunnel.ChoiceCancel}}},
		{"new password", uitest.NewPassword(), map[string]api.AnswerRequest{
			"Log in": {Choice: tunnel.ChoiceOK, Fields: fields{"new": "", "again": ""}}, "Cancel": {Choice: tunnel.ChoiceCancel}}},
		{"practice", uitest.PracticeLogin(), map[string]api.AnswerRequest{
			"Log in": {Choice: tunnel.ChoiceOK, Fields: fields{"username": "", "password": ""}}, "Cancel": {Choice: tunnel.ChoiceCancel}}},
		{"banner", uitest.Banner(), map[string]api.AnswerRequest{
			"Accept": {Choice: tunnel.ChoiceOK}, "Disconnect": {Choice: tunnel.ChoiceCancel}}},
		{"untrusted", uitest.Untrusted(), map[string]api.AnswerRequest{
			"Cancel": {Choice: tunnel.ChoiceCancel}, "Continue": {Choice: tunnel.ChoiceContinue}, "Always trust": {Choice: tunnel.ChoiceImport}}},
		{"untrusted and blocked", blocked(), map[string]api.AnswerRequest{
			"Keep Me Safe": {Choice: tunnel.ChoiceCancel}, "Change Settings": {Choice: tunnel.ChoiceSettings}}},
		{"certificate", uitest.CertificateChoice(), map[string]api.AnswerRequest{
			"OK": {Choice: tunnel.ChoiceOK, Certificate: "c2"}, "Cancel": {Choice: tunnel.ChoiceCancel}}},
	} {
		id := c.state.Snapshot.Question.ID
		for button, want := range c.ways {
			t.Run(c.name+"/"+button, func(t *testing.T) {
				b := newBench(t, normal)
				b.Show(c.state)
				widgettest.Press(t, b.canvas, button)
				want.ID = id
				b.answered(want)
				widgettest.Press(t, b.canvas, button) // again, before it is gone
				if len(b.answers) != 0 {
					t.Error("it is answered twice")
				}
			})
		}
		t.Run(c.name+"/Esc", func(t *testing.T) {
			b := newBench(t, normal)
			b.Show(c.state)
			widgettest.Key(t, b.canvas, fyne.KeyEscape)
			b.answered(api.AnswerRequest{ID: id, Choice: tunnel.ChoiceCancel})
		})
		t.Run(c.name+"/Esc without the keyboard", func(t *testing.T) {
			b := newBench(t, normal)
			b.Show(c.state)
			b.canvas.Unfocus()
			b.Escape() // the window hears the key then
			b.answered(api.AnswerRequest{ID: id, Choice: tunnel.ChoiceCancel})
		})
	}
}

// blocked is a server that may not be trusted, with the way to the setting.
func blocked() api.State {
	s := uitest.UntrustedBlocked()
	s.Snapshot.Question.Choices = append(s.Snapshot.Question.Choices, tunnel.ChoiceSettings)
	return s
}

// TestEveryRequestEachWay has the guide's words for each (000, External
// Control).
func TestEveryRequestEachWay(t *testing.T) {
	says := map[api.ConsentAction]string{
		api.ConsentCreate:             "create a new connection to vpn.example.com",
		api.ConsentConnect:            "connect to vpn.example.com",
		api.ConsentDisconnect:         "disconnect the current connection",
		api.ConsentImportCertificate:  "import a certificate bundle to the Torii certificate store",
		api.ConsentImportLocalization: "import localization files",
		api.ConsentImportProfile:      "import profiles",
	}
	for _, action := range api.ConsentActions() {
		state := uitest.Consent(action)
		for way, press := range map[string]func(*bench){
			"Yes":           func(b *bench) { widgettest.Press(b.t, b.canvas, "Yes") },
			"No":            func(b *bench) { widgettest.Press(b.t, b.canvas, "No") },
			"Esc":           func(b *bench) { widgettest.Key(b.t, b.canvas, fyne.KeyEscape) },
			"careless keys": func(b *bench) { widgettest.Key(b.t, b.canvas, fyne.KeyReturn) },
			"Esc unfocused": func(b *bench) { b.canvas.Unfocus(); b.Escape() },
		} {
			t.Run(string(action)+"/"+way, func(t *testing.T) {
				b := newBench(t, normal)
				b.Show(state)
				texts := widgettest.Texts(b.canvas)
				for _, want := range []string{
					"Another application has requested that Torii " + says[action] + ". Do you want to allow this?",
					"Ask your administrator whether to choose Yes.",
				} {
					if !slices.Contains(texts, want) {
						t.Errorf("it does not say %q: %q", want, texts)
					}
				}
				press(b)
				want := api.ConsentAnswer{ID: state.Consent.ID, Allow: way == "Yes"}
				if len(b.allows) != 1 || b.allows[0] != want || len(b.answers) != 0 {
					t.Errorf("answered was %+v and %+v, want %+v", b.allows, b.answers, want)
				}
			})
		}
	}
}

func TestARequestFromTheFuture(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.Consent("open-door"))
	want := "Another application has requested something that this window does not know (open-door). Do you want to allow this?"
	if !slices.Contains(widgettest.Texts(b.canvas), want) {
		t.Errorf("it says %q", widgettest.Texts(b.canvas))
	}
	widgettest.Press(t, b.canvas, "No")
	b.done[0](errors.New("too late"))
	if !slices.Contains(widgettest.Texts(b.canvas), "In words: too late") {
		t.Errorf("a refused answer is not said: %q", widgettest.Texts(b.canvas))
	}
}

// TestCertificateByMouseAndKeyboard: the first valid one has the keyboard.
func TestCertificateByMouseAndKeyboard(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.CertificateChoice())
	for _, key := range []fyne.KeyName{fyne.KeyDown, fyne.KeyDown, fyne.KeyUp, fyne.KeyDown, fyne.KeyReturn} {
		widgettest.Key(t, b.canvas, key)
	}
	b.answered(api.AnswerRequest{ID: "q7", Choice: tunnel.ChoiceOK, Certificate: "c3"})

	b = newBench(t, normal)
	b.Show(uitest.CertificateChoice())
	cards := widgettest.All[*widgets.ListCard](b.canvas)
	test.Tap(cards[0]) // an expired one may be wanted: the gateway decides
	widgettest.Press(t, b.canvas, "OK")
	b.answered(api.AnswerRequest{ID: "q7", Choice: tunnel.ChoiceOK, Certificate: "c1"})

	b = newBench(t, normal)
	b.Show(uitest.CertificateChoice())
	widgettest.All[*widgets.ListCard](b.canvas)[2].DoubleTapped(nil)
	b.answered(api.AnswerRequest{ID: "q7", Choice: tunnel.ChoiceOK, Certificate: "c3"})

	all := uitest.CertificateChoice() // of which every one has expired
	for i := range all.Snapshot.Question.Certificates {
		all.Snapshot.Question.Certificates[i].Expired = true
	}
	b = newBench(t, normal)
	b.Show(all)
	widgettest.Press(t, b.canvas, "OK")
	b.answered(api.AnswerRequest{ID: "q7", Choice: tunnel.ChoiceOK, Certificate: "c1"})
}

// TestShowPassword: by mouse and by keyboard, and what was typed stays.
func TestShowPassword(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.NewPassword())
	first := b.entries()[0]
	test.Type(first, "s3cret")
	b.canvas.FocusNext()
	eye, ok := b.canvas.Focused().(*widgets.Button)
	if !ok {
		t.Fatalf("Tab goes from the password to %T", b.canvas.Focused())
	}
	widgettest.Key(t, b.canvas, fyne.KeySpace)
	if first.Password || b.canvas.Focused() != fyne.Focusable(first) || first.Text != "s3cret" {
		t.Errorf("hidden %v, with %q, the keyboard is at %T", first.Password, first.Text, b.canvas.Focused())
	}
	test.Tap(eye)
	if !first.Password {
		t.Error("it is not hidden again")
	}
}

// TestPaste: a password as it is, a code without the blanks that came along.
func TestPaste(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.Login())
	clip := fyne.CurrentApp().Clipboard()
	for i, text := range map[int]string{1: " pass word ", 2: " 123 456\t"} {
		clip.SetContent(text)
		b.entries()[i].TypedShortcut(&fyne.ShortcutPaste{Clipboard: clip})
	}
	widgettest.Press(t, b.canvas, "Log in")
	b.answered(api.AnswerRequest{ID: "q1", Choice: tunnel.ChoiceOK,
		Fields: map[string]string{"group_list": "staff", "username": "suzuki", "password": " pass word ", "answer": "123456"}})
}

// TestSecondRound: the answer brings another form, in which nothing of the
// first is left.
func TestSecondRound(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.LoginRefused())
	first := b.entries()
	test.Type(first[0], "suzuki")
	test.Type(first[1], "s3cret")
	widgettest.Press(t, b.canvas, "Log in")
	b.answered(api.AnswerRequest{ID: "q2", Choice: tunnel.ChoiceOK, Fields: map[string]string{"username": "suzuki", "password": "s3cret"}})
	between := uitest.LoginRefused()
	between.Snapshot.Question = nil
	b.Show(between)
	if b.Open() {
		t.Error("the first form stays")
	}
	b.Show(uitest.NewPassword())
	second := b.entries()
	if len(second) != 2 || second[0].Text+second[1].Text+first[0].Text+first[1].Text != "" || b.canvas.Focused() != fyne.Focusable(second[0]) {
		t.Errorf("the second form has %d fields and begins with %q", len(second), second[0].Text)
	}
	test.Type(second[0], "n3w")
	widgettest.Key(t, b.canvas, fyne.KeyReturn)
	test.Type(second[1], "n3w")
	widgettest.Key(t, b.canvas, fyne.KeyReturn)
	b.answered(api.AnswerRequest{ID: "q3", Choice: tunnel.ChoiceOK, Fields: map[string]string{"new": "n3w", "again": "n3w"}})
}

// TestAPressMeantForSomethingElse gives nothing away: what came by itself
// stands there for a moment first. No is taken at once.
func TestAPressMeantForSomethingElse(t *testing.T) {
	for button, state := range map[string]api.State{
		"Yes": uitest.Consent(api.ConsentConnect), "Continue": uitest.Untrusted(), "Always trust": uitest.Untrusted(),
	} {
		b := newBench(t, normal)
		b.Prompts.Show(state)
		b.now = b.now.Add(glance - 1)
		widgettest.Press(t, b.canvas, button)
		if len(b.allows)+len(b.answers) != 0 {
			t.Errorf("%s is taken before anybody can have read the question", button)
		}
		b.now = b.now.Add(1)
		widgettest.Press(t, b.canvas, button)
		if len(b.allows)+len(b.answers) != 1 {
			t.Errorf("%s is not taken afterwards", button)
		}
	}
	for button, state := range map[string]api.State{"No": uitest.Consent(api.ConsentConnect), "Cancel": uitest.Untrusted()} {
		b := newBench(t, normal)
		b.Prompts.Show(state)
		widgettest.Press(t, b.canvas, button)
		if len(b.allows)+len(b.answers) != 1 {
			t.Errorf("%s is not taken at once", button)
		}
	}
}
