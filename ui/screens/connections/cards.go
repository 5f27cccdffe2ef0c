package connections

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"torii/i18n"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// notice is a card that says what went wrong; hidden without words.
type notice struct {
	object          fyne.CanvasObject
	message, remedy *widgets.Text
}

func newNotice() *notice {
	n := &notice{
		message: widgets.NewText(widgets.Look{Bold: true}, ""),
		remedy:  widgets.NewText(widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond}, ""),
	}
	ground := widgets.NewSurface()
	ground.SetLine(theme.ColorBad)
	n.object = widgets.NewCardOn(ground, widgets.NewColumn(theme.Tight, n.message, n.remedy))
	n.object.Hide()
	return n
}

func (n *notice) say(message, remedy string) {
	n.message.SetText(message)
	n.remedy.SetText(remedy)
	setVisible(n.remedy, remedy != "")
	setVisible(n.object, message != "")
}

// emptyCard invites to add the first connection.
type emptyCard struct {
	object fyne.CanvasObject
	add    *widgets.Button
}

func newEmptyCard(texts *i18n.Catalogue, add, guide func()) *emptyCard {
	center := widgets.Look{Size: theme.SizeTitle, Bold: true, Align: fyne.TextAlignCenter}
	second := widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond, Align: fyne.TextAlignCenter}
	button := widgets.NewButton(widgets.Primary, texts.Text("connections.empty.do"), "plus", add)
	card := widgets.NewCard(widgets.NewColumn(theme.Between,
		container.NewCenter(widgets.NewMark(84)),
		widgets.NewColumn(theme.Tight, widgets.NewText(center, texts.Text("connections.empty.title")),
			widgets.NewText(second, texts.Text("connections.empty.text"))),
		container.NewCenter(button), container.NewCenter(widgets.NewButton(widgets.Quiet, texts.Text("welcome.again"), "", guide))))
	card.Hide()
	return &emptyCard{object: card, add: button}
}
