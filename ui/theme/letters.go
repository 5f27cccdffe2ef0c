package theme

import (
	"io"
	"log"
	"os"
	"unicode"

	"github.com/go-text/typesetting/fontscan"
	"github.com/go-text/typesetting/language"
)

// Draws reports whether the fonts of this computer have the letters of a text.
// Those that come with the toolkit have all but the Chinese, Japanese and
// Korean ones; for these it looks as the toolkit will.
func Draws(text string) bool { return draws(text, installed) }

// draws is Draws with the look into the system's fonts.
func draws(text string, installed func([]rune) bool) bool {
	var foreign []rune
	for _, r := range text {
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo) {
			foreign = append(foreign, r)
		}
	}
	return len(foreign) == 0 || installed(foreign)
}

// installed reports whether the system's fonts have letters.
func installed(letters []rune) bool {
	for _, pair := range collections() {
		if _, err := os.Stat(pair[0]); err == nil {
			return true
		}
	}
	return scanned(letters)
}

// scanned is installed by looking through all of the system's fonts.
func scanned(letters []rune) bool {
	fonts := fontscan.NewFontMap(log.New(io.Discard, "", 0))
	if err := fonts.UseSystemFonts(""); err != nil {
		return false // the toolkit finds none either
	}
	fonts.SetQuery(fontscan.Query{Families: []string{fontscan.SansSerif}})
	for _, r := range letters {
		fonts.SetScript(language.LookupScript(r))
		face := fonts.ResolveFace(r) // any, where none has the letter
		if face == nil {
			return false
		}
		if _, ok := face.NominalGlyph(r); !ok {
			return false
		}
	}
	return true
}

// InEnglish is the English name of a language whose own name may not be drawn,
// by BCP 47 tag; that of another one is its tag.
func InEnglish(language string) string {
	names := map[string]string{"ja-JP": "Japanese", "ko-KR": "Korean", "zh-CN": "Chinese (simplified)", "zh-TW": "Chinese (traditional)"}
	if name := names[language]; name != "" {
		return name
	}
	return language
}
