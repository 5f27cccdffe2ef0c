package theme

import (
	"bytes"
	"encoding/binary"
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
)

var out = flag.String("out", "", "folder for the pictures of TestLanguagesHaveTheirForms")

// drawn sets the characters whose forms differ most with the font of a theme.
func drawn(t *testing.T, of fyne.Theme, style fyne.TextStyle, name string) image.Image {
	t.Helper()
	text := canvas.NewText("直骨门角今令 Aa", color.Black)
	text.TextSize, text.TextStyle, text.FontSource = 48, style, Face(of, style)
	c := software.NewCanvas()
	c.SetContent(text)
	c.Resize(fyne.NewSize(480, 90))
	picture := c.Capture()
	if *out != "" {
		file, err := os.Create(filepath.Join(*out, name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if err := png.Encode(file, picture); err != nil {
			t.Fatal(err)
		}
	}
	return picture
}

func pixelsOf(t *testing.T, picture image.Image) []byte {
	t.Helper()
	var text bytes.Buffer
	if err := png.Encode(&text, picture); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// TestLanguagesHaveTheirForms draws the same characters for each language: no
// two pictures are the same, in either weight.
func TestLanguagesHaveTheirForms(t *testing.T) {
	found := false
	for _, pair := range collections() {
		if _, err := os.Stat(pair[0]); err == nil {
			found = true
		}
	}
	if !found {
		t.Skip("no font for Chinese is installed (build/bootstrap brings fonts-noto-cjk)")
	}
	test.NewTempApp(t)
	for _, style := range []fyne.TextStyle{{}, {Bold: true}} {
		seen := map[string]string{}
		for _, language := range []string{"ja-JP", "zh-CN", "zh-TW", "ko-KR"} {
			of, _ := Speaking(New(Light), language)
			name := language
			if style.Bold {
				name += "-bold"
			}
			picture := string(pixelsOf(t, drawn(t, of, style, name)))
			if other, twice := seen[picture]; twice {
				t.Errorf("%s looks like %s", name, other)
			}
			seen[picture] = name
		}
	}
}

func TestSpeakingChangesOnlyWhatItMust(t *testing.T) {
	first := New(Dark)
	if _, other := Speaking(first, "de-DE"); other {
		t.Error("German gets another font")
	}
	chinese, other := Speaking(first, "zh-TW")
	if !other || chinese.(*torii).mode != Dark {
		t.Error("Chinese gets no font of its own, or loses its colours")
	}
	if _, other := Speaking(chinese, "zh-TW"); other {
		t.Error("the same language gets another theme")
	}
	back, other := Speaking(chinese, "en")
	if !other || back.(*torii).family != "" {
		t.Error("English keeps the Chinese font")
	}
}

// collection makes a collection with a face for each name.
func collection(names ...string) []byte {
	file := append([]byte("ttcf"), 0, 2, 0, 0)
	file = binary.BigEndian.AppendUint32(file, uint32(len(names)))
	at := len(file) + 4*len(names)
	var rest []byte
	for _, name := range names {
		file = binary.BigEndian.AppendUint32(file, uint32(at+len(rest)))
		var wide []byte
		for _, r := range name {
			wide = binary.BigEndian.AppendUint16(wide, uint16(r))
		}
		start := at + len(rest) + sfntHeader + 2*tableRecord
		rest = append(rest, "OTTO\x00\x02\x00\x00\x00\x00\x00\x00"...)
		for n, tag := range []string{"GSUB", "name"} {
			rest = append(rest, tag+"sum!"...)
			rest = binary.BigEndian.AppendUint32(rest, uint32(start+n))
			rest = binary.BigEndian.AppendUint32(rest, uint32(max(1, n*len(wide))))
		}
		rest = append(append(rest, 'g'), wide...)
	}
	return append(file, rest...)
}

func TestCut(t *testing.T) {
	file := collection("Noto Sans Mono CJK SC", "Noto Sans CJK JP", "Noto Sans CJK SC")
	font, err := cut(file, "Noto Sans CJK SC")
	if err != nil {
		t.Fatal(err)
	}
	tables, err := tablesAt(font, 0)
	if err != nil || len(tables) != 1 || tables[0].tag != "name" || !named(tables, "Noto Sans CJK SC") || named(tables, "Mono") {
		t.Errorf("cut out was %v %+v", err, tables)
	}
	if _, err := cut(file, "Noto Sans CJK TC"); err == nil {
		t.Error("a face that is not there is found")
	}
	for length := range file {
		cut(file[:length], "Noto Sans CJK SC") // must not panic
	}
	if whole, err := cut([]byte("OTTO and more than the header"), "any"); err != nil || !bytes.HasPrefix(whole, []byte("OTTO")) {
		t.Errorf("a plain font is %v", err)
	}
}

// FuzzCut reads foreign files.
func FuzzCut(f *testing.F) {
	f.Add(collection("A", "B"))
	f.Fuzz(func(t *testing.T, file []byte) { cut(file, "B") })
}
