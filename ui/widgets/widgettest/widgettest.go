// Package widgettest finds and presses what stands in a window, the way a
// person does: only what is visible, and only on the top layer. Only tests
// import it.
package widgettest

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"torii/ui/widgets"
)

// Objects are what is visible on the top layer of a canvas, from the outside in.
func Objects(c fyne.Canvas) []fyne.CanvasObject {
	root := c.Content()
	if top := c.Overlays().Top(); top != nil {
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

// All are the visible objects of a type.
func All[T fyne.CanvasObject](c fyne.Canvas) []T {
	var all []T
	for _, o := range Objects(c) {
		if found, ok := o.(T); ok {
			all = append(all, found)
		}
	}
	return all
}

// Find is the first visible object of a type that is right.
func Find[T fyne.CanvasObject](t testing.TB, c fyne.Canvas, right func(T) bool) T {
	t.Helper()
	all := All[T](c)
	at := slices.IndexFunc(all, right)
	if at < 0 {
		t.Fatalf("there is no such %T; the window says %q", *new(T), Texts(c))
	}
	return all[at]
}

// Press presses the button that has one of these texts.
func Press(t testing.TB, c fyne.Canvas, texts ...string) {
	t.Helper()
	test.Tap(Find(t, c, func(b *widgets.Button) bool { return slices.Contains(texts, b.Text()) }))
}

// Texts are the texts that can be read, buttons included.
func Texts(c fyne.Canvas) []string {
	var all []string
	for _, o := range Objects(c) {
		switch o := o.(type) {
		case *widgets.Text:
			all = append(all, o.Text())
		case *widgets.Button:
			all = append(all, o.Text())
		}
	}
	return all
}

// Key presses a key on what has the keyboard.
func Key(t testing.TB, c fyne.Canvas, name fyne.KeyName) {
	t.Helper()
	focused := c.Focused()
	if focused == nil {
		t.Fatalf("nothing has the keyboard for %s", name)
	}
	focused.TypedKey(&fyne.KeyEvent{Name: name})
}

// Overlaps returns two lines of visible text that lie over each other, or
// reach outside the width of the canvas; "" where there are none.
func Overlaps(c fyne.Canvas) string {
	type box struct {
		text string
		at   fyne.Position
		size fyne.Size
	}
	var boxes []box
	for _, o := range Objects(c) {
		if text, ok := o.(*canvas.Text); ok && text.Text != "" {
			at := fyne.CurrentApp().Driver().AbsolutePositionForObject(text)
			size := text.MinSize()
			switch text.Alignment {
			case fyne.TextAlignCenter:
				at.X += (text.Size().Width - size.Width) / 2
			case fyne.TextAlignTrailing:
				at.X += text.Size().Width - size.Width
			}
			boxes = append(boxes, box{text.Text, at, size})
		}
	}
	const slack = 1
	for i, a := range boxes {
		if a.at.X < -slack || a.at.X+a.size.Width > c.Size().Width+slack {
			return a.text + " reaches out of the window"
		}
		for _, b := range boxes[i+1:] {
			if a.at.X+slack < b.at.X+b.size.Width && b.at.X+slack < a.at.X+a.size.Width &&
				a.at.Y+slack < b.at.Y+b.size.Height && b.at.Y+slack < a.at.Y+a.size.Height {
				return a.text + " lies over " + b.text
			}
		}
	}
	return ""
}
