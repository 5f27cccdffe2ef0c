package widgets

import (
	"image"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"torii/assets"
	"torii/ui/theme"
)

func themedApp(t *testing.T) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
}

// box is an object of one size.
func box(width, height float32) fyne.CanvasObject {
	r := canvas.NewRectangle(nil)
	r.SetMinSize(fyne.NewSize(width, height))
	return r
}

func TestColumnAsksForAHeightAtAWidth(t *testing.T) {
	themedApp(t)
	text := NewText(Look{}, "These words need several lines where there is little room for them.")
	column := NewColumn(10, text, box(20, 30))
	wide, narrow := HeightOf(column, 2000), HeightOf(column, 120)
	if line := text.measure("Ég").Height; wide != line+10+30 {
		t.Errorf("on one line the column is %v high, want %v", wide, line+40)
	}
	if narrow < wide+2*text.measure("Ég").Height {
		t.Errorf("a narrow column is %v high, a wide one %v", narrow, wide)
	}
	card := NewCard(column)
	if got, want := HeightOf(card, 120+2*theme.Inside), narrow+2*theme.Inside; got != want {
		t.Errorf("the card is %v high, want %v", got, want)
	}
	text.Hide()
	if got := HeightOf(column, 120); got != 30 {
		t.Errorf("with the text hidden the column is %v high, want 30", got)
	}
}

func TestRowGivesTheRestToOne(t *testing.T) {
	themedApp(t)
	a, b, c := box(20, 10), box(1, 40), box(30, 20)
	row := NewRow(5, 1, a, b, c)
	row.Resize(fyne.NewSize(200, 40))
	if got := b.Size().Width; got != 200-20-30-2*5 {
		t.Errorf("the middle is %v wide", got)
	}
	if a.Position().Y != 15 || c.Position().X != 170 {
		t.Errorf("the left is at %v, the right at %v", a.Position(), c.Position())
	}
	top := NewTopRow(5, 1, a, b, c)
	top.Resize(fyne.NewSize(200, 40))
	if a.Position().Y != 0 {
		t.Errorf("in a top row the left is at %v", a.Position())
	}
}

func TestFlowGoesOnBelow(t *testing.T) {
	themedApp(t)
	a, b, c := box(60, 20), box(60, 30), box(60, 20)
	flow := NewFlow(10, a, b, c)
	if got := HeightOf(flow, 200); got != 30 {
		t.Errorf("in one line the flow is %v high, want 30", got)
	}
	if got := HeightOf(flow, 130); got != 30+10+20 {
		t.Errorf("in two lines the flow is %v high, want 60", got)
	}
	flow.Resize(fyne.NewSize(130, 60))
	if a.Position() != fyne.NewPos(0, 5) || c.Position() != fyne.NewPos(0, 40) {
		t.Errorf("the first is at %v, the third at %v", a.Position(), c.Position())
	}
}

func TestPagesContentGetsWidthAndHeight(t *testing.T) {
	themedApp(t)
	text := NewText(Look{}, "These words need several lines where there is little room for them.")
	var told fyne.Size
	page := NewPage(NewColumn(0, text, box(10, 500)), fyne.NewSize(50, 50), func(s fyne.Size) { told = s })
	w := test.NewTempWindow(t, page)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(150, 200))
	if told.Width != 150 {
		t.Errorf("the page was told of %v", told)
	}
	if text.Size().Width != 150 || text.Size().Height < 2*text.measure("Ég").Height {
		t.Errorf("the text has %v", text.Size())
	}
	if page.scroll.Content.Size().Height < 500 {
		t.Errorf("the content is %v", page.scroll.Content.Size())
	}
}

func TestSwitch(t *testing.T) {
	themedApp(t)
	pressed := 0
	s := NewSwitch(func() { pressed++ })
	w := test.NewTempWindow(t, s)
	if got := s.MinSize(); got != fyne.NewSize(84, 44) {
		t.Errorf("it is %v", got)
	}
	test.Tap(s)
	if pressed != 1 || s.Stands() != Off {
		t.Errorf("pressed %d times, stands %v: a press alone must not move it", pressed, s.Stands())
	}
	for _, stand := range []Stand{Middle, On, Off, On, Middle} {
		s.Set(stand)
		if s.Stands() != stand || s.at != float32(stand)/2 {
			t.Errorf("set to %v it stands %v, the knob at %v", stand, s.Stands(), s.at)
		}
	}
	w.Canvas().Focus(s)
	s.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	s.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.TypedKey(&fyne.KeyEvent{Name: fyne.KeyA})
	if pressed != 3 {
		t.Errorf("by keyboard it was pressed %d times, want 2", pressed-1)
	}
	s.SetDisabled(true)
	test.Tap(s)
	if pressed != 3 {
		t.Error("it was pressed although it is disabled")
	}
}

