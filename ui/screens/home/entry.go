package home

import (
	"torii/app/api"
	"torii/i18n"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// entryCard names the active entry and opens the list of the others.
type entryCard struct {
	deps         Deps
	object       *widgets.PressCard
	icon         *widgets.Picture
	name, server *widgets.Text
	view         view
}

func newEntryCard(deps Deps) *entryCard {
	c := &entryCard{
		deps:   deps,
		icon:   widgets.NewIcon("shield", 20, theme.ColorSecond),
		name:   widgets.NewText(widgets.Look{Bold: true, Single: true}, ""),
		server: widgets.NewText(widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond, Single: true}, ""),
	}
	c.object = widgets.NewPressCard(widgets.NewRow(theme.Between, 1,
		c.icon, widgets.NewColumn(1, c.name, c.server), widgets.NewIcon("chevron", 18, theme.ColorSecond)), c.open)
	return c
}

func (c *entryCard) show(v view) {
	c.view = v
	name, address := c.deps.Texts.Text("home.entry.none"), c.deps.Texts.Text("home.entry.choose")
	if len(v.Entries) == 0 {
		address = c.deps.Texts.Text("home.entry.first")
	}
	if active, ok := v.active(); ok {
		name, address = active.Name, server(active)
	}
	color := theme.ColorSecond
	if v.up() {
		color = theme.ColorGood
		// What is connected may be another one, or one that is not saved.
		if v.Snapshot.Entry != "" && v.Snapshot.Entry != name {
			name, address = v.Snapshot.Entry, v.Snapshot.Gateway
		}
	}
	c.icon.SetColor(color)
	c.name.SetText(name)
	c.server.SetText(address)
	c.object.SetDisabled(v.lost || !v.known)
}

// open shows the list of entries below the card; with none, the editor.
func (c *entryCard) open() {
	if len(c.view.Entries) == 0 {
		c.deps.Actions.AddEntry()
		return
	}
	widgets.NewMenu(c.menu()).OpenAcross(c.deps.Canvas, c.object)
}

// menu lists the entries, with the active one ticked, and what can be done.
func (c *entryCard) menu() []widgets.MenuItem {
	var items []widgets.MenuItem
	for _, e := range c.view.Entries {
		items = append(items, widgets.MenuItem{Label: e.Name, Checked: e.ID == c.view.Active, Do: func() {
			if e.ID != c.view.Active {
				c.deps.Actions.ChooseEntry(e.ID)
			}
		}})
	}
	texts := c.deps.Texts
	items = append(items, widgets.MenuItem{Label: texts.Text("home.entry.add"), Do: c.deps.Actions.AddEntry, Apart: true})
	if active, ok := c.view.active(); ok && active.Origin == api.OriginUser {
		items = append(items, widgets.MenuItem{Label: texts.Text("home.entry.edit", i18n.Values{"Name": active.Name}),
			Do: func() { c.deps.Actions.EditEntry(active.ID) }})
	}
	return items
}
