package welcome

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"torii/app/api"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// ways is the first step: how do you get in.
func (w *Welcome) ways() []fyne.CanvasObject {
	title := widgets.Look{Size: theme.SizeState, Bold: true, Align: fyne.TextAlignCenter}
	second := widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond, Align: fyne.TextAlignCenter}
	cards := []*widgets.PressCard{
		w.way("address", "list", func() { w.goTo(stepAddress) }), w.way("link", "copy", func() { w.goTo(stepLink) }),
		w.way("file", "down", func() { w.goTo(stepFile) }), w.way("practice", "play", w.practise),
	}
	w.first = cards[0]
	w.mark = container.NewCenter(widgets.NewMark(72))
	body := []fyne.CanvasObject{
		w.mark,
		widgets.NewColumn(theme.Tight, widgets.NewText(title, w.text("title")), widgets.NewText(second, w.text("about"))),
		w.trouble.object,
	}
	list := widgets.NewColumn(theme.Small)
	for _, card := range cards {
		list.Add(card)
	}
	return append(body, list, container.NewCenter(w.button(widgets.Quiet, w.text("skip"), "", w.Skip)))
}

// way is a card of one way in.
func (w *Welcome) way(name, icon string, press func()) *widgets.PressCard {
	words := widgets.NewColumn(1, widgets.NewText(widgets.Look{Bold: true}, w.text("way."+name+".name")),
		widgets.NewText(widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond}, w.text("way."+name+".about")))
	card := widgets.NewPressCard(widgets.NewRow(theme.Between, 1, widgets.NewIcon(icon, 20, theme.ColorAccent), words), func() {
		if !w.held {
			press()
		}
	})
	card.OnEscape = w.Back
	return card
}

// practise starts the practice gateway and connects to it: there is nothing to
// fill in.
func (w *Welcome) practise() {
	w.hold(true)
	w.deps.Call(api.MethodPractice, nil, nil, func(err error) {
		if err != nil {
			w.fail(err)
			return
		}
		w.finish(w.deps.Connect)
	})
}
