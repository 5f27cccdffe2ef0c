// Package audit keeps the list of decisions about servers: when, which server
// with which certificate, what was found and what was chosen. It also knows the
// certificate that each server showed last, so that another one is noticed.
package audit

import (
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"torii/app/api"
	"torii/app/jsonfile"
)

// fileVersion is the version of the file's format.
const fileVersion = 1

// The bounds of the file.
const (
	mostDecisions = 500
	mostServers   = 200
	mostFound     = 16 // words of one decision
	longestText   = 256
)

type document struct {
	Version   int            `json:"version"`
	Decisions []api.Decision `json:"decisions"` // the oldest first
	// Servers are what each server ("host:port") showed last.
	Servers map[string]Seen `json:"servers"`
}

// Seen is the certificate that a server showed at the last visit.
type Seen struct {
	Fingerprint string    `json:"fingerprint"` // SHA-256 of its DER, 64 lower-case hex digits
	When        time.Time `json:"when"`
}

// List is the list. Its methods may be called from any goroutine.
type List struct {
	path   string     // "" keeps it in memory
	saving sync.Mutex // over the file; taken before mu

	mu   sync.Mutex
	held document
}

// Open reads the list in folder dir; a missing one is empty. A file that does
// not read is left alone and refused.
func Open(dir string) (*List, error) {
	l := InMemory()
	l.path = filepath.Join(dir, "trust-decisions.json")
	if err := jsonfile.Read(l.path, fileVersion, &l.held); err != nil {
		return nil, err
	}
	if l.held.Servers == nil {
		l.held.Servers = map[string]Seen{}
	}
	return l, nil
}

// InMemory makes a list that ends with the process.
func InMemory() *List {
	return &List{held: document{Version: fileVersion, Servers: map[string]Seen{}}}
}

// All returns the decisions, the newest first.
func (l *List) All() []api.Decision {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Clone(l.held.Decisions)
	slices.Reverse(all)
	return all
}

// Last returns what a server showed at the last visit.
func (l *List) Last(host string, port uint16) (Seen, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	seen, ok := l.held.Servers[place(host, port)]
	return seen, ok
}

// Add keeps a decision. One that no person made and that says the same as the
// last one about that server is not repeated: a server that is trusted at each
// connect would push out what matters. changed tells that there is something to
// Save: a disk is slow, and a server waits for the decision.
func (l *List) Add(d api.Decision) (changed bool) {
	d.When = d.When.UTC().Truncate(time.Second)
	d.Host, d.Subject, d.Issuer = cut(d.Host), cut(d.Subject), cut(d.Issuer)
	d.Found = slices.Clone(d.Found[:min(len(d.Found), mostFound)])
	l.mu.Lock()
	defer l.mu.Unlock()
	repeated := !d.Person && l.saysTheSame(d)
	seen, known := l.held.Servers[place(d.Host, d.Port)]
	visited := d.Chosen.Passes()
	sameVisit := known && seen.Fingerprint == d.Fingerprint && d.When.Sub(seen.When).Abs() < 24*time.Hour
	if repeated && (!visited || sameVisit) {
		return false
	}
	if !repeated {
		l.held.Decisions = append(l.held.Decisions, d)
		if extra := len(l.held.Decisions) - mostDecisions; extra > 0 {
			l.held.Decisions = slices.Delete(l.held.Decisions, 0, extra)
		}
	}
	if visited {
		l.visit(place(d.Host, d.Port), Seen{Fingerprint: d.Fingerprint, When: d.When})
	}
	return true
}

// Save writes the list to its file.
func (l *List) Save() error {
	if l.path == "" {
		return nil
	}
	l.saving.Lock()
	defer l.saving.Unlock()
	l.mu.Lock()
	now := document{Version: fileVersion, Decisions: slices.Clone(l.held.Decisions), Servers: maps.Clone(l.held.Servers)}
	l.mu.Unlock()
	return jsonfile.Write(l.path, now)
}

// saysTheSame compares a decision with the last one about the server. l.mu is
// held.
func (l *List) saysTheSame(d api.Decision) bool {
	for _, last := range slices.Backward(l.held.Decisions) {
		if last.Host == d.Host && last.Port == d.Port {
			return last.Fingerprint == d.Fingerprint && last.Chosen == d.Chosen && slices.Equal(last.Found, d.Found)
		}
	}
	return false
}

// visit remembers what a server showed, and forgets the server that was visited
// the longest ago where there is no room. l.mu is held.
func (l *List) visit(place string, seen Seen) {
	if _, known := l.held.Servers[place]; !known && len(l.held.Servers) >= mostServers {
		oldest := ""
		for at, s := range l.held.Servers {
			if oldest == "" || s.When.Before(l.held.Servers[oldest].When) {
				oldest = at
			}
		}
		delete(l.held.Servers, oldest)
	}
	l.held.Servers[place] = seen
}

// place names a server in the file; names are the same in every case.
func place(host string, port uint16) string {
	host = strings.TrimSuffix(strings.ToLower(cut(host)), ".")
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}

// cut bounds what a certificate says of itself.
func cut(text string) string {
	if len(text) > longestText {
		return strings.ToValidUTF8(text[:longestText], "") + "…"
	}
	return text
}
