package theme

import "testing"

func TestDrawsWithoutFonts(t *testing.T) {
	asked := ""
	none := func(letters []rune) bool { asked += string(letters); return false }
	for text, want := range map[string]bool{"English": true, "Čeština": true, "Русский": true, "日本語": false, "한국어": false, "繁體中文": false} {
		if got := draws(text, none); got != want {
			t.Errorf("%s can be drawn: %v", text, got)
		}
	}
	if asked == "" || draws("ひらがな Kana", func(letters []rune) bool { return string(letters) != "ひらがな" }) {
		t.Errorf("asked was for %q", asked)
	}
	if !draws("日本語", func([]rune) bool { return true }) {
		t.Error("a font that is there does not count")
	}
}

// TestScannedLooksForLetters looks through this computer's own fonts, which
// have no letter where Unicode has none.
func TestScannedLooksForLetters(t *testing.T) {
	if !scanned([]rune{'A'}) {
		t.Skip("no font is installed")
	}
	if scanned([]rune{'A', '\U0003FFFD'}) {
		t.Error("a letter that there is not can be drawn")
	}
}
