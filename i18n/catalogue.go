package i18n

import (
	"fmt"
	"io/fs"
	"slices"

	i18nlib "github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
)

// Values fill the placeholders of a message by name: {{.Gateway}} is
// Values["Gateway"]. "Count", a whole number, also chooses the plural form.
type Values map[string]any

// count is the value that chooses the plural form.
const count = "Count"

// Catalogue says things in one language. It is safe for concurrent use and
// never changes; another language is another Catalogue.
type Catalogue struct {
	tag     language.Tag
	keys    map[string]bool // of this language
	chosen  *i18nlib.Localizer
	english *i18nlib.Localizer
	parser  template.Parser
}

// New opens the catalogue of the first preferred locale that Torii has a
// language for (Match), else the English one; best first. Where none is named,
// or only "", the system says which (the environment's LC_ALL, LC_MESSAGES,
// LANG, LANGUAGE; the user's settings on Windows and macOS). An error means
// that a message file in this program is broken.
func New(preferred ...string) (*Catalogue, error) {
	preferred = slices.DeleteFunc(slices.Clone(preferred), func(s string) bool { return s == "" })
	if len(preferred) == 0 {
		preferred = systemLanguages()
	}
	return open(files(), preferred)
}

// Languages names the languages that Torii speaks, as BCP 47 tags: English
// first, the others in alphabetical order.
func Languages() []string {
	tags, err := languagesIn(files())
	if err != nil {
		// The files are part of the program, and the tests read their names.
		panic(err)
	}
	names := make([]string, len(tags))
	for i, tag := range tags {
		names[i] = tag.String()
	}
	return names
}

// OwnName is what a language of Languages calls itself ("Français (Canada)"),
// and its tag for any other.
func OwnName(name string) string {
	tag, err := language.Parse(name)
	if err != nil {
		return name
	}
	said, err := read(files(), "language."+tag.String()+".toml")
	if err != nil || len(said) == 0 {
		return name
	}
	return said[0].Other
}

// open builds a Catalogue from message files.
func open(messages fs.FS, preferred []string) (*Catalogue, error) {
	tags, err := languagesIn(messages)
	if err != nil {
		return nil, err
	}
	c := &Catalogue{
		tag:  choose(tags, preferred),
		keys: map[string]bool{},
		// A value that is missing leaves a gap, not "<no value>".
		parser: &template.TextParser{Option: "missingkey=zero"},
	}
	bundle := i18nlib.NewBundle(language.English)
	for _, tag := range slices.Compact([]language.Tag{language.English, c.tag}) {
		loaded, err := load(messages, tag)
		if err != nil {
			return nil, err
		}
		if err := bundle.AddMessages(tag, loaded...); err != nil {
			return nil, fmt.Errorf("add the messages of %s: %w", tag, err)
		}
		if tag == c.tag {
			for _, message := range loaded {
				c.keys[message.ID] = true
			}
		}
	}
	c.chosen = i18nlib.NewLocalizer(bundle, c.tag.String())
	c.english = i18nlib.NewLocalizer(bundle, language.English.String())
	return c, nil
}

// Language is the BCP 47 tag of the language that this catalogue speaks.
func (c *Catalogue) Language() string { return c.tag.String() }

// Has reports whether this language has a message of its own for key.
func (c *Catalogue) Has(key string) bool { return c.keys[key] }

// Text says the message of key with values filled in. A message that this
// language lacks is said in English; key itself comes back only where English
// lacks it too, so that the gap can be seen and reported. A placeholder
// without a value is left out.
func (c *Catalogue) Text(key string, values ...Values) string {
	// Placeholders are words by the time they are filled in: a missing one is
	// then the empty word.
	data := map[string]string{}
	config := i18nlib.LocalizeConfig{MessageID: key, TemplateData: data, TemplateParser: c.parser}
	for _, some := range values {
		for name, value := range some {
			data[name] = fmt.Sprint(value)
			if name == count {
				config.PluralCount = value
			}
		}
	}
	localizer := c.english
	if c.keys[key] {
		localizer = c.chosen
	}
	text, err := localizer.Localize(&config)
	if err != nil && text == "" {
		return key
	}
	return text
}
