package certstore

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bundleOf is a person's certificate with its key.
func bundleOf(t testing.TB, p *party, chain ...*x509.Certificate) *Bundle {
	t.Helper()
	file := append(certificatePEM(p.Certificate), keyPEM(t, p.key)...)
	for _, c := range chain {
		file = append(file, certificatePEM(c)...)
	}
	return read(t, file, "")
}

// add takes one identity.
func add(t testing.TB, s *Store, b *Bundle, keep Keep) Item {
	t.Helper()
	items, err := s.AddIdentities(t.Context(), b, keep)
	if err != nil || len(items) != 1 {
		t.Fatalf("add: %v, %v", items, err)
	}
	return items[0]
}

// wantSigns has an identity prove itself to a server in TLS, which checks the
// proof against the certificate.
func wantSigns(t testing.TB, s *Store, item Item) {
	t.Helper()
	certificate, err := s.Certificate(t.Context(), item.ID)
	if err != nil {
		t.Fatalf("use %s: %v", item.Name, err)
	}
	if len(certificate.Certificate) != len(item.Chain) {
		t.Errorf("%s: it shows %d certificates of %d", item.Name, len(certificate.Certificate), len(item.Chain))
	}
	server := issue(t, nil, "server", ecKey(t), nil)
	near, far := net.Pipe()
	var done sync.WaitGroup
	defer done.Wait()
	done.Go(func() {
		defer far.Close()
		client := tls.Client(far, &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{*certificate}})
		if err := client.HandshakeContext(t.Context()); err != nil {
			t.Errorf("%s: the client: %v", item.Name, err)
			return
		}
		far.Read(make([]byte, 1))
	})
	defer near.Close()
	conn := tls.Server(near, &tls.Config{
		ClientAuth: tls.RequireAnyClientCert, Certificates: []tls.Certificate{{Certificate: [][]byte{server.Raw}, PrivateKey: server.key}},
	})
	if err := conn.HandshakeContext(t.Context()); err != nil {
		t.Errorf("%s: the server: %v", item.Name, err)
		return
	}
	if got := conn.ConnectionState().PeerCertificates[0]; !got.Equal(item.Leaf()) {
		t.Errorf("%s: it shows %v", item.Name, got.Subject)
	}
}

func TestIdentitiesAreKept(t *testing.T) {
	for kind, key := range map[string]crypto.Signer{"rsa": rsaKey(t), "ec": ecKey(t), "ed25519": edKey(t)} {
		dir, keyring := t.TempDir(), newRing()
		f := newFamily(t, key)
		s := open(t, dir, keyring)
		item := add(t, s, bundleOf(t, f.person, f.middle.Certificate), Keep{How: InKeyring})
		if item.Name != "Alice Example" || item.ID != Fingerprint(f.person.Certificate) || len(item.Chain) != 2 || item.Kind != KindUser || item.Keeping != InKeyring {
			t.Errorf("%s: %+v", kind, item)
		}
		wantSigns(t, s, item)
		again := open(t, dir, keyring)
		if list := again.List(KindUser); len(list) != 1 || list[0].ID != item.ID || !list[0].Added.Equal(item.Added) || len(list[0].Chain) != 2 {
			t.Fatalf("%s: after a restart: %+v", kind, list)
		}
		if keyring.asks != 0 {
			t.Errorf("%s: to list asks the keyring", kind)
		}
		wantSigns(t, again, item)
		wantSigns(t, again, item)
		if keyring.asks != 1 {
			t.Errorf("%s: it asks the keyring %d times", kind, keyring.asks)
		}
	}
}

func TestNamesAreUnique(t *testing.T) {
	s := open(t, t.TempDir(), newRing())
	keep := Keep{How: InMemory}
	f := newFamily(t, ecKey(t))
	first := add(t, s, bundleOf(t, f.person), keep)
	second := add(t, s, bundleOf(t, newFamily(t, ecKey(t)).person), keep)
	if first.Name != "Alice Example" || second.Name != "Alice Example (2)" {
		t.Errorf("the names are %q and %q", first.Name, second.Name)
	}
	renamed := add(t, s, bundleOf(t, f.person), Keep{How: InMemory, Name: "Work"})
	if renamed.ID != first.ID || renamed.Name != "Work" || len(s.List(KindUser)) != 2 {
		t.Errorf("once more: %+v of %d", renamed, len(s.List(KindUser)))
	}
	if again := add(t, s, bundleOf(t, f.person), keep); again.Name != "Work" {
		t.Errorf("its name is lost: %q", again.Name)
	}
	reservedName := add(t, s, bundleOf(t, newFamily(t, ecKey(t)).person), Keep{How: InMemory, Name: "Automatic"})
	if reservedName.Name != "Automatic (2)" {
		t.Errorf("a reserved word is the name %q", reservedName.Name)
	}
	for text, want := range map[string]string{"Work": first.ID, first.ID: first.ID, first.ID[:12]: first.ID, strings.ToUpper(first.ID[:12]): first.ID} {
		if found, err := s.Find(KindUser, text); err != nil || found.ID != want {
			t.Errorf("find %q: %+v, %v", text, found, err)
		}
	}
	for _, text := range []string{"", "work", first.ID[:3], "zzzz"} {
		if found, err := s.Find(KindUser, text); !errors.Is(err, ErrNotFound) {
			t.Errorf("find %q: %+v, %v", text, found, err)
		}
	}
}

