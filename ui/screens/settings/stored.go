package settings

import (
	"slices"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// storedCard tells where things are kept.
type storedCard struct {
	deps     Deps
	relayout func()
	object   fyne.CanvasObject
	rows     map[string]*widgets.Fact
	divided  *widgets.Divided
	note     *widgets.Text
	asking   bool
}

// places are the facts of the system information that name a folder.
func places() []string { return []string{"config", "data", "state"} }

func newStoredCard(deps Deps, relayout func()) *storedCard {
	c := &storedCard{deps: deps, relayout: relayout, rows: map[string]*widgets.Fact{}}
	small := widgets.Look{Size: theme.SizeLabel, Color: theme.ColorSecond}
	var rows []fyne.CanvasObject
	for _, key := range places() {
		c.rows[key] = widgets.NewFact(deps.Texts.Text("system." + key))
		rows = append(rows, c.rows[key])
	}
	c.divided = widgets.NewDivided(8, rows...)
	c.note = widgets.NewText(small, deps.Texts.Text("settings.stored.wait"))
	about := widgets.NewText(small, deps.Texts.Text("settings.stored.text"))
	c.object = widgets.NewTitled(deps.Texts.Text("settings.group.stored"),
		widgets.NewCard(widgets.NewColumn(theme.Small, about, c.note, c.divided)))
	return c
}

// ask asks the agent where things are.
func (c *storedCard) ask() {
	if c.asking {
		return
	}
	c.asking = true
	c.deps.Calls.System(func(facts []api.Fact, err error) {
		c.asking = false
		if err != nil {
			say(c.note, c.deps.Explain(err))
			c.relayout()
			return
		}
		say(c.note, "")
		for _, f := range facts {
			if slices.Contains(places(), f.Key) {
				c.rows[f.Key].Set(f.Value)
			}
		}
		c.divided.Refresh()
		c.relayout()
	})
}
