package entries

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"torii/app/api"
	"torii/app/jsonfile"
	"torii/tunnel"
)

// fileVersion is the version of the file's format.
const fileVersion = 1

// maxFile bounds the connections, in bytes of JSON: all the connections travel to every face
// in one frame of at most 1 MiB.
const maxFile = 512 << 10

// document is the file.
type document struct {
	Version int         `json:"version"`
	Active  string      `json:"active,omitempty"` // an entry's ID
	Entries []api.Entry `json:"entries"`
}

// Store keeps the entries in a file. Its methods may be called from anywhere.
type Store struct {
	path string

	mu   sync.Mutex
	held document
}

// Open reads the file in folder dir; a missing one is an empty store. A file
// that does not read, or that a newer Torii wrote, is left alone and refused.
func Open(dir string) (*Store, error) {
	s := &Store{path: filepath.Join(dir, "entries.json"), held: document{Version: fileVersion}}
	if err := jsonfile.Read(s.path, fileVersion, &s.held); err != nil {
		return nil, fmt.Errorf("read the connections: %w", err)
	}
	if err := s.held.check(); err != nil {
		return nil, fmt.Errorf("read the connections: %s: %w", s.path, err)
	}
	return s, nil
}

// check makes sure that a document that was read is one of ours. An entry that
// makes no sense any more is kept, so that a person can mend it; connecting it
// says what is wrong.
func (d *document) check() error {
	ids := map[string]bool{}
	for i, e := range d.Entries {
		if e.ID == "" || ids[e.ID] {
			return fmt.Errorf("entry %d (%.40q) has no ID of its own", i+1, e.Name)
		}
		if err := checkUnique(d.Entries[:i], e); err != nil {
			return err
		}
		ids[e.ID] = true
		d.Entries[i].HasSecrets = false // the keyring's business
	}
	if !ids[d.Active] {
		d.Active = firstOf(d.Entries)
	}
	return nil
}

// firstOf is the ID of the first entry; "" where there is none.
func firstOf(list []api.Entry) string {
	if len(list) == 0 {
		return ""
	}
	return list[0].ID
}

// List returns the entries in their order, and the active one's ID.
func (s *Store) List() (list []api.Entry, active string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.held.Entries), s.held.Active
}

// Find returns the entry of that ID or name. Names are compared without regard
// to case where none fits exactly. The error has CodeNotFound.
func (s *Store) Find(ref string) (api.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := find(s.held.Entries, ref); i >= 0 {
		return s.held.Entries[i], nil
	}
	return api.Entry{}, notFound(ref)
}

func find(list []api.Entry, ref string) int {
	if i := slices.IndexFunc(list, func(e api.Entry) bool { return e.ID == ref || e.Name == ref }); i >= 0 {
		return i
	}
	return slices.IndexFunc(list, func(e api.Entry) bool { return strings.EqualFold(e.Name, ref) })
}

func notFound(ref string) error {
	return tunnel.Errorf(tunnel.CodeNotFound, "find the connection", "there is no connection %q", ref).WithDetail(ref)
}

// Add saves a new entry and gives it its ID. The first one becomes active.
func (s *Store) Add(entry api.Entry) (api.Entry, error) {
	entry, err := Check(entry)
	if err != nil {
		return entry, err
	}
	entry.ID = rand.Text()
	if entry.Origin == "" {
		entry.Origin = api.OriginUser
	}
	entry.HasSecrets = false
	err = s.change(func(d *document) error {
		if err := checkUnique(d.Entries, entry); err != nil {
			return err
		}
		d.Entries = append(d.Entries, entry)
		if d.Active == "" {
			d.Active = entry.ID
		}
		return nil
	})
	return entry, err
}

// Edit replaces the entry of the same ID. Its origin and its locks stay, and
// where it gets another name the one that it came with. A change of a locked
// field is refused with CodePolicy.
func (s *Store) Edit(entry api.Entry) (api.Entry, error) {
	entry, err := Check(entry)
	if err != nil {
		return entry, err
	}
	err = s.change(func(d *document) (err error) {
		entry, err = d.replace(entry)
		return err
	})
	return entry, err
}

// MayEdit reports why Edit would refuse the entry, and changes nothing.
func (s *Store) MayEdit(entry api.Entry) error {
	entry, err := Check(entry)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	scratch := document{Entries: slices.Clone(s.held.Entries)}
	_, err = scratch.replace(entry)
	return err
}

// replace puts an entry in the place of the one of its ID.
func (d *document) replace(entry api.Entry) (api.Entry, error) {
	i := slices.IndexFunc(d.Entries, func(e api.Entry) bool { return e.ID == entry.ID })
	if i < 0 {
		return entry, notFound(entry.Name)
	}
	if err := checkUnique(d.Entries, entry); err != nil {
		return entry, err
	}
	before := d.Entries[i]
	fixed, err := Check(before)
	if err != nil {
		fixed = before // it makes no sense, and what of it is fixed stays so
	}
	if err := checkLocked(fixed, entry); err != nil {
		return entry, err
	}
	entry.HasSecrets = false
	entry.Origin, entry.FirstName = before.Origin, firstName(before, entry.Name)
	entry.Locked, entry.LockedBy = before.Locked, before.LockedBy
	d.Entries[i] = entry
	return entry, nil
}

// firstName is the name that an entry came with, where it is called otherwise
// (004, section 1.3.2: it stays visible in the details).
func firstName(before api.Entry, name string) string {
	first := before.FirstName
	if first == "" {
		first = before.Name
	}
	if name == first {
		return ""
	}
	return first
}

// checkUnique keeps names unique.
func checkUnique(list []api.Entry, entry api.Entry) error {
	for _, other := range list {
		if other.ID != entry.ID && strings.EqualFold(other.Name, entry.Name) {
			return invalid("there is a connection %q already", other.Name)
		}
	}
	return nil
}

// Delete removes an entry. Where it was the active one the first of the others is.
func (s *Store) Delete(ref string) error {
	return s.change(func(d *document) error {
		i := find(d.Entries, ref)
		if i < 0 {
			return notFound(ref)
		}
		wasActive := d.Entries[i].ID == d.Active
		d.Entries = slices.Delete(d.Entries, i, i+1)
		if wasActive {
			d.Active = firstOf(d.Entries)
		}
		return nil
	})
}

// Choose makes an entry the active one.
func (s *Store) Choose(ref string) error {
	return s.change(func(d *document) error {
		i := find(d.Entries, ref)
		if i < 0 {
			return notFound(ref)
		}
		d.Active = d.Entries[i].ID
		return nil
	})
}

// change makes a change that is on disk when it returns, or not at all.
func (s *Store) change(edit func(d *document) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.held
	next.Entries = slices.Clone(s.held.Entries)
	if err := edit(&next); err != nil {
		return err
	}
	if text, err := json.Marshal(next); err != nil || len(text) > maxFile {
		return errors.Join(err, invalid("there are too many connections; delete some first"))
	}
	if err := jsonfile.Write(s.path, next); err != nil {
		return fmt.Errorf("write the connections: %w", err)
	}
	s.held = next
	return nil
}
