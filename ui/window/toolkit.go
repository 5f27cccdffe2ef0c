package window

import (
	"encoding/json"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"torii/i18n"
	"torii/ui/theme"
)

// toolkitWords are the texts that the toolkit says by itself (the menu of a
// text field), with their keys in the catalogue.
func toolkitWords() map[string]string {
	return map[string]string{"Cut": "nav.text.cut", "Copy": "nav.text.copy", "Paste": "nav.text.paste",
		"Select all": "nav.text.select-all", "Undo": "nav.text.undo", "Redo": "nav.text.redo"}
}

// teachToolkit makes the toolkit speak the window's language, and write it in
// its own forms. It knows no other language than the system's, and so gets the
// words as that one's.
func teachToolkit(texts *i18n.Catalogue) {
	settings := fyne.CurrentApp().Settings()
	if spoken, other := theme.Speaking(settings.Theme(), texts.Language()); other {
		settings.SetTheme(spoken)
	}
	words := map[string]string{}
	for word, key := range toolkitWords() {
		words[word] = texts.Text(key)
	}
	data, err := json.Marshal(words)
	if err == nil {
		err = lang.AddTranslationsForLocale(data, lang.SystemLocale())
	}
	if err != nil {
		fyne.LogError("teach the toolkit the language", err)
	}
}
