package window

import (
	"encoding/json"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"torii/i18n"
	"torii/ui/theme"
)

// toolkitWords are the texts that the toolkit says by itself (the menu of a
// text field, its dialogs), with their keys in the catalogue. All of its own
// but the days of its calendar, which Torii does not show.
func toolkitWords() map[string]string {
	return map[string]string{
		"Cut": "nav.text.cut", "Copy": "nav.text.copy", "Paste": "nav.text.paste",
		"Select all": "nav.text.select-all", "Undo": "nav.text.undo", "Redo": "nav.text.redo",

		"OK": "prompt.certificate.ok", "Cancel": "prompt.cancel", "Yes": "prompt.consent.yes", "No": "prompt.consent.no",
		"Open": "toolkit.open", "Save": "toolkit.save", "Confirm": "toolkit.confirm", "Quit": "toolkit.quit",
		"Error": "toolkit.error", "Advanced": "toolkit.advanced", "Favourites": "toolkit.favourites",

		"File": "toolkit.file", "Folder": "toolkit.folder", "New Folder": "toolkit.new-folder", "Create Folder": "toolkit.create-folder",
		"Enter filename": "toolkit.enter-name", "Show Hidden Files": "toolkit.hidden",
		"file.name": "toolkit.name", "file.parent": "toolkit.parent",
	}
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
