package about

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"torii/assets"
	"torii/ui/screens/screentest"
	"torii/ui/theme"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

// notes are Calls that write down what was asked of them.
type notes struct {
	copied   string
	returned int
}

func (n *notes) Copy(text string) { n.copied = text }
func (n *notes) Back()            { n.returned++ }

// bench is the screen in a window.
type bench struct {
	*About
	*notes
	window fyne.Window
}

func newBench(t *testing.T, mode theme.Mode, language string, size fyne.Size) *bench {
	t.Helper()
	b := &bench{notes: &notes{}}
	w, texts := screentest.Window(t, mode, language)
	b.window = w
	b.About = New(Deps{Texts: texts, Calls: b.notes, Canvas: w.Canvas(), Licences: assets.Licences(), Build: "1.0.0-12-gabc1234"})
	w.SetContent(b.Object())
	w.Resize(size)
	b.About.Show()
	return b
}

func english(t *testing.T) *bench { return newBench(t, theme.Light, "en", screentest.Normal) }

func TestSaysWhatItIs(t *testing.T) {
	b := english(t)
	screentest.Says(t, b.window.Canvas(), "Torii", "Version 1.0.0-12-gabc1234", "Guide", "Keyboard", "If you do not see the screen")
	b.FocusTarget().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if b.returned != 1 {
		t.Error("Esc does not go back")
	}
}

func TestNothingIsCutOrCovered(t *testing.T) {
	for _, size := range []fyne.Size{screentest.Normal, screentest.Small, screentest.Wide} {
		for _, language := range []string{"en", "ja-JP"} {
			t.Run(fmt.Sprintf("%s at %v", language, size.Width), func(t *testing.T) {
				b := newBench(t, theme.Light, language, size)
				if fault := widgettest.Overlaps(b.window.Canvas()); fault != "" {
					t.Error(fault)
				}
			})
		}
	}
}

func TestLicencesCanBeRead(t *testing.T) {
	b := english(t)
	c := b.window.Canvas()
	widgettest.Press(t, c, fmt.Sprintf("Show %d licences", len(assets.Licences())))
	rows := widgettest.All[*widgets.PressCard](c)
	if len(rows) != len(assets.Licences()) {
		t.Fatalf("%d rows for %d licences", len(rows), len(assets.Licences()))
	}
	test.Tap(rows[0])
	if texts := widgettest.Texts(c); !slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, "Apache License") }) {
		t.Errorf("it says %q", texts)
	}
	widgettest.Press(t, c, "Copy")
	if !strings.HasPrefix(b.copied, "Torii\n") || !strings.Contains(b.copied, assets.Licences()[0].Text) {
		t.Errorf("copied was %.80q", b.copied)
	}
	widgettest.Press(t, c, "Back")
	widgettest.Press(t, c, "Close")
	if c.Overlays().Top() != nil {
		t.Error("the list stays")
	}
}

func TestFlowing(t *testing.T) {
	long := strings.Repeat("word ", 12)
	for text, want := range map[string]string{
		"Title\n\n  " + long + "\n  end.\n": "Title\n\n" + strings.TrimSpace(long) + " end.\n",
		"Copyright A\nCopyright B":          "Copyright A\nCopyright B",
		long + "\n* an item":                strings.TrimSpace(long) + "\n* an item",
		long + "\n2. another":               strings.TrimSpace(long) + "\n2. another",
	} {
		if got := flowing(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestMarkup(t *testing.T) {
	b := english(t)
	test.AssertRendersToMarkup(t, "keyboard.xml", test.NewTempWindow(t, b.keyboard()).Canvas())
}

func TestHelp(t *testing.T) {
	for _, topic := range english(t).Help() {
		if len(topic.Text) < 20 || strings.HasPrefix(topic.Name, "about.") {
			t.Errorf("the help says %+v", topic)
		}
	}
}
