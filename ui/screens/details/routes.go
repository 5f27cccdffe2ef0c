package details

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"torii/i18n"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// fewRoutes are shown on the card; more of them are a list of their own.
const fewRoutes = 8

// routesCard lists networks.
type routesCard struct {
	deps   Deps
	title  string
	object *fyne.Container
	list   *widgets.Text
	all    *widgets.Button
	foot   *fyne.Container // of all
	routes []string
	sheet  *widgets.Sheet
}

func newRoutesCard(deps Deps, title string) *routesCard {
	c := &routesCard{deps: deps, title: title, list: widgets.NewText(widgets.Look{Size: theme.SizeSecond, Mono: true}, "")}
	c.all = widgets.NewButton(widgets.Plain, "", "", c.open)
	c.foot = widgets.NewFlow(theme.Small, c.all)
	c.object = widgets.NewTitled(title, widgets.NewCard(widgets.NewColumn(theme.Small, c.list, c.foot)))
	return c
}

func (c *routesCard) show(routes []string) {
	setVisible(c.object, len(routes) > 0)
	if slices.Equal(routes, c.routes) {
		return
	}
	c.routes = routes
	c.list.SetText(strings.Join(routes[:min(fewRoutes, len(routes))], "\n"))
	c.all.SetText(c.deps.Texts.Text("details.routes.all", i18n.Values{"Count": len(routes)}))
	setVisible(c.foot, len(routes) > fewRoutes)
}

// open shows all of them. Only the rows in view are drawn: a gateway may name
// thousands.
func (c *routesCard) open() {
	routes := slices.Clone(c.routes)
	list := widget.NewList(func() int { return len(routes) },
		func() fyne.CanvasObject {
			return widgets.NewText(widgets.Look{Size: theme.SizeSecond, Mono: true, Single: true}, "")
		},
		func(i widget.ListItemID, o fyne.CanvasObject) { o.(*widgets.Text).SetText(routes[i]) })
	body := container.New(tall{height: 300}, list)
	t := c.deps.Texts
	shut := widgets.NewButton(widgets.Primary, t.Text("details.close"), "", func() { c.sheet.Close() })
	shut.OnEscape = shut.OnTapped
	take := widgets.NewButton(widgets.Plain, t.Text("details.copy.do"), "copy", func() { c.deps.Calls.Copy(strings.Join(routes, "\n") + "\n") })
	take.OnEscape = shut.OnTapped
	head := widgets.NewText(widgets.Look{Size: theme.SizeTitle, Bold: true}, c.title)
	c.sheet = widgets.NewSheet(head, body, widgets.NewFlow(theme.Small, shut, take))
	c.sheet.Open(c.deps.Canvas)
	c.deps.Canvas.Focus(shut)
}

// tall gives its one object a height.
type tall struct{ height float32 }

func (l tall) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(100, l.height) }

func (l tall) Layout(objects []fyne.CanvasObject, size fyne.Size) { objects[0].Resize(size) }
