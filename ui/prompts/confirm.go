package prompts

import (
	"slices"

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
// has the keyboard. It waits while the agent asks, and another question of the
// window gives way to it; what is asked or waits already is not asked twice.
func (p *Prompts) Confirm(c Confirmation) {
	same := func(other Confirmation) bool { return other.Title == c.Title && other.Message == c.Message }
	own := p.shown != nil && p.shown.asks != nil
	if slices.ContainsFunc(p.waiting, same) || own && same(*p.shown.asks) || len(p.waiting) == mostWaiting {
		return
	}
	if own {
		p.take()
	}
	p.waiting = append(p.waiting, c)
	p.next()
}

// confirmation makes the prompt of a question of the window.
func (p *Prompts) confirmation(c Confirmation) *prompt {
	made := newPrompt("")
	made.asks = &c
	leave := func(then func()) func() {
		return func() {
			p.take()
			then()
			p.next()
		}
	}
	made.escape = leave(func() {})
	do := made.button(widgets.Primary, c.Do, leave(c.Then))
	cancel := made.button(widgets.Plain, p.deps.Texts.Text("prompt.cancel"), made.escape)
	buttons := widgets.NewFlow(theme.Small, do, cancel)
	if c.Else != "" {
		buttons = widgets.NewFlow(theme.Small, do, made.button(widgets.Plain, c.Else, leave(c.Otherwise)), cancel)
	}
	made.sheet, made.first = widgets.NewSheet(heading(c.Title), second(c.Message), buttons), cancel
	return made
}
