package revoke

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

// answered makes an OCSP answer about subject.
func answered(t testing.TB, issuer, signer, subject *party, change func(r *ocsp.Response)) []byte {
	t.Helper()
	template := ocsp.Response{
		Status: ocsp.Good, SerialNumber: subject.certificate.SerialNumber,
		ThisUpdate: time.Now().Add(-time.Minute), NextUpdate: time.Now().Add(time.Hour),
	}
	if signer != issuer {
		template.Certificate = signer.certificate
	}
	if change != nil {
		change(&template)
	}
	der, err := ocsp.CreateResponse(issuer.certificate, signer.certificate, template, signer.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// listed makes a list.
func listed(t testing.TB, issuer *party, change func(l *x509.RevocationList), revoked ...*party) []byte {
	t.Helper()
	template := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Minute), NextUpdate: time.Now().Add(time.Hour)}
	for _, p := range revoked {
		template.RevokedCertificateEntries = append(template.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: p.certificate.SerialNumber, RevocationTime: time.Now(), ReasonCode: 1})
	}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateRevocationList(rand.Reader, template, issuer.certificate, issuer.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestWhichAnswersAreBelieved(t *testing.T) {
	root := made(t, nil, "Root", authority)
	leaf := made(t, root, "leaf", nil)
	named := made(t, root, "Responder", responder)
	revoked := func(r *ocsp.Response) { r.Status, r.RevokedAt, r.RevocationReason = ocsp.Revoked, time.Now(), 1 }
	// Another authority of the same number, with a responder of the same key.
	other := made(t, nil, "Other", authority)
	twin := made(t, other, "twin", func(c *x509.Certificate) { c.SerialNumber = leaf.certificate.SerialNumber })
	good := answered(t, root, root, leaf, nil)
	for _, c := range []struct {
		name   string
		answer []byte
		want   Status // "" for none that is believed
	}{
		{"of the issuer", good, Good},
		{"of the issuer: revoked", answered(t, root, root, leaf, revoked), Revoked},
		{"of whom the issuer named", answered(t, root, named, leaf, nil), Good},
		{"of the issuer, who shows itself", answered(t, root, root, leaf, func(r *ocsp.Response) { r.Certificate = root.certificate }), Good},
		{"of an issuer that is no root, who shows itself", nil, ""}, // below
		{"that it is unknown", answered(t, root, root, leaf, func(r *ocsp.Response) { r.Status = ocsp.Unknown }), ""},
		{"of a server of the same issuer", answered(t, root, made(t, root, "server", nil), leaf, nil), ""},
		{"of a responder whose time is over", answered(t, root, made(t, root, "Late", func(c *x509.Certificate) {
			responder(c)
			c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
		}), leaf, nil), ""},
		{"of a responder that somebody else named", answered(t, root, made(t, other, "Stranger", responder), leaf, nil), ""},
		{"of somebody else", answered(t, root, other, leaf, func(r *ocsp.Response) { r.Certificate = nil }), ""},
		{"about another number", answered(t, root, root, made(t, root, "next", nil), nil), ""},
		{"about the same number of another issuer", answered(t, other, named, twin, nil), ""},
		{"of the day before yesterday", answered(t, root, root, leaf, func(r *ocsp.Response) {
			r.ThisUpdate, r.NextUpdate = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
		}), ""},
		{"of tomorrow", answered(t, root, root, leaf, func(r *ocsp.Response) {
			r.ThisUpdate, r.NextUpdate = time.Now().Add(24*time.Hour), time.Now().Add(48*time.Hour)
		}), ""},
		{"without an end", answered(t, root, root, leaf, func(r *ocsp.Response) { r.NextUpdate = time.Time{} }), Good},
		{"without an end, of last week", answered(t, root, root, leaf, func(r *ocsp.Response) {
			r.ThisUpdate, r.NextUpdate = time.Now().Add(-7*24*time.Hour), time.Time{}
		}), ""},
		{"cut short", good[:len(good)-1], ""},
		{"changed", append(append([]byte{}, good[:len(good)-5]...), 1, 2, 3, 4, 5), ""},
		{"try later", ocsp.TryLaterErrorResponse, ""},
		{"nothing", nil, ""},
	} {
		found, err := pair{leaf.certificate, root.certificate}.readOCSP(c.answer, time.Now())
		if found.Status != c.want || (err == nil) != (c.want != "") {
			t.Errorf("an answer %s: %q, %v; want %q", c.name, found.Status, err, c.want)
		}
	}
	middle := made(t, root, "Middle", authority)
	under := made(t, middle, "under", nil)
	shows := answered(t, middle, middle, under, func(r *ocsp.Response) { r.Certificate = middle.certificate })
	if found, err := (pair{under.certificate, middle.certificate}).readOCSP(shows, time.Now()); found.Status != Good {
		t.Errorf("an issuer that is no root shows itself: %v", err)
	}
}

// part is an issuing distribution point.
func part(t *testing.T, address string, change func(d *distributionPart)) func(l *x509.RevocationList) {
	t.Helper()
	var d distributionPart
	if address != "" {
		d.Point.FullName = []asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: 6, Bytes: []byte(address)}}
	}
	if change != nil {
		change(&d)
	}
	value, err := asn1.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return func(l *x509.RevocationList) {
		l.ExtraExtensions = append(l.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: value})
	}
}

