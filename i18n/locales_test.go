package i18n

import (
	"io/fs"
	"regexp"
	"slices"
	"strconv"
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
			named := placeholders(text)
			if form != "other" && !slices.Contains(named, count) && slices.Contains(placeholders(want.Other), count) {
				named = append(named, count) // TestEveryPluralFormIsThere sees to it
				slices.Sort(named)
			}
			if !slices.Equal(named, placeholders(want.Other)) {
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

// TestEveryPluralFormIsThere counts in every language: a number whose form a
// message lacks cannot be said, and a form that leaves the number out must be
// for one number only (Russian says "21" as it says "1"). A million is among
// the numbers because the Romance languages have a form of its own for it.
func TestEveryPluralFormIsThere(t *testing.T) {
	numbers := []int{1_000, 1_000_000, 2_000_000}
	for n := 1; n <= 200; n++ {
		numbers = append(numbers, n)
	}
	keys := countedKeys(t)
	for _, tongue := range Languages() {
		catalogue, err := New(tongue)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			said := map[string]int{}
			for _, n := range numbers {
				text, err := catalogue.chosen.Localize(&i18nlib.LocalizeConfig{
					MessageID: key, PluralCount: n, TemplateData: map[string]string{count: strconv.Itoa(n)},
				})
				if err != nil {
					t.Errorf("%s cannot say %s with %d: %v", tongue, key, n, err)
					break
				}
				if other, twice := said[text]; twice {
					t.Errorf("%s says %s with %d as with %d: %q", tongue, key, n, other, text)
					break
				}
				said[text] = n
			}
		}
	}
}

// countedKeys are the messages that English says in more than one form.
func countedKeys(t *testing.T) []string {
	t.Helper()
	english, err := load(files(), language.English)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, message := range english {
		if message.One != "" {
			keys = append(keys, message.ID)
		}
	}
	if len(keys) == 0 {
		t.Fatal("English counts nothing")
	}
	return keys
}
