package i18n

import (
	"io/fs"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
)

// messages builds a folder of message files.
func messages(files map[string]string) fs.FS {
	folder := fstest.MapFS{}
	for name, text := range files {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return folder
}

// sample has a word with a gap in Japanese and one that counts.
func sample() fs.FS {
	return messages(map[string]string{
		"tray.en.toml": "tray.connect = 'Connect to {{.Gateway}}'\ntray.quit = 'Quit'\n" +
			"editor.description = 'Description'\n" +
			"[tray.minutes]\none = '{{.Count}} minute'\nother = '{{.Count}} minutes'\n",
		"tray.ja.toml": "tray.connect = '{{.Gateway}} に接続'\n[tray.minutes]\nother = '{{.Count}} 分'\n",
		"tray.ru.toml": "[tray.minutes]\none = '{{.Count}} минута'\nfew = '{{.Count}} минуты'\nmany = '{{.Count}} минут'\nother = '{{.Count}} минуты'\n",
	})
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		name, language, key string
		values              []Values
		want                string
	}{
		{"plain", "en", "tray.quit", nil, "Quit"},
		{"key that the library takes for a message", "en", "editor.description", nil, "Description"},
		{"value", "ja", "tray.connect", []Values{{"Gateway": "vpn.example.org"}}, "vpn.example.org に接続"},
		{"several values", "en", "tray.connect", []Values{{"A": 1}, {"Gateway": "g"}}, "Connect to g"},
		{"value that is not given", "en", "tray.connect", nil, "Connect to "},
		{"value that is no template", "en", "tray.connect", []Values{{"Gateway": "{{.X}}"}}, "Connect to {{.X}}"},
		{"missing in the language", "ja", "tray.quit", nil, "Quit"},
		{"missing everywhere", "ja", "tray.nothing", nil, "tray.nothing"},
		{"one", "en", "tray.minutes", []Values{{"Count": 1}}, "1 minute"},
		{"other", "en", "tray.minutes", []Values{{"Count": 5}}, "5 minutes"},
		{"no plural forms", "ja", "tray.minutes", []Values{{"Count": 1}}, "1 分"},
		{"few", "ru", "tray.minutes", []Values{{"Count": 3}}, "3 минуты"},
		{"many", "ru", "tray.minutes", []Values{{"Count": 11}}, "11 минут"},
	} {
		t.Run(c.name, func(t *testing.T) {
			catalogue, err := open(sample(), []string{c.language})
			if err != nil {
				t.Fatal(err)
			}
			if got := catalogue.Text(c.key, c.values...); got != c.want {
				t.Errorf("Text(%q) = %q, want %q", c.key, got, c.want)
			}
		})
	}
}

func TestHas(t *testing.T) {
	catalogue, err := open(sample(), []string{"ja"})
	if err != nil {
		t.Fatal(err)
	}
	if !catalogue.Has("tray.connect") || catalogue.Has("tray.quit") {
		t.Error("Has does not tell the Japanese words from the English ones")
	}
	if catalogue.Language() != "ja" {
		t.Errorf("Language = %q, want ja", catalogue.Language())
	}
}

func TestTextFromManyGoroutines(t *testing.T) {
	catalogue, err := open(sample(), []string{"ja"})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				if got := catalogue.Text("tray.minutes", Values{"Count": 2}); got != "2 分" {
					t.Errorf("Text = %q", got)
				}
			}
		})
	}
	all.Wait()
}

func TestBrokenFiles(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"no TOML":           {"tray.en.toml": "tray ="},
		"a number":          {"tray.en.toml": "tray.size = 3"},
		"a key twice":       {"tray.en.toml": "a.b = 'x'", "home.en.toml": "a.b = 'y'"},
		"an unknown plural": {"tray.en.toml": "[a]\nsome = 'x'\nother = 'y'"},
		"no language":       {"tray.toml": "a = 'x'"},
		"no such language":  {"tray.english-tongue.toml": "a = 'x'"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := open(messages(files), []string{"en"}); err == nil {
				t.Error("the catalogue opened")
			}
		})
	}
}

