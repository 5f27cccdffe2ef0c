package i18n

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	i18nlib "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// placeholder finds the values that a text names: {{.Gateway}}, {{with .Detail}}.
var placeholder = regexp.MustCompile(`\.([A-Z][A-Za-z]*)`)

// action finds the places of a template in which values are named.
var action = regexp.MustCompile(`\{\{[^}]*\}\}`)

// placeholders lists the values of a text, each once.
func placeholders(text string) []string {
	var names []string
	for _, place := range action.FindAllString(text, -1) {
		for _, match := range placeholder.FindAllStringSubmatch(place, -1) {
			names = append(names, match[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// formsOf lists the plural forms of a message that are filled in.
func formsOf(m *i18nlib.Message) map[string]string {
	all := map[string]string{"zero": m.Zero, "one": m.One, "two": m.Two, "few": m.Few, "many": m.Many, "other": m.Other}
	for name, text := range all {
		if text == "" {
			delete(all, name)
		}
	}
	return all
}

// room loads the messages of one file, by key.
func room(t *testing.T, file string) map[string]*i18nlib.Message {
	t.Helper()
	name, tag, err := splitName(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(files(), file)
	if err != nil {
		t.Fatalf("there is no %s: %v", file, err)
	}
	loaded, err := load(messages(map[string]string{name + "." + tag.String() + ".toml": string(text)}), tag)
	if err != nil {
		t.Fatal(err)
	}
	byKey := map[string]*i18nlib.Message{}
	for _, message := range loaded {
		byKey[message.ID] = message
	}
	return byKey
}

// TestEveryLanguageSaysEverything compares each file with the English one of
// its room: the same keys, the same placeholders, no empty text, and for each
// English file one in every language.
func TestEveryLanguageSaysEverything(t *testing.T) {
	names, err := fs.Glob(files(), "*.en.toml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no English files: %v", err)
	}
	for _, file := range names {
		english := room(t, file)
		if len(english) == 0 {
			t.Errorf("%s says nothing", file)
		}
		for _, tongue := range Languages()[1:] {
			other := strings.TrimSuffix(file, "en.toml") + tongue + ".toml"
			t.Run(other, func(t *testing.T) { compare(t, english, room(t, other)) })
		}
	}
}

// compare holds a language's messages against the English ones.
func compare(t *testing.T, english, other map[string]*i18nlib.Message) {
	for key := range other {
		if english[key] == nil {
			t.Errorf("%s is not in the English file", key)
		}
	}
	for key, want := range english {
		got := other[key]
		if got == nil {
			t.Errorf("%s is missing", key)
			continue
		}
		for form, text := range formsOf(got) {
			if !slices.Equal(placeholders(text), placeholders(want.Other)) {
				t.Errorf("%s (%s) names %v, the English text %v", key, form, placeholders(text), placeholders(want.Other))
			}
		}
	}
}

// TestEveryFileHasAnEnglishOne finds rooms that only another language has.
func TestEveryFileHasAnEnglishOne(t *testing.T) {
	names, err := fs.Glob(files(), "*.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range names {
		name, _, err := splitName(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fs.Stat(files(), name+".en.toml"); err != nil {
			t.Errorf("%s has no English file", file)
		}
	}
}

// TestTextsAreWellFormed fills every text of every language in, with all of
// its values and with none, and looks at what comes out.
func TestTextsAreWellFormed(t *testing.T) {
	for _, tongue := range Languages() {
		catalogue, err := New(tongue)
		if err != nil {
			t.Fatal(err)
		}
		loaded, err := load(files(), language.MustParse(tongue))
		if err != nil {
			t.Fatal(err)
		}
		for _, message := range loaded {
			for form, text := range formsOf(message) {
				check(t, tongue, message.ID+" ("+form+")", text)
			}
			if len(formsOf(message)) == 0 {
				t.Errorf("%s %s is empty", tongue, message.ID)
			}
			filled := Values{}
			for _, name := range placeholders(message.Other) {
				filled[name] = "7"
			}
			for _, values := range []Values{filled, {}} {
				said := catalogue.Text(message.ID, values)
				if said == message.ID || strings.Contains(said, "{{") || strings.Contains(said, "no value") {
					t.Errorf("%s %s with %v says %q", tongue, message.ID, values, said)
				}
			}
		}
	}
}

// check looks at one text as it is written.
func check(t *testing.T, tongue, key, text string) {
	if strings.TrimSpace(text) != text || text == "" {
		t.Errorf("%s %s has blanks at an end or is empty: %q", tongue, key, text)
	}
	if strings.Contains(text, "  ") {
		t.Errorf("%s %s has two blanks in a row: %q", tongue, key, text)
	}
	// One spelling in our Japanese: サーバー, ユーザー.
	if tongue == "ja-JP" && regexp.MustCompile(`(サーバ|ユーザ)([^ー]|$)`).MatchString(text) {
		t.Errorf("%s spells サーバー or ユーザー without ー: %q", key, text)
	}
}
