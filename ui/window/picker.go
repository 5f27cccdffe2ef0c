package window

import (
	"reflect"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"torii/ui/theme"
)

// pickFile lets the person choose a file by the toolkit's own dialog, and calls
// done with its path.
func (w *Window) pickFile(done func(path string)) {
	d := dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
		if err != nil || file == nil {
			return
		}
		path := file.URI().Path()
		file.Close() // the agent reads it
		done(path)
	}, w.window)
	d.SetTitleText(w.texts.Text("toolkit.choose"))
	d.Show()
	w.picker = d
	d.SetOnClosed(func() { w.picker = nil })
	canvas := w.window.Canvas()
	d.Resize(canvas.Size().SubtractWidthHeight(2*theme.Edge, 2*theme.Edge)) // it has none before it is shown
	if top := canvas.Overlays().Top(); top != nil {
		top.Refresh() // into the middle again
	}
	if shown := onTop(canvas); shown != nil {
		w.teachPicker(shown.Content)
	}
}

// onTop is the pop-up that lies on top; nil where it is no pop-up. It is held
// by a type that the toolkit keeps to itself, but not what that holds.
func onTop(canvas fyne.Canvas) *widget.PopUp {
	holder := reflect.Indirect(reflect.ValueOf(canvas.Overlays().Top()))
	if holder.Kind() != reflect.Struct {
		return nil
	}
	content := holder.FieldByName("Content")
	if !content.IsValid() || !content.CanInterface() {
		return nil
	}
	shown, _ := content.Interface().(*widget.PopUp)
	return shown
}

// placeNames are the places that the dialog names in English whatever the
// toolkit's language is, with their keys in the catalogue.
func placeNames() map[string]string {
	return map[string]string{
		"Home": "toolkit.home", "Desktop": "toolkit.desktop", "Documents": "toolkit.documents", "Downloads": "toolkit.downloads",
		"Music": "toolkit.music", "Pictures": "toolkit.pictures", "Videos": "toolkit.videos", "Computer": "toolkit.computer",
		"App Files": "toolkit.app-files",
	}
}

// teachPicker names the places in the window's language, and takes away the
// button for a new folder: nobody chooses a file from one, and where it cannot
// be made the toolkit says so in English.
func (w *Window) teachPicker(o fyne.CanvasObject) {
	switch o := o.(type) {
	case *fyne.Container:
		for _, child := range o.Objects {
			w.teachPicker(child)
		}
	case *container.Split:
		w.teachPicker(o.Leading)
		w.teachPicker(o.Trailing)
	case *widget.Button:
		if folder := fynetheme.FolderNewIcon(); o.Icon != nil && o.Icon.Name() == folder.Name() {
			o.Hide()
		}
	case *widget.List:
		names, fill := placeNames(), o.UpdateItem
		o.UpdateItem = func(id widget.ListItemID, row fyne.CanvasObject) {
			fill(id, row)
			for _, child := range row.(*fyne.Container).Objects {
				if label, ok := child.(*widget.Label); ok && names[label.Text] != "" {
					label.SetText(w.texts.Text(names[label.Text]))
				}
			}
		}
		o.Refresh()
	}
}
