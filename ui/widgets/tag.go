package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"torii/ui/theme"
)

// Tag is a word or two on a tinted ground. The words are in the text's colour,
// which can be read on every tint.
type Tag struct {
	// Object is what stands in a layout.
	Object *fyne.Container
	ground *Surface
	text   *Text
}

// NewTag makes a tag on a tint of the theme; without words it is hidden.
func NewTag(tint fyne.ThemeColorName, words string) *Tag {
	t := &Tag{
		ground: NewBlock(tint, 10),
		text:   NewText(Look{Size: theme.SizeLabel, Bold: true, Whole: true}, ""),
	}
	t.Object = container.NewStack(t.ground, container.New(layout.NewCustomPaddedLayout(2, 2, 8, 8), t.text))
	t.Set(tint, words)
	return t
}

// Set changes the tint and the words; "" hides the tag.
func (t *Tag) Set(tint fyne.ThemeColorName, words string) {
	t.ground.SetFill(tint)
	t.text.SetText(words)
	if words == "" {
		t.Object.Hide()
	} else {
		t.Object.Show()
	}
}
