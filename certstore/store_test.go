package certstore

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const phrase = "correct horse"

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

// TestKeysAreNowhereInTheOpen reads every file of the store and everything that
// prints, and looks for pieces of the keys.
func TestKeysAreNowhereInTheOpen(t *testing.T) {
	dir, keyring := t.TempDir(), newRing()
	s := open(t, dir, keyring)
	var needles [][]byte
	for i, how := range []Keeping{InKeyring, UnderPassphrase, InMemory} {
		f := newFamily(t, ecKey(t))
		needles = append(needles, privatePart(t, f.person.key))
		item := add(t, s, bundleOf(t, f.person), Keep{How: how, Passphrase: phrase, Name: fmt.Sprint(i)})
		certificate, err := s.Certificate(t.Context(), item.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
			for _, value := range []any{certificate.PrivateKey, certificate, item} {
				wantNone(t, fmt.Sprintf("%T by %s", value, verb), []byte(fmt.Sprintf(verb, value)), needles[i:])
			}
		}
		text, err := json.Marshal(certificate.PrivateKey)
		if err != nil {
			t.Fatal(err)
		}
		wantNone(t, "JSON", text, needles[i:])
		if _, ok := certificate.PrivateKey.(interface{ Key() any }); ok {
			t.Error("the key can be asked for")
		}
	}
	for _, master := range keyring.held {
		needles = append(needles, master)
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		wantNone(t, d.Name(), text, needles)
		if bytes.Contains(text, []byte(phrase)) {
			t.Errorf("%s has the passphrase", d.Name())
		}
		info, err := d.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", d.Name(), info.Mode(), err)
		}
		return err
	})
	if err != nil || files != 1 {
		t.Errorf("%d files, %v", files, err)
	}
	if list := open(t, dir, keyring).List(KindUser); len(list) != 2 {
		t.Errorf("what is in memory only is on disk: %+v", list)
	}
}

