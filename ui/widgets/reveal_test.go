package widgets

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"torii/ui/theme"
)

// TestTabNeverLeavesTheScreen walks by Tab through a page that is higher than
// the window, down and up again.
func TestTabNeverLeavesTheScreen(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	column := NewColumn(theme.Between)
	for range 10 {
		column.Add(NewCard(NewColumn(theme.Small, NewEntry(false), NewSelect([]Option{{"a", "a"}}, "a"))))
		column.Add(NewListCard(NewButton(Plain, "Button", "", nil)))
		column.Add(NewDivided(6, NewCheck("Check"), NewToggle(nil)))
	}
	w := test.NewTempWindow(t, NewPage(NewMiddle(column), fyne.NewSize(320, 200), nil))
	w.SetPadded(false)
	w.Resize(fyne.NewSize(360, 300))
	seen := func(step int) {
		o, ok := w.Canvas().Focused().(fyne.CanvasObject)
		if !ok {
			t.Fatalf("step %d: nothing has the keyboard", step)
		}
		top := fyne.CurrentApp().Driver().AbsolutePositionForObject(o).Y
		if bottom := top + o.Size().Height; top < 0 || bottom > 300 {
			t.Fatalf("step %d: %T lies from %v to %v", step, o, top, bottom)
		}
	}
	for i := range 60 {
		w.Canvas().FocusNext()
		seen(i)
	}
	for i := range 59 {
		w.Canvas().FocusPrevious()
		seen(-i)
	}
}

func TestRevealLeavesAloneWhatIsSeen(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	first, last := NewButton(Plain, "First", "", nil), NewButton(Plain, "Last", "", nil)
	page := NewPage(NewColumn(500, first, last), fyne.NewSize(100, 100), nil)
	w := test.NewTempWindow(t, page)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(200, 200))
	Reveal(w.Canvas(), first)
	if page.scroll.Offset.Y != 0 {
		t.Errorf("it scrolled to %v", page.scroll.Offset)
	}
	Reveal(w.Canvas(), last)
	if page.scroll.Offset.Y == 0 {
		t.Error("it did not scroll")
	}
	Reveal(w.Canvas(), NewButton(Plain, "Elsewhere", "", nil)) // no part of the window
}
