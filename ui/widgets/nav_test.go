package widgets

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestNav(t *testing.T) {
	themedApp(t)
	var wanted []string
	n := NewNav([]Place{{"home", "home", "Home"}, {"list", "list", "Verbindungen und mehr"}}, func(name string) { wanted = append(wanted, name) })
	test.NewTempWindow(t, n)
	n.Resize(fyne.NewSize(160, n.Thickness()))
	n.Set("home")
	n.items[1].TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	test.Tap(n.items[0])
	if !slices.Equal(wanted, []string{"list", "home"}) || !n.items[0].chosen || n.items[1].chosen {
		t.Errorf("wanted were %q; chosen: %v, %v", wanted, n.items[0].chosen, n.items[1].chosen)
	}
	short, long := test.WidgetRenderer(n.items[0]).(*navItemRenderer).label, test.WidgetRenderer(n.items[1]).(*navItemRenderer).label
	if long.MinSize().Width > n.items[1].Size().Width || short.TextSize != long.TextSize {
		t.Errorf("the labels are %v and %v large; the long one is %v wide of %v", short.TextSize, long.TextSize, long.MinSize().Width, n.items[1].Size().Width)
	}
	if end := n.items[1].Position().X + n.items[1].Size().Width; end > 160.5 {
		t.Errorf("the bar ends at %v of 160", end)
	}
	if n.items[0].Position().Y != n.items[1].Position().Y {
		t.Error("in a bar the places do not stand beside each other")
	}
	n.SetRail(true)
	n.Resize(fyne.NewSize(n.Thickness(), 500))
	if n.items[0].Position().X != n.items[1].Position().X || n.items[1].Position().Y <= n.items[0].Position().Y {
		t.Error("in a rail the places do not stand below each other")
	}
}

func TestInfoButton(t *testing.T) {
	themedApp(t)
	pressed := 0
	b := NewInfoButton(func() { pressed++ })
	test.NewTempWindow(t, b).Canvas().Focus(b)
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	test.Tap(b)
	if pressed != 2 {
		t.Errorf("pressed %d times, want 2", pressed)
	}
}
