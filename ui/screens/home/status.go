package home

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"torii/tunnel"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// statusCard is the head of the screen: mark, state in words, steps, switch.
type statusCard struct {
	deps   Deps
	object fyne.CanvasObject

	mark       *widgets.Mark
	title, sub *widgets.Text
	steps      *widgets.Steps
	toggle     *widgets.Switch
}

const (
	markSize      float32 = 124
	markSizeSmall float32 = 84
)

func newStatusCard(deps Deps, pressed func()) *statusCard {
	c := &statusCard{
		deps:   deps,
		mark:   widgets.NewMark(markSize),
		title:  widgets.NewText(widgets.Look{Size: theme.SizeState, Bold: true, Align: fyne.TextAlignCenter}, ""),
		sub:    widgets.NewText(widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond, Align: fyne.TextAlignCenter}, ""),
		steps:  widgets.NewSteps(len(tunnel.Phases())),
		toggle: widgets.NewSwitch(pressed),
	}
	words := widgets.NewColumn(2, c.title, c.sub)
	steps := container.New(layout.NewCustomPaddedLayout(0, 0, 24, 24), c.steps)
	c.object = widgets.NewCard(widgets.NewColumn(theme.Between,
		container.NewCenter(c.mark), words, steps, container.NewCenter(c.toggle)))
	return c
}

func (c *statusCard) show(v view) {
	s := v.status(c.deps.Texts)
	c.mark.Set(s.mark)
	c.title.SetText(s.title)
	c.sub.SetText(s.sub)
	c.steps.Set(s.step)
	c.toggle.Set(s.stand)
	c.toggle.SetDisabled(s.dead)
}

// compact makes the mark smaller in a low window.
func (c *statusCard) compact(low bool) {
	if low {
		c.mark.SetDiameter(markSizeSmall)
	} else {
		c.mark.SetDiameter(markSize)
	}
}

// failureCard says what went wrong, why, and offers what helps.
type failureCard struct {
	deps            Deps
	object          *fyne.Container
	message, remedy *widgets.Text
	again, close    *widgets.Button
	check           *widgets.Button // looks at the server's certificate

	// noticeMessage and noticeRemedy are about a call of the person's.
	noticeMessage, noticeRemedy string
}

func newFailureCard(deps Deps) *failureCard {
	c := &failureCard{
		deps:    deps,
		message: widgets.NewText(widgets.Look{Bold: true}, ""),
		remedy:  widgets.NewText(widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond}, ""),
	}
	c.again = widgets.NewButton(widgets.Primary, deps.Texts.Text("home.failure.again"), "", deps.Actions.Connect)
	c.check = widgets.NewButton(widgets.Plain, deps.Texts.Text("home.failure.check"), "", deps.Actions.CheckCertificate)
	c.close = widgets.NewButton(widgets.Primary, deps.Texts.Text("home.failure.close"), "", deps.Actions.Close)
	ground := widgets.NewSurface()
	ground.SetLine(theme.ColorBad)
	words := widgets.NewColumn(theme.Tight, c.message, c.remedy)
	buttons := widgets.NewFlow(theme.Small, c.again, c.check, c.close)
	c.object = widgets.NewCardOn(ground, widgets.NewColumn(theme.Between, words, buttons))
	return c
}

// notice keeps what a call of the person's came to; "" forgets it.
func (c *failureCard) notice(message, remedy string) {
	c.noticeMessage, c.noticeRemedy = message, remedy
}

func (c *failureCard) show(v view) {
	message, remedy, again, check := c.noticeMessage, c.noticeRemedy, false, false
	failure := v.Snapshot.Error
	switch {
	case v.lost:
		message, remedy = c.deps.Texts.Text("home.lost.message"), c.deps.Texts.Text("home.lost.remedy")
	case failure != nil && v.state() != tunnel.StateDisconnected && !v.state().Up():
		message, remedy = failure.Message, failure.Remedy
		again = v.state() == tunnel.StateFailed
		check = again && ofCertificate(failure.Code) && v.saved(v.Current)
	}
	c.message.SetText(message)
	c.remedy.SetText(remedy)
	setVisible(c.remedy, remedy != "")
	setVisible(c.again, again)
	setVisible(c.check, check)
	setVisible(c.close, v.lost)
	setVisible(c.object, message != "")
}

// ofCertificate reports whether the certificate doctor can say more about a
// failure.
func ofCertificate(code tunnel.Code) bool {
	switch code {
	case tunnel.CodeServerCertificate, tunnel.CodeClientCertificate, tunnel.CodeTLS:
		return true
	}
	return false
}

// setVisible shows or hides an object.
func setVisible(o fyne.CanvasObject, visible bool) {
	if visible {
		o.Show()
	} else {
		o.Hide()
	}
}
