package widgets

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"torii/assets"
	"torii/ui/theme"
)

func TestTagHidesWithoutWords(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	tag := NewTag(theme.ColorTintNeutral, "")
	if tag.Object.Visible() {
		t.Error("a tag without words can be seen")
	}
	tag.Set(theme.ColorTintGood, "Connected")
	if !tag.Object.Visible() || tag.text.Text() != "Connected" || tag.ground.Fill != theme.ColorTintGood {
		t.Errorf("the tag says %q on %s", tag.text.Text(), tag.ground.Fill)
	}
	if least := tag.text.MinSize().Width; tag.Object.MinSize().Width <= least {
		t.Error("the words reach to the edge")
	}
}

func TestSmallMarkShowsTheState(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	mark := NewSmallMark(26)
	seen := map[string]assets.Mark{}
	for _, m := range assets.Marks() {
		mark.SetMark(m)
		if other, twice := seen[mark.name]; twice {
			t.Errorf("%s looks like %s", m, other)
		}
		seen[mark.name] = m
	}
	mark.SetMark(assets.MarkFailed)
	if mark.color != theme.ColorBad || mark.MinSize() != fyne.NewSquareSize(26) {
		t.Errorf("it is %s and %v", mark.color, mark.MinSize())
	}
}

func TestMiddleIsNeitherTooWideNorCut(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	text := NewText(Look{}, "A line that is long enough to be broken in a window that is as narrow as this one here.")
	for window, want := range map[float32]float32{360: 360 - 2*theme.Edge, 672: 640, 1200: 640} {
		middle := NewMiddle(text)
		middle.Resize(fyne.NewSize(window, 400))
		if got := text.Size().Width; got != want {
			t.Errorf("in %v the column is %v wide, want %v", window, got, want)
		}
		if left := text.Position().X; left != (window-want)/2 {
			t.Errorf("in %v it begins at %v", window, left)
		}
		if height := HeightOf(middle, window); height < text.HeightFor(want)+theme.Edge {
			t.Errorf("in %v it is %v high", window, height)
		}
	}
}
