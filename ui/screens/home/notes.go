package home

import (
	"slices"

	"fyne.io/fyne/v2"

	"torii/tunnel"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// notesCard says what a person should know of the connection, and what stops
// nothing: how its server was trusted.
type notesCard struct {
	object *fyne.Container
	ground *widgets.Surface
	list   *fyne.Container
	shown  []tunnel.Note
}

func newNotesCard() *notesCard {
	c := &notesCard{ground: widgets.NewSurface(), list: widgets.NewColumn(theme.Small)}
	c.object = widgets.NewCardOn(c.ground, c.list)
	c.object.Hide()
	return c
}

func (c *notesCard) show(v view) {
	var notes []tunnel.Note
	if v.known && !v.lost {
		notes = v.Snapshot.Notes
	}
	setVisible(c.object, len(notes) > 0)
	if slices.Equal(notes, c.shown) {
		return
	}
	c.shown = notes
	line := theme.ColorLine
	c.list.Objects = nil
	for _, n := range notes {
		icon, look := widgets.NewIcon("info", 18, theme.ColorSecond), widgets.Look{Size: theme.SizeSecond}
		if n.Serious {
			icon, line, look.Bold = widgets.NewIcon("warning", 18, theme.ColorBad), theme.ColorBad, true
		}
		c.list.Add(widgets.NewTopRow(theme.Small, 1, icon, widgets.NewText(look, n.Message)))
	}
	c.ground.SetLine(line)
	c.list.Refresh()
}
