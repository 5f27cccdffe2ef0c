package widgets

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestToggleMovesOnlyWhenSet(t *testing.T) {
	themedApp(t)
	pressed := 0
	s := NewToggle(func() { pressed++ })
	test.NewTempWindow(t, s).Canvas().Focus(s)
	s.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	test.Tap(s)
	if pressed != 2 || s.On() {
		t.Errorf("pressed %d times, on: %v; want 2 and off", pressed, s.On())
	}
	knob := test.WidgetRenderer(s).(*toggleRenderer).knob
	off := knob.Position().X
	s.Set(true)
	if !s.On() || knob.Position().X <= off {
		t.Errorf("set to on it is %v, its knob at %v and before at %v", s.On(), knob.Position().X, off)
	}
	s.SetDisabled(true)
	test.Tap(s)
	if pressed != 2 {
		t.Error("it was pressed although it is disabled")
	}
}

func TestChooserSaysWhatIsWanted(t *testing.T) {
	themedApp(t)
	var wanted []string
	w := test.NewTempWindow(t, box(1, 1))
	c := NewChooser(w.Canvas(), []Option{{"a", "Ask"}, {"k", "Keep running"}}, func(v string) { wanted = append(wanted, v) })
	w.SetContent(c)
	c.Set("a")
	test.Tap(c)
	if w.Canvas().Overlays().Top() == nil {
		t.Fatal("no menu opened")
	}
	items := c.Menu()
	if !items[0].Checked || items[1].Checked {
		t.Error("the chosen option is not the one that is ticked")
	}
	items[1].Do()
	if !slices.Equal(wanted, []string{"k"}) || c.Label() != "Ask" {
		t.Errorf("wanted was %q, it shows %q", wanted, c.Label())
	}
	narrow := c.MinSize().Width
	c.Set("k")
	if c.Label() != "Keep running" || c.MinSize().Width <= narrow {
		t.Errorf("it shows %q, %v wide", c.Label(), c.MinSize().Width)
	}
	c.Set("from-the-future")
	if c.Label() != "from-the-future" {
		t.Errorf("a value without a label is shown as %q", c.Label())
	}
}

func TestSegments(t *testing.T) {
	themedApp(t)
	var chosen []string
	s := NewSegments([]Option{{"1", "1 min"}, {"10", "10 min"}, {"60", "1 h"}}, func(v string) { chosen = append(chosen, v) })
	test.NewTempWindow(t, s)
	s.Resize(fyne.NewSize(300, 32))
	s.Tapped(&fyne.PointEvent{Position: fyne.NewPos(150, 10)})
	for _, key := range []fyne.KeyName{fyne.KeyRight, fyne.KeyRight, fyne.KeyLeft, fyne.KeySpace, fyne.KeySpace} {
		s.TypedKey(&fyne.KeyEvent{Name: key})
	}
	if want := []string{"10", "60", "10", "60", "1"}; !slices.Equal(chosen, want) || s.Value() != "1" {
		t.Errorf("chosen were %q, now %q; want %q", chosen, s.Value(), want)
	}
	if NewSegments(nil, nil).Value() != "" {
		t.Error("a choice of nothing has a value")
	}
}

func TestHelpExplainsAndLeaves(t *testing.T) {
	themedApp(t)
	closed := 0
	h := NewHelp("Help", "Close", []Topic{{"The switch", "It connects."}}, func() { closed++ })
	w := test.NewTempWindow(t, box(1, 1))
	w.Resize(fyne.NewSize(360, 300))
	h.Open(w.Canvas())
	if w.Canvas().Overlays().Top() == nil {
		t.Fatal("nothing opened")
	}
	w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if w.Canvas().Overlays().Top() != nil || closed != 1 {
		t.Errorf("Esc does not close it (told %d times)", closed)
	}
}