// TestLanguageForAPerson holds the rules of 000 for the seventeen languages.
func TestLanguageForAPerson(t *testing.T) {
	folder := map[string]string{}
	for _, language := range []string{"en", "cs-CZ", "de-DE", "es-CO", "es-ES", "fr-CA", "fr-FR", "hu-HU", "it-IT", "ja-JP",
		"ko-KR", "nl-NL", "pl-PL", "pt-BR", "ru-RU", "zh-CN", "zh-TW", "sr-Latn"} {
		folder["a."+language+".toml"] = "a = '" + language + "'"
	}
	for _, c := range []struct {
		preferred []string
		want      string
	}{
		{[]string{"de_AT.UTF-8"}, "de-DE"},
		{[]string{"de_DE@euro"}, "de-DE"},
		{[]string{"ja_JP.eucJP"}, "ja-JP"},
		{[]string{"ja"}, "ja-JP"},
		{[]string{"fr-FR"}, "fr-FR"},
		{[]string{"fr_FR.UTF-8"}, "fr-FR"},
		{[]string{"fr-CH"}, "fr-CA"},
		{[]string{"fr-ch"}, "fr-CA"},
		{[]string{"fr"}, "fr-CA"},
		{[]string{"fr-FR-u-nu-latn"}, "fr-FR"},
		{[]string{"es_MX.UTF-8"}, "es-CO"},
		{[]string{"es-ES"}, "es-ES"},
		{[]string{"zh_TW.UTF-8"}, "zh-TW"},
		{[]string{"zh_HK"}, "zh-TW"},
		{[]string{"zh-MO"}, "zh-TW"},
		{[]string{"zh-Hant"}, "zh-TW"},
		{[]string{"zh-Hant-HK"}, "zh-TW"},
		{[]string{"zh-Hant-CN"}, "zh-TW"},
		{[]string{"zh_CN.UTF-8"}, "zh-CN"},
		{[]string{"zh_SG"}, "zh-CN"},
		{[]string{"zh-Hans-TW"}, "zh-CN"},
		{[]string{"zh"}, "zh-CN"},
		{[]string{"pt_BR"}, "pt-BR"},
		{[]string{"pt_PT"}, "pt-BR"},
		{[]string{"sr_RS@latin"}, "sr-Latn"},
		{[]string{"sr_RS"}, "en"},
		{[]string{"en_GB"}, "en"},
		{[]string{"C"}, "en"},
		{[]string{"C.UTF-8"}, "en"},
		{[]string{"POSIX", "ja"}, "en"},
		{[]string{"fi_FI"}, "en"},
		{[]string{"sk"}, "en"},
		{[]string{"be"}, "en"},
		{[]string{"fi_FI", "ja_JP"}, "ja-JP"},
		{[]string{"no language at all", "de"}, "de-DE"},
		{nil, "en"},
	} {
		catalogue, err := open(messages(folder), c.preferred)
		if err != nil {
			t.Fatal(err)
		}
		if got := catalogue.Language(); got != c.want {
			t.Errorf("for %q: %s, want %s", c.preferred, got, c.want)
		}
		if got := catalogue.Text("a"); got != c.want {
			t.Errorf("for %q the text is %s, want %s", c.preferred, got, c.want)
		}
	}
}

func TestLanguagesNameThemselves(t *testing.T) {
	names := map[string]bool{}
	for _, tag := range Languages() {
		name := OwnName(tag)
		if name == tag || names[name] {
			t.Errorf("%s is called %q, which is no name or that of another one", tag, name)
		}
		names[name] = true
	}
	for tag, want := range map[string]string{"en": "English", "ja-JP": "日本語", "fi-FI": "fi-FI", "../x": "../x"} {
		if got := OwnName(tag); got != want {
			t.Errorf("%s is called %q, want %q", tag, got, want)
		}
	}
}

func TestMatch(t *testing.T) {
	for locale, want := range map[string]string{"ja": "ja-JP", "ja_JP.UTF-8": "ja-JP", "en-GB": "en"} {
		if got, ok := Match(locale); got != want || !ok {
			t.Errorf("Match(%s) = %s, %v", locale, got, ok)
		}
	}
	for _, locale := range []string{"fi-FI", "", "no locale", "zz-ZZ"} {
		if got, ok := Match(locale); got != "en" || ok {
			t.Errorf("Match(%q) = %s, %v", locale, got, ok)
		}
	}
}

func TestEnvironment(t *testing.T) {
	for _, c := range []struct {
		environment map[string]string
		want        []string
	}{
		{map[string]string{"LANG": "ja_JP.UTF-8"}, []string{"ja_JP.UTF-8"}},
		{map[string]string{"LANG": "ja_JP.UTF-8", "LC_MESSAGES": "de_DE"}, []string{"de_DE"}},
		{map[string]string{"LC_MESSAGES": "de_DE", "LC_ALL": "fr_FR"}, []string{"fr_FR"}},
		{map[string]string{"LANG": "de_AT", "LANGUAGE": "de:fr::en"}, []string{"de_AT", "de", "fr", "en"}},
		{map[string]string{"LC_ALL": "C", "LANGUAGE": "ja"}, []string{"C", "ja"}},
		{map[string]string{}, nil},
	} {
		got := fromEnvironment(func(name string) string { return c.environment[name] })
		if !slices.Equal(got, c.want) {
			t.Errorf("for %v: %q, want %q", c.environment, got, c.want)
		}
	}
}

func TestNewFollowsTheSystem(t *testing.T) {
	for _, variable := range []string{"LC_ALL", "LC_MESSAGES", "LANGUAGE"} {
		t.Setenv(variable, "")
	}
	t.Setenv("LANG", "ja_JP.UTF-8")
	for _, preferred := range [][]string{nil, {""}} {
		catalogue, err := New(preferred...)
		if err != nil {
			t.Fatal(err)
		}
		if catalogue.Language() != "ja-JP" {
			t.Errorf("New(%q) speaks %s, want ja-JP", preferred, catalogue.Language())
		}
	}
	catalogue, err := New("en")
	if err != nil {
		t.Fatal(err)
	}
	if catalogue.Language() != "en" {
		t.Errorf("New(en) speaks %s", catalogue.Language())
	}
}

func TestLanguages(t *testing.T) {
	got := Languages()
	if len(got) < 2 || got[0] != "en" || !slices.Contains(got, "ja-JP") {
		t.Errorf("Languages = %q, want en first and ja-JP among them", got)
	}
	if rest := slices.Clone(got[1:]); !slices.IsSorted(rest) || len(slices.Compact(rest)) != len(got)-1 {
		t.Errorf("Languages = %q, want the rest sorted, each once", got)
	}
	for _, name := range got {
		if catalogue, err := New(name); err != nil || catalogue.Language() != name {
			t.Errorf("New(%s): %v, %v", name, catalogue, err)
		}
	}
}