func TestButtonKeys(t *testing.T) {
	themedApp(t)
	pressed, escaped := 0, 0
	b := NewButton(Primary, "Log in", "", func() { pressed++ })
	b.OnEscape = func() { escaped++ }
	test.NewTempWindow(t, b).Canvas().Focus(b)
	if !b.Focused() {
		t.Error("it does not take the keyboard")
	}
	for _, key := range []fyne.KeyName{fyne.KeyEnter, fyne.KeyEscape, fyne.KeySpace} {
		b.TypedKey(&fyne.KeyEvent{Name: key})
	}
	if pressed != 2 || escaped != 1 {
		t.Errorf("pressed %d, escaped %d", pressed, escaped)
	}
	if plain, long := NewButton(Plain, "a", "", nil).MinSize(), NewButton(Plain, "a long text", "copy", nil).MinSize(); long.Width <= plain.Width {
		t.Errorf("a long text makes no wider button: %v, %v", long, plain)
	}
}

func TestSelectTellsEqualLabelsApart(t *testing.T) {
	themedApp(t)
	var chosen []string
	s := NewSelect([]Option{{"a", "Staff"}, {"b", "Staff"}, {"c", ""}}, "b")
	s.OnChosen = func(value string) { chosen = append(chosen, value) }
	if s.Value() != "b" {
		t.Errorf("%q is chosen, want b", s.Value())
	}
	for _, label := range s.Options {
		s.SetSelected(label)
	}
	if !slices.Equal(chosen, []string{"a", "b", "c"}) {
		t.Errorf("chosen were %q from %q", chosen, s.Options)
	}
	if NewSelect(nil, "x").Value() != "" {
		t.Error("a choice of nothing has a value")
	}
}

func TestEscapeLeavesFields(t *testing.T) {
	themedApp(t)
	escaped := 0
	leave := func() { escaped++ }
	e, s, c := NewEntry(false), NewSelect([]Option{{"a", "A"}}, "a"), NewCheck("keep")
	e.OnEscape, s.OnEscape, c.OnEscape = leave, leave, leave
	test.NewTempWindow(t, NewColumn(0, e, s, c))
	for _, field := range []fyne.Focusable{e, s, c} {
		field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	}
	if escaped != 3 {
		t.Errorf("Esc left %d of 3 fields", escaped)
	}
}

// inked are the rows of a column of pixels that the line touches.
func inked(picture image.Image, x int) (top, bottom int) {
	top = -1
	for y := range picture.Bounds().Dy() {
		if _, _, _, a := picture.At(x, y).RGBA(); a > 0x8000 {
			if top < 0 {
				top = y
			}
			bottom = y
		}
	}
	return top, bottom
}

func TestSparklineDrawsItsValues(t *testing.T) {
	themedApp(t)
	s := NewSparkline(3)
	r := s.CreateRenderer().(*sparklineRenderer)
	if top, _ := inked(r.draw(100, 50), 50); top < 45 {
		t.Errorf("without values the line is at row %d, want the bottom", top)
	}
	for _, v := range []float64{9, 0, 10, 0} { // the first one falls out
		s.Add(v)
	}
	picture := r.draw(101, 50)
	left, _ := inked(picture, 0)
	middle, _ := inked(picture, 50)
	_, right := inked(picture, 100)
	if left < 40 || middle > 5 || right < 45 {
		t.Errorf("the line is at rows %d, %d, %d; want bottom, top, bottom", left, middle, right)
	}
	s.Clear()
	if len(s.values) != 0 {
		t.Error("it does not forget")
	}
}

func TestMarkHasAPictureForEachState(t *testing.T) {
	themedApp(t)
	m := NewMark(100)
	test.NewTempWindow(t, m)
	seen := map[string]bool{}
	for _, mark := range assets.Marks() {
		m.Set(mark)
		image := test.WidgetRenderer(m.picture).(*pictureRenderer).image
		seen[image.Resource.Name()] = true
	}
	if len(seen) != len(assets.Marks()) {
		t.Errorf("there are %d pictures for %d marks: %v", len(seen), len(assets.Marks()), seen)
	}
}

func TestSheetKeepsItsFootInALowWindow(t *testing.T) {
	themedApp(t)
	head, foot := box(10, 20), box(10, 40)
	sheet := NewSheet(head, box(10, 2000), foot)
	w := test.NewTempWindow(t, box(10, 10))
	w.Resize(fyne.NewSize(360, 300))
	sheet.Open(w.Canvas())
	if w.Canvas().Overlays().Top() != fyne.CanvasObject(sheet) {
		t.Fatal("the sheet does not stand on top")
	}
	bottom := foot.Position().Y + foot.Size().Height
	if bottom > 300 || foot.Position().Y < head.Position().Y+20 {
		t.Errorf("the foot ends at %v of 300", bottom)
	}
	sheet.Close()
	if w.Canvas().Overlays().Top() != nil {
		t.Error("the sheet stays")
	}
}
