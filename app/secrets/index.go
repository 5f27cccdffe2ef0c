package secrets

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"torii/app/jsonfile"
)

// indexVersion is the version of the index's format.
const indexVersion = 1

// index names what is kept, and holds no secret.
type index struct {
	path string

	mu   sync.Mutex
	held indexDocument
}

type indexDocument struct {
	Version int                 `json:"version"`
	Kept    map[string][]string `json:"kept"` // keys by entry
}

func openIndex(dir string) (*index, error) {
	x := &index{path: filepath.Join(dir, "kept-passwords.json"), held: indexDocument{Version: indexVersion}}
	if err := jsonfile.Read(x.path, indexVersion, &x.held); err != nil {
		return nil, fmt.Errorf("read the index of passwords: %w", err)
	}
	return x, nil
}

func (x *index) keys(entry string) []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.held.Kept[entry])
}

func (x *index) has(entry, key string) bool { return slices.Contains(x.keys(entry), key) }

func (x *index) add(entry, key string) error {
	return x.change(entry, func(keys []string) []string {
		if slices.Contains(keys, key) {
			return keys
		}
		return append(keys, key)
	})
}

func (x *index) remove(entry, key string) error {
	return x.change(entry, func(keys []string) []string {
		return slices.DeleteFunc(keys, func(k string) bool { return k == key })
	})
}

func (x *index) change(entry string, edit func(keys []string) []string) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	next := indexDocument{Version: indexVersion, Kept: maps.Clone(x.held.Kept)}
	if next.Kept == nil {
		next.Kept = map[string][]string{}
	}
	next.Kept[entry] = edit(slices.Clone(next.Kept[entry]))
	if len(next.Kept[entry]) == 0 {
		delete(next.Kept, entry)
	}
	if err := jsonfile.Write(x.path, next); err != nil {
		return fmt.Errorf("write the index of passwords: %w", err)
	}
	x.held = next
	return nil
}