func TestDelete(t *testing.T) {
	dir, keyring := t.TempDir(), newRing()
	s := open(t, dir, keyring)
	f, g := newFamily(t, ecKey(t)), newFamily(t, ecKey(t))
	a := add(t, s, bundleOf(t, f.person), Keep{How: InKeyring})
	add(t, s, bundleOf(t, g.person), Keep{How: InKeyring})
	if err := s.NoteWorked("vpn.example.com:443", a.ID); err != nil || s.Worked("vpn.example.com:443") != a.ID {
		t.Errorf("what worked: %v", err)
	}
	if err := s.Delete(KindUser, "none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("delete another: %v", err)
	}
	if err := s.Delete(KindUser, a.ID); err != nil || s.Worked("vpn.example.com:443") != "" {
		t.Errorf("delete: %v, worked %q", err, s.Worked("vpn.example.com:443"))
	}
	if _, err := s.Certificate(t.Context(), a.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("after its end: %v", err)
	}
	if n := len(open(t, dir, keyring).List(KindUser)); n != 1 {
		t.Errorf("after a restart there are %d", n)
	}
	text, err := os.ReadFile(filepath.Join(dir, "identities.json"))
	if err != nil || bytes.Contains(text, []byte(base64.StdEncoding.EncodeToString(f.person.Raw))) {
		t.Errorf("the file still has it: %v", err)
	}
	if _, err := s.AddAuthorities([]*x509.Certificate{f.root.Certificate}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.DeleteAll(KindUser); n != 1 || err != nil || len(s.List(KindUser)) != 0 || len(s.List(KindAuthority)) != 1 {
		t.Errorf("delete all: %d, %v", n, err)
	}
	if n, err := s.DeleteAll(KindAuthority); n != 1 || err != nil {
		t.Errorf("delete all authorities: %d, %v", n, err)
	}
	if _, err := s.DeleteAll("other"); err == nil {
		t.Error("a kind that there is not")
	}
}

func TestAcceptedServers(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, nil)
	leaf, other := issue(t, nil, "vpn", ecKey(t), nil), issue(t, nil, "vpn", ecKey(t), nil)
	item, err := s.AcceptServer("VPN.example.com.", 443, leaf.Certificate)
	if err != nil || item.Name != "vpn.example.com:443" || item.Host != "vpn.example.com" || item.Port != 443 {
		t.Fatalf("%+v, %v", item, err)
	}
	if _, err := s.AcceptServer("2001:db8::1", 8443, leaf.Certificate); err != nil {
		t.Fatal(err)
	}
	s.AcceptServer("vpn.example.com", 443, leaf.Certificate) // again
	for _, s := range []*Store{s, open(t, dir, nil)} {
		if n := len(s.List(KindServer)); n != 2 {
			t.Errorf("%d are accepted", n)
		}
		for _, c := range []struct {
			host string
			port uint16
			leaf *party
			want bool
		}{
			{"vpn.example.com", 443, leaf, true}, {"vpn.EXAMPLE.com.", 443, leaf, true}, {"2001:db8::1", 8443, leaf, true},
			{"vpn.example.com", 444, leaf, false}, {"vpn2.example.com", 443, leaf, false}, {"vpn.example.com", 443, other, false},
			{"2001:db8::1", 443, leaf, false},
		} {
			if got := s.Accepts(c.host, c.port, c.leaf.Certificate); got != c.want {
				t.Errorf("%s, %d: accepted is %v", c.host, c.port, got)
			}
		}
	}
	if _, err := s.Find(KindServer, Fingerprint(leaf.Certificate)[:8]); !errors.Is(err, ErrAmbiguous) {
		t.Errorf("one leaf for two servers: %v", err)
	}
	if err := s.Delete(KindServer, item.ID); err != nil || s.Accepts("vpn.example.com", 443, leaf.Certificate) {
		t.Errorf("it is still accepted: %v", err)
	}
}

func TestAuthorities(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, nil)
	f := newFamily(t, ecKey(t))
	if _, err := s.AddAuthorities([]*x509.Certificate{f.root.Certificate, f.person.Certificate}); !errors.Is(err, ErrNotAuthority) || len(s.List(KindAuthority)) != 0 {
		t.Errorf("a person among authorities: %v", err)
	}
	selfSigned := issue(t, nil, "vpn", ecKey(t), func(c *x509.Certificate) { c.BasicConstraintsValid = true })
	if _, err := s.AddAuthorities([]*x509.Certificate{selfSigned.Certificate}); !errors.Is(err, ErrNotAuthority) {
		t.Errorf("a server among authorities: %v", err)
	}
	// A certificate that calls itself its own issuer, and is not.
	forged := issue(t, f.root, "Example Root", ecKey(t), authority)
	for range 2 {
		if _, err := s.AddAuthorities([]*x509.Certificate{f.middle.Certificate, f.root.Certificate, forged.Certificate}); err != nil {
			t.Fatal(err)
		}
	}
	roots, intermediates := open(t, dir, nil).Authorities()
	if len(roots) != 1 || !roots[0].Equal(f.root.Certificate) || len(intermediates) != 2 || !intermediates[0].Equal(f.middle.Certificate) {
		t.Errorf("roots %d, intermediates %d", len(roots), len(intermediates))
	}
}

// TestChainsAreNotTrusted: what came along with an identity vouches for nobody.
func TestChainsAreNotTrusted(t *testing.T) {
	s := open(t, t.TempDir(), newRing())
	f := newFamily(t, ecKey(t))
	add(t, s, bundleOf(t, f.person, f.middle.Certificate, f.root.Certificate), Keep{How: InKeyring})
	roots, intermediates := s.Authorities()
	if len(roots)+len(intermediates)+len(s.List(KindAuthority)) != 0 {
		t.Errorf("%d roots and %d intermediates came along", len(roots), len(intermediates))
	}
}
