package widgets

import (
	"fyne.io/fyne/v2"

	"torii/ui/theme"
)

// Topic explains one thing that a person sees.
type Topic struct{ Name, Text string }

// Help is a sheet that explains what is in view.
type Help struct {
	sheet *Sheet
	close *Button
}

// NewHelp makes the sheet. closeText is what its button says.
func NewHelp(title, closeText string, topics []Topic, closed func()) *Help {
	h := &Help{}
	var rows []fyne.CanvasObject
	for _, t := range topics {
		rows = append(rows, NewColumn(2, NewText(Look{Bold: true}, t.Name), NewText(Look{Size: theme.SizeSecond, Color: theme.ColorSecond}, t.Text)))
	}
	h.close = NewButton(Primary, closeText, "", func() { h.Close(); closed() })
	h.close.OnEscape = h.close.OnTapped
	head := NewText(Look{Size: theme.SizeTitle, Bold: true}, title)
	h.sheet = NewSheet(head, NewColumn(theme.Between, rows...), NewFlow(theme.Small, h.close))
	return h
}

// Open lays the sheet over a canvas and gives its button the keyboard.
func (h *Help) Open(c fyne.Canvas) {
	h.sheet.Open(c)
	c.Focus(h.close)
}

// Close takes the sheet away.
func (h *Help) Close() { h.sheet.Close() }
