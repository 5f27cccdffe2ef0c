package assets

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"testing"
)

func TestEveryPictureIsWellFormed(t *testing.T) {
	pictures := map[string][]byte{"app": App()}
	for _, m := range Marks() {
		pictures["mark "+string(m)] = m.SVG()
		pictures["small "+string(m)] = m.Small()
	}
	for _, name := range Icons() {
		pictures["icon "+name] = Icon(name)
	}
	for name, svg := range pictures {
		decoder := xml.NewDecoder(bytes.NewReader(svg))
		shapes := 0
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
			if start, ok := token.(xml.StartElement); ok && (start.Name.Local == "path" || start.Name.Local == "circle") {
				shapes++
			}
		}
		if bytes.Contains(svg, []byte("stroke")) {
			t.Errorf("%s has lines, whose width does not scale", name)
		}
		if shapes == 0 {
			t.Errorf("%s draws nothing", name)
		}
		if name != "app" && !bytes.Contains(svg, []byte("currentColor")) {
			t.Errorf("%s has a colour of its own, and so would not follow the theme", name)
		}
	}
}

func TestMarksDifferWithoutColour(t *testing.T) {
	seen := map[string]Mark{}
	for _, m := range Marks() {
		for _, svg := range [][]byte{m.SVG(), m.Small()} {
			if other, twice := seen[string(svg)]; twice {
				t.Errorf("%s looks like %s", m, other)
			}
			seen[string(svg)] = m
		}
	}
}

func TestColour(t *testing.T) {
	got := Colour(MarkConnected.SVG(), "#123456")
	if bytes.Contains(got, []byte("currentColor")) || !bytes.Contains(got, []byte("#123456")) {
		t.Errorf("the colour was not written: %s", got)
	}
}
