package i18n

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	i18nlib "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed locales/*.toml
var embedded embed.FS

// files is the folder of message files in this program.
func files() fs.FS {
	folder, err := fs.Sub(embedded, "locales")
	if err != nil {
		panic(err) // only for a path that is no path
	}
	return folder
}

// splitName takes a file's name apart: "errors.zh-Hant.toml" is the room
// "errors" and the language zh-Hant.
func splitName(file string) (room string, tag language.Tag, err error) {
	room, rest, ok := strings.Cut(strings.TrimSuffix(file, ".toml"), ".")
	if !ok || room == "" {
		return "", language.Und, fmt.Errorf("message file %s: want <room>.<language>.toml", file)
	}
	if tag, err = language.Parse(rest); err != nil {
		return "", language.Und, fmt.Errorf("message file %s: %w", file, err)
	}
	return room, tag, nil
}

// languagesIn lists the languages of the message files, English first.
func languagesIn(messages fs.FS) ([]language.Tag, error) {
	names, err := fs.Glob(messages, "*.toml")
	if err != nil {
		return nil, fmt.Errorf("list message files: %w", err)
	}
	found := []language.Tag{}
	for _, name := range names {
		_, tag, err := splitName(path.Base(name))
		if err != nil {
			return nil, err
		}
		if tag != language.English && !slices.Contains(found, tag) {
			found = append(found, tag)
		}
	}
	slices.SortFunc(found, func(a, b language.Tag) int { return strings.Compare(a.String(), b.String()) })
	return append([]language.Tag{language.English}, found...), nil
}

// load reads every message of a language.
func load(messages fs.FS, tag language.Tag) ([]*i18nlib.Message, error) {
	names, err := fs.Glob(messages, "*."+tag.String()+".toml")
	if err != nil {
		return nil, fmt.Errorf("list message files: %w", err)
	}
	var all []*i18nlib.Message
	seen := map[string]string{} // key to file
	for _, name := range names {
		found, err := read(messages, name)
		if err != nil {
			return nil, err
		}
		for _, message := range found {
			if other, twice := seen[message.ID]; twice {
				return nil, fmt.Errorf("message %s is in %s and in %s", message.ID, other, name)
			}
			seen[message.ID] = name
		}
		all = append(all, found...)
	}
	return all, nil
}

// read reads the messages of a file.
func read(messages fs.FS, file string) ([]*i18nlib.Message, error) {
	text, err := fs.ReadFile(messages, file)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	var tree map[string]any
	if err := toml.Unmarshal(text, &tree); err != nil {
		return nil, fmt.Errorf("read messages of %s: %w", file, err)
	}
	found, err := flatten("", tree)
	if err != nil {
		return nil, fmt.Errorf("read messages of %s: %w", file, err)
	}
	return found, nil
}

// flatten turns a tree of tables into messages: a text is a message whose key
// is its dotted path, a table with a text named "other" is one message in
// several plural forms. (The library's own reader takes tables with keys such
// as "description" or "id" for messages, too.)
func flatten(prefix string, tree map[string]any) ([]*i18nlib.Message, error) {
	var all []*i18nlib.Message
	for name, value := range tree {
		key := name
		if prefix != "" {
			key = prefix + "." + name
		}
		switch value := value.(type) {
		case string:
			all = append(all, &i18nlib.Message{ID: key, Other: value})
		case map[string]any:
			if _, plural := value["other"].(string); plural {
				message, err := forms(key, value)
				if err != nil {
					return nil, err
				}
				all = append(all, message)
				continue
			}
			below, err := flatten(key, value)
			if err != nil {
				return nil, err
			}
			all = append(all, below...)
		default:
			return nil, fmt.Errorf("%s is neither a text nor a table", key)
		}
	}
	return all, nil
}

// forms reads the plural forms of one message (CLDR names them).
func forms(key string, table map[string]any) (*i18nlib.Message, error) {
	message := &i18nlib.Message{ID: key}
	fields := map[string]*string{
		"zero": &message.Zero, "one": &message.One, "two": &message.Two,
		"few": &message.Few, "many": &message.Many, "other": &message.Other,
	}
	for name, value := range table {
		text, isText := value.(string)
		field, known := fields[name]
		if !isText || !known {
			return nil, fmt.Errorf("%s.%s is no plural form", key, name)
		}
		*field = text
	}
	return message, nil
}
