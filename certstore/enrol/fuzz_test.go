package enrol

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"torii/certstore/enrol/internal/cms"
)

func FuzzCapabilities(f *testing.F) {
	f.Add([]byte("postpkioperation\r\nSHA-512\r\nDES3\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		can := parseCapabilities(text)
		cipher, hash, _, err := can.methods(false)
		if err == nil && (cipher == "" || !hash.Available()) {
			t.Errorf("%+v gives %q and %v", can, cipher, hash)
		}
	})
}

func FuzzFingerprint(f *testing.F) {
	f.Add("AA:BB")
	f.Add("sha256:" + strings.Repeat("0f", 32))
	f.Fuzz(func(t *testing.T, text string) {
		if got, err := parseFingerprint(text); err == nil && got.sum != nil && len(got.sum) != got.hash.Size() {
			t.Errorf("%q has %d bytes of %v", text, len(got.sum), got.hash)
		}
	})
}

// FuzzAuthority reads bytes as what an authority shows.
func FuzzAuthority(f *testing.F) {
	authority := issue(f, nil, "Example CA", rsaKey(0), anAuthority)
	f.Add(authority.Raw)
	f.Add(cms.Bag([]*x509.Certificate{authority.Certificate, issue(f, authority, "RA", rsaKey(1), nil).Certificate}))
	f.Fuzz(func(t *testing.T, shown []byte) {
		certificates, err := parseAuthority(shown)
		if err != nil {
			return
		}
		a := &Authority{Certificates: certificates}
		if a.anchor(fingerprint{}, time.Now()) != nil || a.assign(false, time.Now()) != nil {
			return
		}
		if a.Certificate == nil || a.recipient == nil || a.issuer == nil {
			t.Error("an authority without a certificate is taken")
		}
	})
}

// FuzzAnswer reads bytes as an answer: nobody but the authority signs one.
func FuzzAnswer(f *testing.F) {
	r := newResponder(f)
	person := issue(f, nil, "alice", rsaKey(1), nil)
	nonce := []byte("0123456789abcdef")
	q := received{transaction: "t", nonce: nonce, signer: person.Certificate}
	for _, status := range []string{statusPending, statusSuccess, statusFailure} {
		a := r.answer(q, status)
		a.failInfo, a.text, a.content = "2", "no", r.envelope(q, r.issueFor(&person.key.PublicKey, person.RawSubject))
		f.Add(r.write(a))
	}
	authority := &Authority{signers: []*x509.Certificate{issue(f, nil, "Example CA", rsaKey(2), anAuthority).Certificate}}
	f.Fuzz(func(t *testing.T, message []byte) {
		if a, err := unpack(message, "t", nonce, person.requester(), authority); err == nil {
			t.Errorf("taken as signed by somebody else: %+v", a)
		}
		// The inside is reached by the authority alone, but must hold as well.
		(&answer{}).open(message, person.requester())
	})
}

// FuzzSubject makes subjects of what profiles and people say.
func FuzzSubject(f *testing.F) {
	f.Add("Name_CN", "%USER%", "alice")
	f.Add("Country_C", "CH", "")
	f.Fuzz(func(t *testing.T, element, value, user string) {
		der, err := Subject([]Name{{element, value}}, Replacements{User: user})
		if err != nil {
			if !is(err, FaultRequest) {
				t.Errorf("the error is %v", err)
			}
			return
		}
		if err := checkSubject(der); err != nil {
			t.Errorf("%q with %q is no subject: %v", element, value, err)
		}
	})
}

// FuzzText cleans what authorities write.
func FuzzText(f *testing.F) {
	f.Add("a\tb\u202ec")
	f.Fuzz(func(t *testing.T, text string) {
		clean := cleanText(text)
		if !utf8.ValidString(clean) || strings.ContainsAny(clean, "\n\r\t\x00\u202e") || utf8.RuneCountInString(clean) > longestText {
			t.Errorf("%q is not clean", clean)
		}
	})
}
