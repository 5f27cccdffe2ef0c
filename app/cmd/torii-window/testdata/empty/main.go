// Command empty is an empty window of the toolkit: what the bench measures the
// window of Torii against.
package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
)

func main() {
	w := app.NewWithID("org.torii.Empty").NewWindow("Empty")
	w.Resize(fyne.NewSize(420, 640))
	w.ShowAndRun()
}
