// Package settings keeps the application's preferences in a file: one table
// says which there are and what they may be.
package settings

import (
	"fmt"
	"maps"
	"path/filepath"
	"sync"

	"torii/app/api"
	"torii/app/jsonfile"
	"torii/i18n"
)

// fileVersion is the version of the file's format.
const fileVersion = 1

type document struct {
	Version int               `json:"version"`
	Values  map[string]string `json:"values"` // what is not the default
}

// Store keeps the settings. Its methods may be called from anywhere.
type Store struct {
	path string

	mu   sync.Mutex
	held document
}

// Open reads the file in folder dir; a missing one means the defaults. A file
// that does not read, or that a newer Torii wrote, is left alone and refused.
func Open(dir string) (*Store, error) {
	s := &Store{path: filepath.Join(dir, "settings.json"), held: document{Version: fileVersion}}
	if err := jsonfile.Read(s.path, fileVersion, &s.held); err != nil {
		return nil, fmt.Errorf("read the settings: %w", err)
	}
	return s, nil
}

// All returns every setting in the order of the table.
func (s *Store) All() []api.Setting {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []api.Setting
	for _, d := range definitions() {
		list = append(list, d.shown(s.value(d)))
	}
	return list
}

// Get returns one setting. The error has CodeNotFound.
func (s *Store) Get(key string) (api.Setting, error) {
	d, err := define(key)
	if err != nil {
		return api.Setting{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return d.shown(s.value(d)), nil
}

// On reports whether a switch is on; a key that is none is off.
func (s *Store) On(key string) bool {
	setting, err := s.Get(key)
	return err == nil && setting.Value == On
}

// Value returns the value of a setting, "" where there is none of that name.
func (s *Store) Value(key string) string {
	setting, err := s.Get(key)
	if err != nil {
		return ""
	}
	return setting.Value
}

// Set changes a setting, on disk when it returns. The error has CodeNotFound
// or CodeInvalid.
func (s *Store) Set(key, value string) (api.Setting, error) {
	d, err := define(key)
	if err != nil {
		return api.Setting{}, err
	}
	if value, err = d.normal(value); err != nil {
		return api.Setting{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	next := document{Version: fileVersion, Values: maps.Clone(s.held.Values)}
	if next.Values == nil {
		next.Values = map[string]string{}
	}
	next.Values[key] = value
	if value == d.standard() {
		delete(next.Values, key)
	}
	if err := jsonfile.Write(s.path, next); err != nil {
		return api.Setting{}, fmt.Errorf("write the settings: %w", err)
	}
	s.held = next
	return d.shown(value), nil
}

// value is the kept value, or the default where it is none of those allowed:
// another version may have known more. s.mu is held.
func (s *Store) value(d definition) string {
	kept, ok := s.held.Values[d.key]
	if !ok {
		return d.standard()
	}
	if value, err := d.normal(kept); err == nil {
		return value
	}
	return d.standard()
}

// Words returns the catalogue of the chosen language, or of the system's.
func (s *Store) Words() (*i18n.Catalogue, error) {
	language, err := s.Get(Language)
	if err != nil {
		return nil, err
	}
	if language.Value == "" {
		return i18n.New()
	}
	return i18n.New(language.Value)
}
