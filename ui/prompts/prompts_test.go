package prompts

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"torii/app/api"
	"torii/i18n"
	"torii/tunnel"
	"torii/ui/theme"
	"torii/ui/uitest"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

// bench is a window with prompts. An answer waits in answers until the test
// says what came of it.
type bench struct {
	*Prompts
	t       *testing.T
	canvas  fyne.Canvas
	behind  *widget.Button
	answers []api.AnswerRequest
	allows  []api.ConsentAnswer
	done    []func(error)
	now     time.Time
}

func newBench(t *testing.T, size fyne.Size) *bench {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	texts, err := i18n.New("en")
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, now: uitest.Now(), behind: widget.NewButton("behind", nil)}
	w := test.NewTempWindow(t, b.behind)
	w.SetPadded(false)
	w.Resize(size)
	b.canvas = w.Canvas()
	b.Prompts = New(Deps{
		Texts: texts, Canvas: b.canvas,
		Answer: func(answer api.AnswerRequest, done func(error)) {
			b.answers, b.done = append(b.answers, answer), append(b.done, done)
		},
		Allow: func(answer api.ConsentAnswer, done func(error)) {
			b.allows, b.done = append(b.allows, answer), append(b.done, done)
		},
		Explain: func(err error) string { return "In words: " + err.Error() },
		Now:     func() time.Time { return b.now },
	})
	return b
}

// Show shows a State and lets the person look at it.
func (b *bench) Show(state api.State) {
	b.Prompts.Show(state)
	b.now = b.now.Add(glance)
}

// answered takes the one answer that was given.
func (b *bench) answered(want api.AnswerRequest) {
	b.t.Helper()
	if len(b.answers) != 1 {
		b.t.Fatalf("%d answers were given: %+v", len(b.answers), b.answers)
	}
	got := b.answers[0]
	if got.ID != want.ID || got.Choice != want.Choice || got.Remember != want.Remember || got.Certificate != want.Certificate || !maps.Equal(got.Fields, want.Fields) {
		b.t.Errorf("the answer is %+v, want %+v", got, want)
	}
	b.answers = nil
}

// entries are the fields to type in.
func (b *bench) entries() []*widgets.Entry { return widgettest.All[*widgets.Entry](b.canvas) }

var normal = fyne.NewSize(420, 640)

func TestPrompts(t *testing.T) {
	for _, c := range uitest.Prompts() {
		t.Run(c.Name, func(t *testing.T) {
			b := newBench(t, normal)
			b.Show(c.State)
			test.AssertRendersToMarkup(t, c.Name+".xml", b.canvas)
		})
	}
}

func TestNothingIsCutOrCovered(t *testing.T) {
	for _, size := range []fyne.Size{normal, fyne.NewSize(900, 700)} {
		for _, c := range uitest.Prompts() {
			b := newBench(t, size)
			b.Show(c.State)
			if fault := widgettest.Overlaps(b.canvas); fault != "" {
				t.Errorf("%s at %v: %s", c.Name, size.Width, fault)
			}
		}
	}
}

func TestLoginByKeyboard(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.Login())
	fields := b.entries()
	if b.canvas.Focused() != fyne.Focusable(fields[1]) {
		t.Fatal("the first empty field, the password, does not have the keyboard")
	}
	test.Type(fields[1], "s3cret")
	widgettest.Key(t, b.canvas, fyne.KeyReturn)
	if b.canvas.Focused() != fyne.Focusable(fields[2]) {
		t.Fatal("Enter does not go on to the next empty field")
	}
	test.Type(fields[2], "123456")
	widgettest.Key(t, b.canvas, fyne.KeyReturn)
	b.answered(api.AnswerRequest{ID: "q1", Choice: tunnel.ChoiceOK,
		Fields: map[string]string{"group_list": "staff", "username": "suzuki", "password": "s3cret", "answer": "123456"}})

	// Until the agent has it, nothing can be pressed or typed.
	widgettest.Press(t, b.canvas, "Log in")
	if len(b.answers) != 0 || !fields[1].Disabled() {
		t.Error("the form can be sent twice")
	}
	state := uitest.Login()
	state.Snapshot.Question = nil
	b.Show(state)
	if b.Open() || b.canvas.Overlays().Top() != nil {
		t.Error("the prompt stays although its question is gone")
	}
	if fields[1].Text != "" {
		t.Error("the password stays in the field")
	}
}

func TestLoginByMouse(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.Login())
	test.Type(b.entries()[1], "pw")
	test.Tap(widgettest.Find(t, b.canvas, func(*widgets.Check) bool { return true }))
	widgettest.Press(t, b.canvas, "Log in")
	b.answered(api.AnswerRequest{ID: "q1", Choice: tunnel.ChoiceOK, Remember: true,
		Fields: map[string]string{"group_list": "staff", "username": "suzuki", "password": "pw", "answer": ""}})
}

func TestPasswordsAreHidden(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.Login())
	fields := b.entries()
	if fields[0].Password || !fields[1].Password || fields[2].Password {
		t.Error("not just the password is hidden")
	}
	b.Show(uitest.NewPassword())
	for _, f := range b.entries() {
		if !f.Password {
			t.Error("a new password is shown")
		}
	}
}

