package app

import (
	"slices"
	"time"

	"torii/i18n"
	"torii/tunnel"
)

// trustNote is a tunnel.Note before it has words.
type trustNote struct {
	code    tunnel.NoteCode
	host    string
	day     time.Time // of the last visit, for NoteCertificateChanged
	serious bool
}

// note adds a note, once.
func (t *trust) note(n trustNote) {
	t.mu.Lock()
	same := func(other trustNote) bool { return other.code == n.code && other.host == n.host }
	there := slices.ContainsFunc(t.notes, same)
	if !there {
		t.notes = append(t.notes, n)
	}
	t.mu.Unlock()
	if !there {
		t.noted()
	}
}

// unnote takes a note back that does not hold any more.
func (t *trust) unnote(code tunnel.NoteCode, host string) {
	t.mu.Lock()
	before := len(t.notes)
	t.notes = slices.DeleteFunc(t.notes, func(n trustNote) bool { return n.code == code && n.host == host })
	gone := len(t.notes) < before
	t.mu.Unlock()
	if gone {
		t.noted()
	}
}

// words are the notes in a language. A nil trust has none.
func (t *trust) words(words *i18n.Catalogue) []tunnel.Note {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []tunnel.Note
	for _, n := range t.notes {
		values := i18n.Values{"Host": n.host, "Day": n.day.Local().Format(time.DateOnly)}
		list = append(list, tunnel.Note{Code: n.code, Message: words.Text("note."+string(n.code), values), Serious: n.serious})
	}
	return list
}
