package assets

import "embed"

//go:embed tray/*.png
var trayFiles embed.FS

// TraySize is the width and height of a tray icon in pixels. Panels are 22 to
// 48 pixels high and scale what they get; the tray's library sends one size
// only.
const TraySize = 64

// TrayColour is the colour of a mark in a panel, as "#RRGGBB". A panel may be
// light or dark and does not tell, so each colour lies between: its contrast
// to both grounds is over 3:1 (WCAG 2.1, 1.4.11).
func (m Mark) TrayColour() string {
	switch m {
	case MarkConnected:
		return "#1B8A57"
	case MarkNeeds:
		return "#B3761B"
	case MarkFailed:
		return "#D64A3A"
	default:
		return "#75828A"
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
