package prompts

import (
	"torii/ui/theme"
	"torii/ui/widgets"
)

// Confirmation is a question of the window with one thing to do about it.
type Confirmation struct {
	Title, Message string
	// Do names the button that does it.
	Do string
	// Then is called when that is pressed.
	Then func()
	// Else names a second thing that can be done, and Otherwise does it; "" for
	// none.
	Else      string
	Otherwise func()
}

// Confirm asks before something is done that cannot be taken back. Cancelling
// has the keyboard.
func (p *Prompts) Confirm(c Confirmation) {
	do := widgets.NewButton(widgets.Primary, c.Do, "", func() {
		p.closeOwn()
		c.Then()
	})
	cancel := widgets.NewButton(widgets.Plain, p.deps.Texts.Text("prompt.cancel"), "", p.closeOwn)
	do.OnEscape, cancel.OnEscape = p.closeOwn, p.closeOwn
	buttons := widgets.NewFlow(theme.Small, do, cancel)
	if c.Else != "" {
		other := widgets.NewButton(widgets.Plain, c.Else, "", func() {
			p.closeOwn()
			c.Otherwise()
		})
		other.OnEscape = p.closeOwn
		buttons = widgets.NewFlow(theme.Small, do, other, cancel)
	}
	p.openOwn(widgets.NewSheet(heading(c.Title), second(c.Message), buttons), cancel)
}
