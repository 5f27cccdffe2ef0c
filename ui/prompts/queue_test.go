package prompts

import (
	"errors"
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"torii/app/api"
	"torii/ui/uitest"
	"torii/ui/widgets/widgettest"
)

// shows wants exactly one sheet, with a heading; none for "".
func (b *bench) shows(heading string) {
	b.t.Helper()
	sheets := len(b.canvas.Overlays().List())
	if heading == "" {
		if sheets != 0 || b.Open() {
			b.t.Fatalf("%d sheets stand, the top one says %q", sheets, widgettest.Texts(b.canvas))
		}
		return
	}
	if sheets != 1 || widgettest.Texts(b.canvas)[0] != heading {
		b.t.Fatalf("%d sheets stand, the top one says %q, want %q", sheets, widgettest.Texts(b.canvas), heading)
	}
}

func (b *bench) confirm(title string) {
	b.Confirm(Confirmation{Title: title, Do: "Do it", Then: func() {}})
}

// both is a login under way and another program's request.
func both() api.State {
	s := uitest.LoginRefused()
	s.Consent = uitest.Consent(api.ConsentDisconnect).Consent
	return s
}

const (
	loginHeading   = "Log in to Tokyo HQ"
	consentHeading = "External Control"
)

// TestOneAfterTheOther: whatever is asked at the same time stands alone.
func TestOneAfterTheOther(t *testing.T) {
	b := newBench(t, normal)
	b.canvas.Focus(b.behind)
	b.confirm("First?")
	b.shows("First?")
	b.Show(both())
	b.shows("First?") // it is not taken from under the finger
	widgettest.Key(t, b.canvas, fyne.KeyEscape)
	b.shows(loginHeading)
	b.confirm("Second?")
	b.confirm("Third?")
	b.confirm("Second?") // nobody is asked twice
	b.shows(loginHeading)
	s := both()
	s.Snapshot.Question = nil
	b.Show(s)
	b.shows(consentHeading)
	b.Show(both()) // the next form of the login waits for the person, too
	b.shows(consentHeading)
	b.Show(uitest.LoginRefused())
	b.shows(loginHeading)
	b.Show(uitest.Connected())
	b.shows("Second?")
	widgettest.Press(t, b.canvas, "Do it")
	b.shows("Third?")
	widgettest.Press(t, b.canvas, "Cancel")
	b.shows("")
	if b.canvas.Focused() != fyne.Focusable(b.behind) {
		t.Error("the keyboard does not go back to where it was")
	}
}

// TestAnotherQuestionTakesThePlace of one that is over.
func TestAnotherQuestionTakesThePlace(t *testing.T) {
	b := newBench(t, normal)
	b.canvas.Focus(b.behind)
	b.Show(uitest.LoginRefused())
	b.Show(uitest.Banner())
	b.shows("Message from the gateway")
	b.Show(uitest.Consent(api.ConsentConnect))
	b.shows(consentHeading)
	b.Show(uitest.Consent(api.ConsentDisconnect))
	b.shows(consentHeading)
	if len(b.allows)+len(b.answers) != 0 {
		t.Error("somebody answered")
	}
	b.Close()
	b.shows("")
	if b.canvas.Focused() != fyne.Focusable(b.behind) {
		t.Error("the keyboard does not go back to where it was")
	}
}

// TestNothingStaysOfAQuestionThatIsGone: it timed out, or was answered
// elsewhere, half-way through.
func TestNothingStaysOfAQuestionThatIsGone(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.LoginRefused())
	fields := b.entries()
	test.Type(fields[0], "suzuki")
	test.Type(fields[1], "s3c")
	b.Show(uitest.Failed())
	b.shows("")
	for _, f := range fields {
		if f.Text != "" {
			t.Errorf("%q stays in a field", f.Text)
		}
	}
	b.Show(uitest.LoginRefused())
	for _, f := range b.entries() {
		if f.Text != "" {
			t.Errorf("the same form begins with %q", f.Text)
		}
	}

	// An answer that comes back when its prompt is gone says nothing on another.
	b.Show(uitest.Untrusted())
	widgettest.Press(t, b.canvas, "Continue")
	late := b.done[0]
	b.Show(uitest.Banner())
	late(errors.New("too late"))
	for _, text := range widgettest.Texts(b.canvas) {
		if text == "In words: too late" {
			t.Error("the banner says what came of another question")
		}
	}
}

// TestTheWindowDoesNotKeepTheAgentWaiting for ever.
func TestTheWindowDoesNotKeepTheAgentWaiting(t *testing.T) {
	for name, state := range map[string]api.State{
		loginHeading: uitest.LoginRefused(), consentHeading: uitest.Consent(api.ConsentConnect),
	} {
		b := newBench(t, normal)
		b.confirm("Sure?")
		b.now = b.now.Add(10 * patience)
		b.Tick()
		b.shows("Sure?") // nobody waits
		b.Prompts.Show(state)
		b.Tick()
		b.now = b.now.Add(patience - 1)
		b.Tick()
		b.shows("Sure?")
		b.now = b.now.Add(1)
		b.Tick()
		b.shows(name)
		b.now = b.now.Add(10 * patience) // the agent's own has the agent's time
		b.Tick()
		b.shows(name)
	}
	b := newBench(t, normal)
	b.confirm("Sure?")
	b.Show(uitest.LoginRefused())
	widgettest.Press(t, b.canvas, "Cancel")
	b.shows(loginHeading)
	b.now = b.now.Add(10 * patience)
	b.Tick()
	b.shows(loginHeading)
}

func TestFewConfirmationsWait(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.LoginRefused())
	for i := range 20 {
		b.confirm(fmt.Sprint("Sure ", i, "?"))
	}
	b.Show(uitest.Disconnected())
	for i := range mostWaiting {
		b.shows(fmt.Sprint("Sure ", i, "?"))
		widgettest.Key(t, b.canvas, fyne.KeyEscape)
	}
	b.shows("")
}

// TestTheWindowsNewestQuestion takes the place of the one before it.
func TestTheWindowsNewestQuestion(t *testing.T) {
	b := newBench(t, normal)
	b.confirm("Change?")
	b.confirm("Quit?")
	b.shows("Quit?")
	b.confirm("Quit?")
	widgettest.Key(t, b.canvas, fyne.KeyEscape)
	b.shows("")
	b.confirm("Change?")
	b.Show(uitest.LoginRefused())
	b.confirm("Quit?") // the agent has waited longer
	b.shows(loginHeading)
	b.Show(uitest.Disconnected())
	b.shows("Quit?")
}
