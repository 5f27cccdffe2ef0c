package widgets

import (
	"torii/assets"
	"torii/ui/theme"
)

// NewSmallMark makes the gate of the disconnected state for a line of a list,
// size pixels high and wide and without a circle around it.
func NewSmallMark(size float32) *Picture {
	p := &Picture{name: "small-" + string(assets.MarkDisconnected), svg: assets.MarkDisconnected.Small(), size: size, color: theme.ColorSecond}
	p.ExtendBaseWidget(p)
	return p
}

// SetMark changes the state that a small mark shows.
func (p *Picture) SetMark(mark assets.Mark) {
	color := theme.ColorSecond
	switch mark {
	case assets.MarkConnecting, assets.MarkNeeds:
		color = theme.ColorAttention
	case assets.MarkConnected:
		color = theme.ColorGood
	case assets.MarkFailed:
		color = theme.ColorBad
	}
	p.set("small-"+string(mark), mark.Small(), color)
}
