package assets

import "embed"

//go:embed tray/*.png
var trayFiles embed.FS

// TraySize is the width and height of a tray icon in pixels. Panels are 22 to
// 48 pixels high and scale what they get; the tray's library sends one size
// only.
const TraySize = 64

// TrayEdge is the colour of the line around a mark in a panel. A panel may be
// light or dark and does not tell: on a dark one the mark itself stands out,
// and on a light one its edge does.
const TrayEdge = "#161D21"

// TrayColour is the colour of a mark in a panel, as "#RRGGBB".
func (m Mark) TrayColour() string {
	switch m {
	case MarkConnected:
		return "#45D093"
	case MarkNeeds:
		return "#FFC24D"
	case MarkFailed:
		return "#FF8A7D"
	default:
		return "#D3DADD"
	}
}

// Tray is the small mark as a PNG of TraySize for a panel. Each pixel is there
// or is not: the tray's library garbles the colour of what is half transparent
// (it takes the low byte of 16), and a panel smooths the edges when it scales.
// The files are drawn ahead from the SVG, so that the agent carries no SVG
// renderer: go test ./assets -run TestTrayIcons -update
func (m Mark) Tray() []byte {
	content, err := trayFiles.ReadFile("tray/" + string(m) + ".png")
	if err != nil {
		panic(err) // every mark has one, or the tests do not pass
	}
	return content
}
