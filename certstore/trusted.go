package certstore

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// trustedVersion is the version of the file's format.
const trustedVersion = 1

type trustedFile struct {
	Version     int               `json:"version"`
	Servers     []keptServer      `json:"servers"`
	Authorities []keptCertificate `json:"authorities"`
}

type keptServer struct {
	Host string `json:"host"`
	Port uint16 `json:"port"`
	keptCertificate
}

type keptCertificate struct {
	Certificate []byte    `json:"certificate"` // DER
	Added       time.Time `json:"added"`
}

// ErrNotAuthority means a certificate that may not issue others.
var ErrNotAuthority = errors.New("it is not the certificate of an authority")

func (k keptServer) item() (Item, error) {
	chain, err := parseChain([][]byte{k.Certificate})
	if err != nil {
		return Item{}, err
	}
	return serverItem(k.Host, k.Port, chain[0], k.Added), nil
}

func serverItem(host string, port uint16, leaf *x509.Certificate, added time.Time) Item {
	host = normalHost(host)
	place := net.JoinHostPort(host, strconv.Itoa(int(port)))
	return Item{
		Kind: KindServer, ID: Fingerprint(leaf) + "@" + place, Name: place, Chain: []*x509.Certificate{leaf},
		Added: added, Host: host, Port: port,
	}
}

// normalHost makes one spelling of a host: names do not depend on case, nor on
// the dot at their end.
func normalHost(host string) string { return strings.TrimSuffix(strings.ToLower(host), ".") }

func (k keptCertificate) item() (Item, error) {
	chain, err := parseChain([][]byte{k.Certificate})
	if err != nil {
		return Item{}, err
	}
	return authorityItem(chain[0], k.Added), nil
}

func authorityItem(c *x509.Certificate, added time.Time) Item {
	return Item{Kind: KindAuthority, ID: Fingerprint(c), Name: nameOf(c), Chain: []*x509.Certificate{c}, Added: added, Root: isRoot(c)}
}

// isRoot reports whether a certificate is issued by itself.
func isRoot(c *x509.Certificate) bool {
	return bytes.Equal(c.RawSubject, c.RawIssuer) && c.CheckSignatureFrom(c) == nil
}

// mayIssue reports whether a certificate may stand for an authority (RFC 5280,
// section 4.2.1.9); version 1 roots, which have no extensions, are issued by
// themselves.
func mayIssue(c *x509.Certificate) bool {
	if c.BasicConstraintsValid {
		return c.IsCA
	}
	return c.Version < 3 && bytes.Equal(c.RawSubject, c.RawIssuer)
}

// AcceptServer remembers that a person accepts a leaf for one server. Whether
// it may be accepted (valid, and only not trusted) the caller has found out.
func (s *Store) AcceptServer(host string, port uint16, leaf *x509.Certificate) (Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	item := serverItem(host, port, leaf, s.now().UTC())
	servers := slices.DeleteFunc(slices.Clone(s.servers), func(i Item) bool { return i.ID == item.ID })
	return item, s.saveTrusted(append(servers, item), s.roots)
}

// Accepts reports whether a person has accepted exactly this leaf for exactly
// this server.
func (s *Store) Accepts(host string, port uint16, leaf *x509.Certificate) bool {
	id := serverItem(host, port, leaf, time.Time{}).ID
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.servers, func(i Item) bool { return i.ID == id })
}

// AddAuthorities takes certificates of authorities, all or none. One that was
// issued by itself is trusted from then on; another one only completes chains.
// ErrNotAuthority means that one of them may not issue any.
func (s *Store) AddAuthorities(certificates []*x509.Certificate) ([]Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	roots := slices.Clone(s.roots)
	var added []Item
	for _, c := range certificates {
		if !mayIssue(c) {
			return nil, fmt.Errorf("%s: %w", nameOf(c), ErrNotAuthority)
		}
		item := authorityItem(c, s.now().UTC())
		roots = slices.DeleteFunc(roots, func(i Item) bool { return i.ID == item.ID })
		roots, added = append(roots, item), append(added, item)
	}
	return added, s.saveTrusted(s.servers, roots)
}

// Authorities are the certificates that a person added: those that are trusted
// by themselves, and those that only complete chains.
func (s *Store) Authorities() (roots, intermediates []*x509.Certificate) {
	for _, item := range s.List(KindAuthority) {
		if item.Root {
			roots = append(roots, item.Leaf())
		} else {
			intermediates = append(intermediates, item.Leaf())
		}
	}
	return roots, intermediates
}

// saveTrusted writes servers and authorities and takes them over. s.mu is held.
func (s *Store) saveTrusted(servers, roots []Item) error {
	next := trustedFile{Version: trustedVersion, Servers: []keptServer{}, Authorities: []keptCertificate{}}
	for _, i := range servers {
		next.Servers = append(next.Servers, keptServer{i.Host, i.Port, keptCertificate{i.Leaf().Raw, i.Added}})
	}
	for _, i := range roots {
		next.Authorities = append(next.Authorities, keptCertificate{i.Leaf().Raw, i.Added})
	}
	if err := writeFile(s.trustedPath(), next); err != nil {
		return fmt.Errorf("write the trusted certificates: %w", err)
	}
	s.trusted, s.servers, s.roots = next, servers, roots
	return nil
}