// privatePart is the secret number of an elliptic key.
func privatePart(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	raw, err := key.(interface{ Bytes() ([]byte, error) }).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func wantNone(t *testing.T, what string, text []byte, needles [][]byte) {
	t.Helper()
	for _, needle := range needles {
		number := new(big.Int).SetBytes(needle).String()
		for _, form := range []string{
			string(needle), hex.EncodeToString(needle), strings.ToUpper(hex.EncodeToString(needle)), number,
			base64.StdEncoding.EncodeToString(needle)[:20], fmt.Sprint(needle),
		} {
			if bytes.Contains(text, []byte(form)) {
				t.Errorf("%s shows a key", what)
			}
		}
	}
}

func TestPassphrase(t *testing.T) {
	dir := t.TempDir()
	f, g := newFamily(t, ecKey(t)), newFamily(t, ecKey(t))
	s := open(t, dir, nil)
	if _, err := s.AddIdentities(t.Context(), bundleOf(t, f.person), Keep{How: InKeyring}); !errors.Is(err, ErrKeyring) {
		t.Errorf("without a keyring: %v", err)
	}
	if _, err := s.AddIdentities(t.Context(), bundleOf(t, f.person), Keep{How: UnderPassphrase, Passphrase: "short"}); !errors.Is(err, ErrWeak) {
		t.Errorf("a short one: %v", err)
	}
	if len(s.List(KindUser)) != 0 {
		t.Fatal("what was refused is there")
	}
	item := add(t, s, bundleOf(t, f.person), Keep{How: UnderPassphrase, Passphrase: phrase})
	wantSigns(t, s, item)
	again := open(t, dir, nil)
	if _, err := again.Certificate(t.Context(), item.ID); !errors.Is(err, ErrLocked) {
		t.Errorf("after a restart: %v", err)
	}
	if err := again.Unlock(t.Context(), "wrong horse"); !errors.Is(err, ErrPassphrase) {
		t.Errorf("another passphrase: %v", err)
	}
	if err := again.Unlock(t.Context(), ""); !errors.Is(err, ErrPassphrase) {
		t.Errorf("no passphrase: %v", err)
	}
	if _, err := again.Certificate(t.Context(), item.ID); !errors.Is(err, ErrLocked) {
		t.Errorf("after a wrong one: %v", err)
	}
	if err := again.Unlock(t.Context(), phrase); err != nil {
		t.Fatal(err)
	}
	wantSigns(t, again, item)
	second := add(t, again, bundleOf(t, g.person), Keep{How: UnderPassphrase, Passphrase: phrase})
	if len(again.identities.Masters) != 1 {
		t.Errorf("one passphrase has %d masters", len(again.identities.Masters))
	}
	if _, err := again.AddIdentities(t.Context(), bundleOf(t, g.middle), Keep{How: UnderPassphrase, Passphrase: "another phrase"}); !errors.Is(err, ErrPassphrase) {
		t.Errorf("another passphrase for another key: %v", err)
	}
	third := open(t, dir, nil)
	if err := third.Unlock(t.Context(), phrase); err != nil {
		t.Fatal(err)
	}
	wantSigns(t, third, item)
	wantSigns(t, third, second)
}

// TestKeyringTroubles: a keyring that fails changes nothing, and one that has
// lost a secret does not stand in the way of new identities.
func TestKeyringTroubles(t *testing.T) {
	dir, keyring := t.TempDir(), newRing()
	f, g := newFamily(t, ecKey(t)), newFamily(t, ecKey(t))
	s := open(t, dir, keyring)
	locked := errors.New("nobody unlocks it")
	keyring.err = locked
	if _, err := s.AddIdentities(t.Context(), bundleOf(t, f.person), Keep{How: InKeyring}); !errors.Is(err, ErrKeyring) || !errors.Is(err, locked) {
		t.Errorf("a locked keyring: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "identities.json")); !os.IsNotExist(err) || len(s.List(KindUser)) != 0 {
		t.Errorf("what was refused is there (%v)", err)
	}
	keyring.err = nil
	item := add(t, s, bundleOf(t, f.person), Keep{How: InKeyring})
	keyring.held = map[string][]byte{} // somebody cleaned up
	s = open(t, dir, keyring)
	if _, err := s.Certificate(t.Context(), item.ID); !errors.Is(err, ErrLost) {
		t.Errorf("a lost secret: %v", err)
	}
	wantSigns(t, s, add(t, s, bundleOf(t, g.person), Keep{How: InKeyring}))
	if err := s.Delete(KindUser, item.ID); err != nil || len(s.identities.Masters) != 1 {
		t.Errorf("after the lost one's end: %v, %d masters", err, len(s.identities.Masters))
	}
	if _, err := s.DeleteAll(KindUser); err != nil {
		t.Fatal(err)
	}
	wantSigns(t, s, add(t, s, bundleOf(t, g.person), Keep{How: InKeyring}))
	if len(keyring.held) != 1 {
		t.Errorf("the keyring has %d secrets of the store's", len(keyring.held))
	}
	keyring.err = locked
	s = open(t, dir, keyring)
	if _, err := s.Certificate(t.Context(), Fingerprint(g.person.Certificate)); !errors.Is(err, ErrKeyring) {
		t.Errorf("a keyring that is locked later: %v", err)
	}
	if _, err := s.AddIdentities(t.Context(), bundleOf(t, f.person), Keep{How: InKeyring}); !errors.Is(err, ErrKeyring) {
		t.Errorf("and another identity: %v", err)
	}
}

// endlessRing is a keyring whose person is at lunch.
type endlessRing struct {
	*ring
	asked chan struct{}
}

func (r endlessRing) Recall(ctx context.Context, _ string) ([]byte, bool, error) {
	close(r.asked)
	<-ctx.Done()
	return nil, false, ctx.Err()
}

// TestAWaitingKeyringHoldsNobodyUp: while it asks a person, servers are judged
// and lists are shown.
func TestAWaitingKeyringHoldsNobodyUp(t *testing.T) {
	dir, keyring := t.TempDir(), newRing()
	f := newFamily(t, ecKey(t))
	item := add(t, open(t, dir, keyring), bundleOf(t, f.person), Keep{How: InKeyring})
	waiting := endlessRing{keyring, make(chan struct{})}
	s := open(t, dir, waiting)
	ctx, cancel := context.WithCancel(t.Context())
	var user sync.WaitGroup
	user.Go(func() {
		if _, err := s.Certificate(ctx, item.ID); !errors.Is(err, ErrKeyring) {
			t.Errorf("a keyring that is given up: %v", err)
		}
	})
	<-waiting.asked
	if len(s.List(KindUser)) != 1 || s.Accepts("vpn", 443, f.person.Certificate) || s.Locked(item.ID) {
		t.Error("the store answers wrongly")
	}
	if _, err := s.AcceptServer("vpn", 443, f.person.Certificate); err != nil {
		t.Error(err)
	}
	cancel()
	user.Wait()
}

// TestSealedKeysAreNotExchanged: whoever writes the file cannot put one key in
// another one's place.
func TestSealedKeysAreNotExchanged(t *testing.T) {
	dir, keyring := t.TempDir(), newRing()
	f, g := newFamily(t, ecKey(t)), newFamily(t, ecKey(t))
	s := open(t, dir, keyring)
	a, b := add(t, s, bundleOf(t, f.person), Keep{How: InKeyring}), add(t, s, bundleOf(t, g.person), Keep{How: InKeyring})
	kept := s.identities
	kept.Identities[0].Key, kept.Identities[1].Key = kept.Identities[1].Key, kept.Identities[0].Key
	if err := writeFile(s.identityPath(), kept); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, keyring)
	for _, item := range []Item{a, b} {
		if c, err := s.Certificate(t.Context(), item.ID); err == nil {
			t.Errorf("%s signs with %v", item.Name, c.PrivateKey)
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

// TestWritesAreWhole reads the file all the while as it is written: each time
// it is one whole version or another.
func TestWritesAreWhole(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, newRing())
	items := []Item{}
	for range 3 {
		items = append(items, add(t, s, bundleOf(t, issue(t, nil, "Alice", ecKey(t), nil)), Keep{How: InKeyring}))
	}
	ctx, cancel := context.WithCancel(t.Context())
	var reader sync.WaitGroup
	reads := 0
	reader.Go(func() {
		for ctx.Err() == nil {
			other, err := Open(dir, nil)
			if err != nil || len(other.List(KindUser)) != 3 {
				t.Errorf("a half-written file: %v", err)
				return
			}
			reads++
		}
	})
	for i := range 200 {
		if err := s.NoteWorked("vpn:443", items[i%3].ID); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	reader.Wait()
	if reads == 0 {
		t.Error("nothing was read meanwhile")
	}
}

// TestAFailedWriteChangesNothing: not in memory either.
func TestAFailedWriteChangesNothing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, newRing())
	f := newFamily(t, ecKey(t))
	item := add(t, s, bundleOf(t, f.person), Keep{How: InKeyring})
	s.dir = write(t, dir, "file", nil) // no folder, so that nothing can be written
	if _, err := s.AddIdentities(t.Context(), bundleOf(t, f.middle), Keep{How: UnderPassphrase, Passphrase: phrase}); err == nil {
		t.Error("an identity was written to nowhere")
	}
	if _, err := s.AddAuthorities([]*x509.Certificate{f.root.Certificate}); err == nil {
		t.Error("an authority was written to nowhere")
	}
	if _, err := s.AcceptServer("vpn", 443, f.person.Certificate); err == nil {
		t.Error("a server was written to nowhere")
	}
	if err := s.NoteWorked("vpn:443", item.ID); err == nil || s.Worked("vpn:443") != "" {
		t.Errorf("what worked was written to nowhere: %v", err)
	}
	if err := s.Delete(KindUser, item.ID); err == nil {
		t.Error("a deletion was written to nowhere")
	}
	if len(s.List(KindUser)) != 1 || len(s.List(KindAuthority))+len(s.List(KindServer)) != 0 || len(s.identities.Masters) != 1 {
		t.Errorf("the store changed: %+v", s.identities)
	}
	if s.Accepts("vpn", 443, f.person.Certificate) {
		t.Error("a server is accepted that was not written")
	}
}

// TestStrangeFilesAreRefused: and left as they are.
func TestStrangeFilesAreRefused(t *testing.T) {
	for _, name := range []string{"identities.json", "trusted-certificates.json"} {
		for what, text := range map[string]string{
			"damaged": `{"version":1,"identities":[`, "of the future": `{"version":2}`, "without a version": `{}`, "of another kind": `[]`,
			"with a bad certificate": `{"version":1,"identities":[{"name":"x","chain":["AAAA"]}],"servers":[{"certificate":"AAAA"}]}`,
			"without a certificate":  `{"version":1,"identities":[{"name":"x"}],"authorities":[{}]}`,
		} {
			dir := t.TempDir()
			path := write(t, dir, name, []byte(text))
			if s, err := Open(dir, newRing()); err == nil {
				t.Errorf("%s %s is taken: %+v", name, what, s.identities)
			} else if !strings.Contains(err.Error(), path) {
				t.Errorf("%s %s: the error does not name it: %v", name, what, err)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != text {
				t.Errorf("%s %s is now %q (%v)", name, what, after, err)
			}
		}
	}
}

// TestSignerShowsNoKey: what leaves the package signs, and is nothing else.
func TestSignerShowsNoKey(t *testing.T) {
	key := ecKey(t)
	var s crypto.Signer = &signer{key}
	digest := sha256.Sum256([]byte("x"))
	if _, err := s.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
		t.Error(err)
	}
	if got := fmt.Sprintf("%v %+v %#v %s", s, s, s, s); got != strings.TrimSpace(strings.Repeat("[redacted] ", 4)) {
		t.Errorf("it prints as %s", got)
	}
	if slices.Contains([]any{s}, any(key)) {
		t.Error("it is the key itself")
	}
}
