package theme

import (
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"
)

// forms are the families whose letters have the forms of a language, by BCP 47
// tag. Without, the toolkit finds the Japanese forms for every Chinese
// character, and never a bold one.
func forms() map[string]string {
	return map[string]string{"ja-JP": "Noto Sans CJK JP", "zh-CN": "Noto Sans CJK SC", "zh-TW": "Noto Sans CJK TC", "ko-KR": "Noto Sans CJK KR"}
}

// collections are where systems keep those families, regular and bold.
func collections() [][2]string {
	var all [][2]string
	for _, folder := range []string{
		"/usr/share/fonts/opentype/noto",              // Debian, Ubuntu
		"/usr/share/fonts/google-noto-sans-cjk-fonts", // Fedora
		"/usr/share/fonts/google-noto-cjk",            // Fedora before 39, RHEL
		"/usr/share/fonts/noto-cjk",                   // Arch
		"/usr/share/fonts/truetype",                   // openSUSE
	} {
		all = append(all, [2]string{filepath.Join(folder, "NotoSansCJK-Regular.ttc"), filepath.Join(folder, "NotoSansCJK-Bold.ttc")})
	}
	return all
}

// Speaking is a theme of ours with the fonts for a language. It reports whether
// that is another one than of is; of another kind of theme there is none.
func Speaking(of fyne.Theme, language string) (fyne.Theme, bool) {
	t, ok := of.(*torii)
	if !ok {
		return of, false
	}
	family := forms()[language]
	if t.family == family {
		return of, false
	}
	spoken := *t
	spoken.family, spoken.faces = family, bundled()
	if family == "" {
		return &spoken, true
	}
	for _, pair := range collections() {
		if _, err := os.Stat(pair[0]); err != nil {
			continue
		}
		if language != "ja-JP" { // whose regular forms the toolkit finds by itself, for half the memory
			spoken.faces.regular = &face{"sans-serif", &formed{pair[0], family, spoken.faces.regular}}
		}
		spoken.faces.bold = &face{"sans-serif", &formed{pair[1], family, spoken.faces.bold}}
		break
	}
	return &spoken, true
}

// formed is a face of a collection. It is read each time the toolkit asks,
// which is once for each language: held, it would be there twice.
type formed struct {
	path, family string
	instead      fyne.Resource // where the file is none
}

// Name implements fyne.Resource.
func (f *formed) Name() string { return f.family }

// Content implements fyne.Resource.
func (f *formed) Content() []byte {
	file, err := os.ReadFile(f.path)
	if err == nil {
		var font []byte
		if font, err = cut(file, f.family); err == nil {
			return font
		}
	}
	fyne.LogError("read the font of the language", err)
	return f.instead.Content()
}
