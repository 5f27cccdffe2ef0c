package widgets

import (
	"image"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestGraphDrawsBothRowsOnOneScale(t *testing.T) {
	themedApp(t)
	g := NewGraph(50)
	g.Set([]float64{0, 10, 0}, []float64{0, 5, 0})
	if g.Top() != 10 {
		t.Errorf("the upper edge is %v, want 10", g.Top())
	}
	r := test.WidgetRenderer(g).(*graphRenderer)
	picture := r.draw(101, 50)
	// In the middle the first row is at the top; the second one runs half-way.
	if c := picture.At(50, 1); c != r.ink {
		t.Errorf("at the top there is %v, want the line %v", c, r.ink)
	}
	if n := count(picture, r.dotted.R, r.dotted.G, r.dotted.B); n < 20 {
		t.Errorf("%d pixels of the second row", n)
	}
	g.Set(nil, nil)
	empty := r.draw(101, 50)
	if n := count(empty, r.ink.R, r.ink.G, r.ink.B); n != 0 {
		t.Errorf("without values %d pixels are drawn", n)
	}
}

// count counts the pixels of a colour.
func count(picture image.Image, r, g, b uint8) int {
	n := 0
	bounds := picture.Bounds()
	for x := range bounds.Dx() {
		for y := range bounds.Dy() {
			pr, pg, pb, _ := picture.At(x, y).RGBA()
			if uint8(pr>>8) == r && uint8(pg>>8) == g && uint8(pb>>8) == b {
				n++
			}
		}
	}
	return n
}

func TestDividedHasLinesBetweenWhatIsVisible(t *testing.T) {
	themedApp(t)
	a, b, c := box(10, 20), box(10, 30), box(10, 40)
	d := NewDivided(5, a, b, c)
	d.Resize(fyne.NewSize(100, 200))
	if got := HeightOf(d, 100); got != 20+11+30+11+40 {
		t.Errorf("it is %v high", got)
	}
	b.Hide()
	d.Refresh()
	if got := HeightOf(d, 100); got != 20+11+40 {
		t.Errorf("without the middle one it is %v high", got)
	}
	lines := 0
	for _, l := range test.WidgetRenderer(d).(*dividedRenderer).lines {
		if l.Visible() {
			lines++
		}
	}
	if lines != 1 || c.Position().Y != 31 {
		t.Errorf("%d lines, the last one at %v", lines, c.Position().Y)
	}
}

func TestFactGoesBelowWhereItDoesNotFit(t *testing.T) {
	themedApp(t)
	f := NewFact("A label that takes room")
	if f.Visible() {
		t.Error("a fact without a value is shown")
	}
	f.Set("value")
	line := f.label.measure("Ég").Height
	if got := HeightOf(f, 400); got != line {
		t.Errorf("beside each other it is %v high, want %v", got, line)
	}
	f.Set("a value that is much longer than the room beside its label")
	if got := HeightOf(f, 180); got < 2*line {
		t.Errorf("below each other it is %v high", got)
	}
	f.Resize(fyne.NewSize(180, HeightOf(f, 180)))
	test.WidgetRenderer(f)
	if f.value.Position().Y < line {
		t.Errorf("the value is at %v", f.value.Position())
	}
	f.Set("")
	if f.Visible() {
		t.Error("a fact without a value stays")
	}
}

func TestBoardHasTwoColumnsInAWideWindow(t *testing.T) {
	themedApp(t)
	head, left, right := box(10, 20), box(10, 100), box(10, 200)
	b := NewBoard(head, left, right)
	b.Resize(fyne.NewSize(420, 640))
	if left.Position().X != right.Position().X || right.Position().Y <= left.Position().Y {
		t.Errorf("in a narrow window they are at %v and %v", left.Position(), right.Position())
	}
	narrow := HeightOf(b, 420)
	b.Resize(fyne.NewSize(900, 640))
	if left.Position().Y != right.Position().Y || right.Position().X <= left.Position().X {
		t.Errorf("in a wide window they are at %v and %v", left.Position(), right.Position())
	}
	if wide := HeightOf(b, 900); wide >= narrow {
		t.Errorf("wide it is %v high, narrow %v", wide, narrow)
	}
}
