package i18n

import (
	"strings"

	"golang.org/x/text/language"
)

// Match names the language in which Torii speaks to a person of that locale: a
// BCP 47 tag ("zh-Hant") or a POSIX locale name ("zh_TW.UTF-8"). The answer is
// one of Languages, and ok is false where none of them fits and English has to
// do. The rules are those of 000 (Localization): the exact locale; else the
// first language of the same script, by code, so that fr-CH is served with
// fr-CA and zh-HK with zh-TW.
func Match(locale string) (name string, ok bool) {
	tags, err := languagesIn(files())
	if err != nil {
		panic(err) // as in Languages
	}
	tag, ok := serve(tags, locale)
	return tag.String(), ok
}

// IsLocale reports whether a text names a locale in one of the forms of Match,
// in a language that there is.
func IsLocale(text string) bool {
	_, ok := parse(text)
	return ok
}

// choose picks the language for a person: the first preference that one of
// the languages serves, else English, which is the first of them.
func choose(languages []language.Tag, preferred []string) language.Tag {
	for _, name := range preferred {
		if tag, ok := serve(languages, name); ok {
			return tag
		}
	}
	return language.English
}

// serve finds the language for a locale, or says that English must do.
// languages are in the order of their codes.
func serve(languages []language.Tag, locale string) (language.Tag, bool) {
	wanted, ok := parse(locale)
	if !ok {
		return language.English, false
	}
	for _, tag := range languages {
		if tag == wanted {
			return tag, true
		}
	}
	base, script := tongue(wanted)
	region, regionSaid := wanted.Region()
	first, found := language.English, false
	for _, tag := range languages {
		if b, s := tongue(tag); b != base || s != script {
			continue
		}
		// Another variant or extension of the very locale is the locale.
		if r, _ := tag.Region(); regionSaid >= language.High && r == region {
			return tag, true
		}
		if !found {
			first, found = tag, true
		}
	}
	return first, found
}

// tongue is what a locale is written in: the language, and the script that is
// said or, where none is, the one that is usual in its region (zh-HK: Hant).
func tongue(tag language.Tag) (language.Base, language.Script) {
	base, _ := tag.Base()
	script, _ := tag.Script()
	return base, script
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