func TestGroupBringsAnotherForm(t *testing.T) {
	b := newBench(t, normal)
	state := uitest.LoginRefused()
	state.Snapshot.Question.Form.Fields = append(uitest.Login().Snapshot.Question.Form.Fields[:1:1], state.Snapshot.Question.Form.Fields...)
	b.Show(state)
	fields := b.entries()
	test.Type(fields[0], "suzuki")
	test.Type(fields[1], "s3cret")
	group := widgettest.Find(t, b.canvas, func(*widgets.Select) bool { return true })
	group.SetSelected("Staff")
	if len(b.answers) != 0 {
		t.Fatal("the group that is shown already is chosen anew")
	}
	group.SetSelected("Guests")
	b.answered(api.AnswerRequest{ID: "q2", Choice: tunnel.ChoiceOK, // and no password
		Fields: map[string]string{"group_list": "guests", "username": "suzuki"}})

	next := uitest.LoginRefused()
	next.Snapshot.Question.ID = "q2b"
	b.Show(next)
	if fields := b.entries(); fields[0].Text != "suzuki" || fields[1].Text != "" {
		t.Errorf("the new form begins with %q and %q", fields[0].Text, fields[1].Text)
	}
}

func TestRememberNeedsAKeyring(t *testing.T) {
	boxes := func(b *bench) int { return len(widgettest.All[*widgets.Check](b.canvas)) }
	b := newBench(t, normal)
	b.Show(uitest.LoginRefused())
	if boxes(b) != 0 || !slices.Contains(widgettest.Texts(b.canvas), "The password cannot be remembered: this computer has no keyring.") {
		t.Errorf("without a keyring there are %d boxes and %q", boxes(b), widgettest.Texts(b.canvas))
	}
	b.Show(uitest.NewPassword())
	if boxes(b) != 0 {
		t.Error("a password that is never stored can be remembered")
	}
	odd := uitest.LoginRefused()
	odd.KeyringError, odd.Snapshot.Question.ID = "frozen", "q2b"
	b.Show(odd)
	if !slices.Contains(widgettest.Texts(b.canvas), "The password cannot be remembered: the keyring does not answer.") {
		t.Errorf("an unknown reason is said as %q", widgettest.Texts(b.canvas))
	}
}

func TestTrustIsSafeByKeyboard(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.Untrusted())
	widgettest.Key(t, b.canvas, fyne.KeyReturn)
	b.answered(api.AnswerRequest{ID: "q5", Choice: tunnel.ChoiceCancel})
}

func TestTrustShowsTheCertificate(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.Untrusted())
	widgettest.Press(t, b.canvas, "View Details")
	texts := widgettest.Texts(b.canvas)
	for _, want := range []string{
		"CN=old.example.com,O=Example Corp,C=JP", "CN=Example Corp Internal CA,O=Example Corp,C=JP",
		"old.example.com, vpn-old.example.com", "2024-11-19 to 2026-11-19",
		"4F1A 9C00 77D2 4E31 B8A6 E5F0 C3D2 918A D4B7 725E 6F90 8172 6354 4536 2718 090A",
	} {
		if !slices.Contains(texts, want) {
			t.Errorf("the details do not say %q: %q", want, texts)
		}
	}
	widgettest.Press(t, b.canvas, "Hide Details")
	if len(widgettest.Texts(b.canvas)) >= len(texts) {
		t.Error("the details stay")
	}
}

func TestUnknownProblemIsSaid(t *testing.T) {
	b := newBench(t, normal)
	state := uitest.Untrusted()
	state.Snapshot.Question.Server.Problems = []string{"from-the-future"}
	b.Show(state)
	if !slices.Contains(widgettest.Texts(b.canvas), "The certificate has a problem: from-the-future.") {
		t.Errorf("it says %q", widgettest.Texts(b.canvas))
	}
}

func TestRefusedAnswerIsSaidAndCanBeGivenAgain(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.Untrusted())
	widgettest.Press(t, b.canvas, "Continue")
	b.answered(api.AnswerRequest{ID: "q5", Choice: tunnel.ChoiceContinue})
	b.done[0](errors.New("not allowed"))
	if !slices.Contains(widgettest.Texts(b.canvas), "In words: not allowed") {
		t.Errorf("it says %q", widgettest.Texts(b.canvas))
	}
	widgettest.Press(t, b.canvas, "Cancel")
	b.answered(api.AnswerRequest{ID: "q5", Choice: tunnel.ChoiceCancel})
}

func TestConfirm(t *testing.T) {
	b := newBench(t, normal)
	done := 0
	ask := func() {
		b.Confirm(Confirmation{Title: "Delete?", Message: "Really.", Do: "Delete", Then: func() { done++ }})
	}
	ask()
	widgettest.Key(t, b.canvas, fyne.KeyReturn) // the careless key
	if done != 0 || b.Open() {
		t.Error("Enter alone does what cannot be taken back")
	}
	ask()
	widgettest.Press(t, b.canvas, "Delete")
	if done != 1 || b.Open() {
		t.Errorf("done %d times, open %v", done, b.Open())
	}
}

// TestNameMismatchWithoutNames says what else the certificate calls itself.
func TestNameMismatchWithoutNames(t *testing.T) {
	texts, err := i18n.New("en")
	if err != nil {
		t.Fatal(err)
	}
	said := Problem(texts, "name-mismatch", &tunnel.ServerCertificate{Host: "vpn.example.com", Subject: "CN=lab.example.com"})
	if !strings.Contains(said, "CN=lab.example.com") {
		t.Errorf("it says %q", said)
	}
}
