package i18n

import (
	"strings"

	"golang.org/x/text/language"
)

// choose picks the language for a person: the first preference that one of
// the languages serves, else English, which is the first of them.
func choose(languages []language.Tag, preferred []string) language.Tag {
	matcher := language.NewMatcher(languages)
	for _, name := range preferred {
		tag, ok := parse(name)
		if !ok {
			continue
		}
		// The tag that Match returns carries the region along; the index names
		// the language that there are words for.
		if _, index, confidence := matcher.Match(tag); confidence > language.No {
			return languages[index]
		}
	}
	return language.English
}

// parse reads a BCP 47 tag or a POSIX locale name: language, territory, code
// set and modifier, as in "sr_RS.UTF-8@latin". "C" and "POSIX" are English.
func parse(name string) (language.Tag, bool) {
	name, modifier, _ := strings.Cut(name, "@")
	name, _, _ = strings.Cut(name, ".")
	if name == "C" || name == "POSIX" {
		return language.English, true
	}
	tag, err := language.Parse(strings.ReplaceAll(name, "_", "-"))
	if err != nil || tag == language.Und {
		return language.Und, false
	}
	if code, ok := scripts[modifier]; ok {
		if with, err := language.Compose(tag, language.MustParseScript(code)); err == nil {
			tag = with
		}
	}
	return tag, true
}

// scripts are the POSIX modifiers that name one.
var scripts = map[string]string{"latin": "Latn", "cyrillic": "Cyrl", "devanagari": "Deva"}

// fromEnvironment lists the languages that a POSIX environment prefers, best
// first: the first of LC_ALL, LC_MESSAGES and LANG that is set, then the list
// in LANGUAGE.
func fromEnvironment(getenv func(string) string) []string {
	var names []string
	for _, variable := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if name := getenv(variable); name != "" {
			names = append(names, name)
			break
		}
	}
	for name := range strings.SplitSeq(getenv("LANGUAGE"), ":") {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}