func TestWhichListsAreBelieved(t *testing.T) {
	const here = "http://crl.example.test/1.crl"
	root := made(t, nil, "Root", authority)
	leaf := made(t, root, "leaf", nil)
	other := made(t, nil, "Other", authority)
	imposter := made(t, nil, "Root", authority)
	for _, c := range []struct {
		name string
		list []byte
		want Status
	}{
		{"whole", listed(t, root, nil), Good},
		{"with the certificate", listed(t, root, nil, made(t, root, "next", nil), leaf), Revoked},
		{"of another authority", listed(t, other, nil, leaf), ""},
		{"of one of the same name", listed(t, imposter, nil), ""},
		{"too old", listed(t, root, func(l *x509.RevocationList) {
			l.ThisUpdate, l.NextUpdate = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
		}), ""},
		{"of this place", listed(t, root, part(t, here, nil), leaf), Revoked},
		{"of another place", listed(t, root, part(t, "http://crl.example.test/2.crl", nil)), ""},
		{"of servers and people", listed(t, root, part(t, here, func(d *distributionPart) { d.OnlyUsers = true })), Good},
		{"of authorities", listed(t, root, part(t, "", func(d *distributionPart) { d.OnlyAuthorities = true })), ""},
		{"for others", listed(t, root, part(t, here, func(d *distributionPart) { d.Indirect = true })), ""},
		{"of some reasons", listed(t, root, part(t, here, func(d *distributionPart) {
			d.OnlyReasons = asn1.BitString{Bytes: []byte{0x40}, BitLength: 2}
		})), ""},
		{"of changes only", listed(t, root, func(l *x509.RevocationList) {
			l.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}}
		}), ""},
		{"rubbish", []byte("rubbish"), ""},
	} {
		found, err := pair{leaf.certificate, root.certificate}.readCRL(c.list, here, time.Now())
		if found.Status != c.want || (err == nil) != (c.want != "") {
			t.Errorf("a list %s: %q, %v; want %q", c.name, found.Status, err, c.want)
		}
	}
}

// web is a Fetch that answers from a table, and counts.
type web struct {
	answers map[string][]byte
	asked   atomic.Int32
}

func (w *web) fetch(_ context.Context, request Request) ([]byte, error) {
	w.asked.Add(1)
	if answer, ok := w.answers[request.URL]; ok {
		return answer, nil
	}
	return nil, errors.New("nobody there")
}

