// Package assets holds the pictures of Torii, drawn for it: the gate in its
// six states, the program's icon, and the small line icons of the window. All
// of them are SVG; those that take the colour of what surrounds them say
// currentColor. They are made of filled shapes only: the renderers at hand do
// not scale the width of a line with the picture.
package assets

import (
	"bytes"
	"embed"
	"fmt"
	"path"
	"strings"
)

//go:embed marks/*.svg small/*.svg icons/*.svg app.svg
var files embed.FS

// Mark is the gate in one state. The outline stands for outside, the solid
// gate for inside; what stands in the gate says the rest, so that no state is
// told by colour alone.
type Mark string

// The marks.
const (
	MarkDisconnected Mark = "disconnected" // outline, nothing in it
	MarkConnecting   Mark = "connecting"   // outline, three dots
	MarkConnected    Mark = "connected"    // solid, a tick
	MarkNeeds        Mark = "needs"        // solid, an exclamation mark: a person is asked
	MarkFailed       Mark = "failed"       // outline, a cross
	MarkPaused       Mark = "paused"       // outline, two bars
)

// Marks lists the marks.
func Marks() []Mark {
	return []Mark{MarkDisconnected, MarkConnecting, MarkConnected, MarkNeeds, MarkFailed, MarkPaused}
}

// SVG is the mark drawn for 32 pixels and more, in currentColor.
func (m Mark) SVG() []byte { return read("marks/" + string(m) + ".svg") }

// Small is the mark drawn for 16 to 24 pixels, in currentColor: a simpler gate
// with a taller sign.
func (m Mark) Small() []byte { return read("small/" + string(m) + ".svg") }

// App is the program's icon, in its own colours.
func App() []byte { return read("app.svg") }

// Icon is a line icon by its name (see Icons), in currentColor.
func Icon(name string) []byte { return read("icons/" + name + ".svg") }

// Icons lists the names of the line icons.
func Icons() []string {
	entries, err := files.ReadDir("icons")
	if err != nil {
		panic(fmt.Errorf("list the embedded icons: %w", err))
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = strings.TrimSuffix(path.Base(entry.Name()), ".svg")
	}
	return names
}

// Colour writes hex ("#1F5F8B") where an SVG says currentColor.
func Colour(svg []byte, hex string) []byte {
	return bytes.ReplaceAll(svg, []byte("currentColor"), []byte(hex))
}

// read returns an embedded file. A missing one is a mistake of the program
// that every test of its face would meet.
func read(name string) []byte {
	content, err := files.ReadFile(name)
	if err != nil {
		panic(fmt.Errorf("read an embedded picture: %w", err))
	}
	return content
}
