// Command empty is an empty window of the toolkit: what the bench measures the
// window of Torii against. An argument is the text of a label in it, plain and
// bold, for the fonts that any window in that language reads.
package main

import (
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

func main() {
	w := app.NewWithID("org.torii.Empty").NewWindow("Empty")
	if len(os.Args) > 1 {
		bold := widget.NewLabelWithStyle(os.Args[1], fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
		w.SetContent(container.NewVBox(widget.NewLabel(os.Args[1]), bold))
	}
	w.Resize(fyne.NewSize(420, 640))
	w.ShowAndRun()
}