func TestWhatIsAsked(t *testing.T) {
	const responderAt, listAt = "http://ocsp.example.test", "http://crl.example.test/1.crl"
	root := made(t, nil, "Root", authority)
	leaf := made(t, root, "leaf", asks(responderAt, listAt))
	silent := made(t, root, "silent", nil)
	odd := made(t, root, "odd", asks("https://ocsp.example.test", "ldap://crl.example.test/x"))
	revoked := func(r *ocsp.Response) { r.Status, r.RevokedAt = ocsp.Revoked, time.Now() }
	good, bad := answered(t, root, root, leaf, nil), answered(t, root, root, leaf, revoked)
	for _, c := range []struct {
		name    string
		leaf    *party
		stapled []byte
		answers map[string][]byte
		want    Status
		source  Source
		asked   int32
	}{
		{"no address", silent, nil, nil, Unchecked, "", 0},
		{"no address that is asked", odd, nil, nil, Unchecked, "", 0},
		{"no address, but stapled", silent, answered(t, root, root, silent, nil), nil, Good, FromStapled, 0},
		{"stapled", leaf, good, nil, Good, FromStapled, 0},
		{"stapled: revoked", leaf, bad, map[string][]byte{responderAt: good}, Revoked, FromStapled, 0},
		{"a stapled one that is not believed", leaf, good[:40], map[string][]byte{responderAt: bad}, Revoked, FromOCSP, 1},
		{"the responder answers", leaf, nil, map[string][]byte{responderAt: good}, Good, FromOCSP, 1},
		{"the list alone", leaf, nil, map[string][]byte{listAt: listed(t, root, nil, leaf)}, Revoked, FromCRL, 2},
		{"rubbish, and then the list", leaf, nil, map[string][]byte{responderAt: []byte("<html>"), listAt: listed(t, root, nil)}, Good, FromCRL, 2},
		{"nobody", leaf, nil, nil, Unreachable, "", 2},
	} {
		w := &web{answers: c.answers}
		got := New(Options{Fetch: w.fetch}).Check(t.Context(), Question{Path: path(c.leaf, root), Stapled: c.stapled})
		if len(got) != 1 || got[0].Status != c.want || got[0].Source != c.source || w.asked.Load() != c.asked {
			t.Errorf("%s: %+v after %d questions", c.name, got, w.asked.Load())
		}
		if c.want == Unreachable && got[0].Err == nil {
			t.Errorf("%s: no word why", c.name)
		}
	}
	if got := New(Options{}).Check(t.Context(), Question{Path: path(root)}); got != nil {
		t.Errorf("a root alone: %+v", got)
	}
}

func TestWhatIsRemembered(t *testing.T) {
	const at = "http://ocsp.example.test"
	root := made(t, nil, "Root", authority)
	leaf := made(t, root, "leaf", asks(at, ""))
	w := &web{answers: map[string][]byte{}}
	clock := newClock()
	c := New(Options{Fetch: w.fetch, Now: clock.time})
	check := func(what string, anew bool, stapled []byte, want Status, asked int32) {
		t.Helper()
		got := c.Check(t.Context(), Question{Path: path(leaf, root), Stapled: stapled, Anew: anew})
		if got[0].Status != want || w.asked.Load() != asked {
			t.Errorf("%s: %s after %d questions, want %s after %d", what, got[0].Status, w.asked.Load(), want, asked)
		}
	}
	check("nobody", false, nil, Unreachable, 1)
	check("nobody, a moment later", false, nil, Unreachable, 1)
	check("nobody, asked anew", true, nil, Unreachable, 2)
	w.answers[at] = answered(t, root, root, leaf, nil)
	clock.turn(silence + time.Second)
	check("somebody", false, nil, Good, 3)
	clock.turn(30 * time.Minute)
	check("within its lifetime", true, nil, Good, 3)
	clock.turn(30 * time.Minute)
	check("at its end, the same old answer", false, nil, Unreachable, 4)
	stapled := answered(t, root, root, leaf, func(r *ocsp.Response) { r.NextUpdate = time.Now().Add(24 * time.Hour) })
	w.answers[at] = answered(t, root, root, leaf, func(r *ocsp.Response) {
		r.Status, r.RevokedAt, r.NextUpdate = ocsp.Revoked, time.Now(), time.Now().Add(7*24*time.Hour)
	})
	check("revoked", true, nil, Revoked, 5)
	check("an older good one comes along with the server", false, stapled, Revoked, 5)
	clock.turn(longestKept + time.Minute)
	check("asked again after a day, whatever its author says", false, nil, Revoked, 6)
}

func TestMemoryIsBounded(t *testing.T) {
	root := made(t, nil, "Root", authority)
	var c cache
	now := time.Now()
	for i := range mostKept + 50 {
		p := pair{&x509.Certificate{Raw: []byte{byte(i), byte(i >> 8)}}, root.certificate}
		c.put(p, Finding{Status: Good, until: now.Add(time.Duration(i+1) * time.Minute)}, now)
	}
	if len(c.held) != mostKept {
		t.Errorf("%d are kept", len(c.held))
	}
	if _, ok := c.get(pair{&x509.Certificate{Raw: []byte{0, 0}}, root.certificate}, now); ok {
		t.Error("the one that ends first is still there")
	}
	if _, ok := c.get(pair{&x509.Certificate{Raw: []byte{(mostKept + 49) & 0xff, (mostKept + 49) >> 8}}, root.certificate}, now); !ok {
		t.Error("the newest is not there")
	}
}
