package window

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"torii/i18n"
	"torii/ui/theme"
	"torii/ui/uitest"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

// toolkitEnglish are the toolkit's own texts by key, as its release has them.
func toolkitEnglish(t *testing.T) map[string]string {
	t.Helper()
	folder, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "fyne.io/fyne/v2").Output()
	if err != nil {
		t.Fatalf("find the toolkit's source: %v", err)
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(folder)), "lang", "translations", "base.en.json"))
	if err != nil {
		t.Fatal(err)
	}
	raw := map[string]any{}
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for key, value := range raw {
		switch value := value.(type) {
		case string:
			texts[key] = value
		case map[string]any:
			texts[key] = value["other"].(string)
		}
	}
	return texts
}

// calendar reports whether a key of the toolkit is a day of its calendar.
func calendar(key string) bool { return strings.HasSuffix(strings.TrimSuffix(key, ".short"), "day") }

// TestToolkitIsTaughtEverything compares with the toolkit's own list, so that a
// newer release cannot bring an English word in, in each language.
func TestToolkitIsTaughtEverything(t *testing.T) {
	test.NewTempApp(t)
	words := toolkitWords()
	for key, english := range toolkitEnglish(t) {
		if words[key] == "" && !calendar(key) {
			t.Errorf("the toolkit may say %q (%s), and has no words for it", english, key)
		}
	}
	for _, language := range i18n.Languages() {
		texts, err := i18n.New(language)
		if err != nil {
			t.Fatal(err)
		}
		teachToolkit(texts)
		for word, key := range words {
			if !texts.Has(key) {
				t.Errorf("%s has no %s", language, key)
			}
			if got := lang.X(word, word); got != texts.Text(key) {
				t.Errorf("%s: the toolkit says %q for %s, want %q", language, got, word, texts.Text(key))
			}
		}
		for _, key := range placeNames() {
			if !texts.Has(key) {
				t.Errorf("%s has no %s", language, key)
			}
		}
	}
}

// TestToolkitShowsNothingElse keeps the list above whole: of the toolkit's
// dialogs only the one for files is used.
func TestToolkitShowsNothingElse(t *testing.T) {
	files := 0
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files++
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, name := range []string{"widget.NewCalendar", "widget.NewDateEntry", "dialog.Show", "dialog.New"} {
			if strings.Contains(strings.ReplaceAll(string(source), "dialog.NewFileOpen(", ""), name) {
				t.Errorf("%s uses %s, whose texts nobody looks after", path, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Fatalf("only %d files were looked at", files)
	}
}

// drawnTexts are the lines of text on the top layer, whoever draws them.
func drawnTexts(c fyne.Canvas) []string {
	var all []string
	for _, o := range widgettest.Objects(c) {
		if text, ok := o.(*canvas.Text); ok {
			all = append(all, text.Text)
		}
	}
	return all
}

// TestToolkitsDialogSpeaksTheLanguage opens what the toolkit brings into the window,
// the dialog for files and the menu of a text field, and finds none of the
// toolkit's English in it, unless the language has the very same word.
func TestToolkitsDialogSpeaksTheLanguage(t *testing.T) {
	english := slices.Collect(maps.Values(toolkitEnglish(t)))
	home := t.TempDir()
	t.Setenv("HOME", home)
	for folder := range placeNames() {
		if err := os.Mkdir(filepath.Join(home, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	// The dialog begins in an empty folder; folders in view keep their names.
	empty := filepath.Join(home, "here")
	if err := os.Mkdir(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	english = append(english, slices.Collect(maps.Keys(placeNames()))...)
	english = append(english, "Open File", "(Parent)")
	for _, language := range i18n.Languages()[1:] {
		b := newBench(t, theme.Light, language)
		state := uitest.Disconnected()
		state.Language = language
		b.show(state)
		same := map[string]bool{}
		for _, key := range append(slices.Collect(maps.Values(toolkitWords())), slices.Collect(maps.Values(placeNames()))...) {
			same[b.texts.Text(key)], same["("+b.texts.Text(key)+")"] = true, true
		}
		look := func(what string, wanted ...string) {
			t.Helper()
			said := drawnTexts(b.window.Canvas())
			for _, text := range said {
				if slices.Contains(english, text) && !same[text] {
					t.Errorf("%s: %s says %q", language, what, text)
				}
			}
			for _, key := range wanted {
				if text := b.texts.Text(key); !slices.Contains(said, text) {
					t.Errorf("%s: %s does not say %q, but %q", language, what, text, said)
				}
			}
		}
		b.deps.App.Preferences().SetString("fyne:fileDialogLastFolder", storage.NewFileURI(empty).String())
		b.pickFile(func(string) {})
		b.resize(fyne.NewSize(900, 900))
		look("the dialog for files", "toolkit.choose", "toolkit.open", "prompt.cancel", "toolkit.home", "toolkit.documents", "toolkit.computer")
		options := widgettest.Find(t, b.window.Canvas(), func(o *widget.Button) bool {
			return o.Icon != nil && o.Icon.Name() == fynetheme.SettingsIcon().Name()
		})
		test.Tap(options)
		look("its options", "toolkit.hidden")
		for top := b.window.Canvas().Overlays().Top(); top != nil; top = b.window.Canvas().Overlays().Top() {
			b.window.Canvas().Overlays().Remove(top)
		}
		b.addEntry()
		entry := widgettest.All[*widgets.Entry](b.window.Canvas())[0]
		test.Type(entry, "x")
		entry.TappedSecondary(&fyne.PointEvent{})
		look("the menu of a text field", "nav.text.cut", "nav.text.copy", "nav.text.paste", "nav.text.select-all", "nav.text.undo")
		b.Stop()
	}
}
