package details

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
	list   *fyne.Container
	shown  []tunnel.Note
}

func newNotesCard(deps Deps) *notesCard {
	c := &notesCard{list: widgets.NewColumn(theme.Small)}
	c.object = widgets.NewTitled(deps.Texts.Text("details.notes"), widgets.NewCard(c.list))
	c.object.Hide()
	return c
}

func (c *notesCard) show(notes []tunnel.Note) {
	setVisible(c.object, len(notes) > 0)
	if slices.Equal(notes, c.shown) {
		return
	}
	c.shown = notes
	c.list.Objects = nil
	for _, n := range notes {
		icon := widgets.NewIcon("info", 18, theme.ColorSecond)
		if n.Serious {
			icon = widgets.NewIcon("warning", 18, theme.ColorBad)
		}
		c.list.Add(widgets.NewTopRow(theme.Small, 1, icon, widgets.NewText(widgets.Look{Size: theme.SizeSecond, Bold: n.Serious}, n.Message)))
	}
	c.list.Refresh()
}
