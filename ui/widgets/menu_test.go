package widgets

import (
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"torii/ui/theme"
)

func menuBench(t *testing.T) (*Menu, *Button, fyne.Canvas, *[]string) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	done := &[]string{}
	do := func(what string) func() { return func() { *done = append(*done, what) } }
	button := NewButton(Plain, "Menu", "", nil)
	w := test.NewTempWindow(t, button)
	w.Resize(fyne.NewSize(300, 300))
	w.Canvas().Focus(button)
	m := NewMenu([]MenuItem{{Label: "Never", Reason: "because it is not there"}, {Label: "Edit", Do: do("edit")},
		{Label: "Policy", Reason: "no"}, {Label: "Delete", Do: do("delete"), Apart: true}})
	m.Open(w.Canvas(), fyne.NewPos(290, 280))
	return m, button, w.Canvas(), done
}

func TestMenuByKeyboard(t *testing.T) {
	m, button, c, done := menuBench(t)
	press := func(names ...fyne.KeyName) {
		for _, name := range names {
			m.TypedKey(&fyne.KeyEvent{Name: name})
		}
	}
	if c.Focused() != fyne.Focusable(m) {
		t.Fatal("the menu has no keyboard")
	}
	press(fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn) // from Edit over Delete back to Edit
	if !slices.Equal(*done, []string{"edit"}) || c.Overlays().Top() != nil || c.Focused() != fyne.Focusable(button) {
		t.Errorf("done %q, overlay %v, focused %v", *done, c.Overlays().Top(), c.Focused())
	}
	m.Open(c, fyne.NewPos(290, 10))
	press(fyne.KeyUp, fyne.KeySpace)
	if !slices.Equal(*done, []string{"edit", "delete"}) {
		t.Errorf("done %q", *done)
	}
	m.Open(c, fyne.NewPos(290, 10))
	press(fyne.KeyEscape)
	if len(*done) != 2 || c.Overlays().Top() != nil {
		t.Errorf("Esc did %q and left %v", *done, c.Overlays().Top())
	}
}

func TestMenuByMouse(t *testing.T) {
	m, _, c, done := menuBench(t)
	test.Tap(m.lines[0])
	if len(*done) != 0 || c.Overlays().Top() == nil {
		t.Error("what cannot be done was done, or closed the menu")
	}
	m.lines[3].MouseIn(&desktop.MouseEvent{})
	if !m.lines[3].lit || m.lines[1].lit {
		t.Error("the mouse does not light its line")
	}
	test.Tap(m.lines[3])
	if !slices.Equal(*done, []string{"delete"}) {
		t.Errorf("done %q", *done)
	}
	m.Open(c, fyne.NewPos(100, 100))
	test.TapCanvas(c, fyne.NewPos(299, 2))
	if c.Overlays().Top() != nil {
		t.Error("a press beside the menu leaves it open")
	}
}

func TestMenuStaysInTheWindow(t *testing.T) {
	m, _, c, _ := menuBench(t)
	for i, at := range []fyne.Position{{X: 0, Y: 0}, {X: 300, Y: 300}, {X: 150, Y: 290}, {X: 10, Y: 10}} {
		m.place, m.right = at, i%2 == 0
		m.Refresh()
		card := test.WidgetRenderer(m).Objects()[0]
		p, s := card.Position(), card.Size()
		if p.X < 0 || p.Y < 0 || p.X+s.Width > c.Size().Width || p.Y+s.Height > c.Size().Height {
			t.Errorf("from %v it lies at %v with %v", at, p, s)
		}
	}
}

func TestListCard(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	var done []string
	c := NewListCard(NewText(Look{}, "Tokyo HQ"))
	c.OnTapped = func() { done = append(done, "choose") }
	c.OnOpened = func() { done = append(done, "open") }
	c.OnMenu = func(fyne.Position) { done = append(done, "menu") }
	w := test.NewTempWindow(t, c)
	w.Resize(fyne.NewSize(200, 80))
	test.Tap(c)
	test.DoubleTap(c)
	test.TapSecondary(c)
	for _, key := range []fyne.KeyName{fyne.KeySpace, fyne.KeyReturn, desktop.KeyMenu} {
		c.TypedKey(&fyne.KeyEvent{Name: key})
	}
	if want := []string{"choose", "open", "menu", "choose", "open", "menu"}; !slices.Equal(done, want) {
		t.Errorf("done %q, want %q", done, want)
	}
	c.SetDisabled(true)
	test.Tap(c)
	test.DoubleTap(c)
	test.TapSecondary(c)
	if len(done) != 6 {
		t.Errorf("a disabled card did %q", done[6:])
	}
}

// TestMenuThatDoesNotFit scrolls, and the keyboard begins at what is ticked.
func TestMenuThatDoesNotFit(t *testing.T) {
	_, button, c, _ := menuBench(t)
	c.Overlays().Top().(*Menu).Close()
	var items []MenuItem
	done := ""
	for i := range 40 {
		name := fmt.Sprint("Language ", i)
		items = append(items, MenuItem{Label: name, Checked: i == 30, Do: func() { done = name }})
	}
	m := NewMenu(items)
	m.OpenAcross(c, button)
	card := test.WidgetRenderer(m).Objects()[0]
	if top, below := card.Position().Y, c.Size().Height-card.Position().Y-card.Size().Height; top < menuMargin || below < menuMargin {
		t.Errorf("the card is %v from the top and %v from the bottom", top, below)
	}
	seen := func(line *menuLine) bool {
		y := line.Position().Y - m.scroll.Offset.Y
		return y >= 0 && y+line.Size().Height <= m.scroll.Size().Height
	}
	if m.at != 30 || !seen(m.lines[30]) {
		t.Errorf("the keyboard is on line %d, which is seen: %v", m.at, seen(m.lines[30]))
	}
	for range 35 {
		m.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
		if !seen(m.lines[m.at]) {
			t.Fatalf("line %d has the keyboard and is not seen", m.at)
		}
	}
	m.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if done != "Language 25" {
		t.Errorf("done was %q", done)
	}
}
