package window

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"torii/ui/widgets"
)

// objects are what stands on the top layer of the window, from the outside in.
func (b *bench) objects() []fyne.CanvasObject {
	root := b.window.Content()
	if top := b.window.Canvas().Overlays().Top(); top != nil {
		root = top
	}
	var all []fyne.CanvasObject
	var walk func(fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if o == nil || !o.Visible() {
			return
		}
		all = append(all, o)
		switch o := o.(type) {
		case *fyne.Container:
			for _, child := range o.Objects {
				walk(child)
			}
		case fyne.Widget:
			for _, child := range test.WidgetRenderer(o).Objects() {
				walk(child)
			}
		}
	}
	walk(root)
	return all
}

// find returns the first visible object of a type that is right.
func find[T fyne.CanvasObject](b *bench, right func(T) bool) T {
	b.t.Helper()
	for _, o := range b.objects() {
		if found, ok := o.(T); ok && right(found) {
			return found
		}
	}
	b.t.Fatal("there is no such object on the top layer")
	panic("unreachable")
}

// press presses the button with one of these texts.
func press(b *bench, texts ...string) {
	b.t.Helper()
	test.Tap(find(b, func(button *widgets.Button) bool { return slices.Contains(texts, button.Text()) }))
}
