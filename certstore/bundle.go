package certstore

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"torii/certstore/internal/pkcs"
)

// LargestFile is the size of a file that is read, in bytes.
const LargestFile = 1 << 20

// Flaw says in one word what is wrong with a file.
type Flaw string

// The flaws.
const (
	FlawTooLarge     Flaw = "too-large"
	FlawEmpty        Flaw = "empty"
	FlawWebPage      Flaw = "web-page" // a login page, most likely
	FlawUnknown      Flaw = "unknown-format"
	FlawDamaged      Flaw = "damaged"
	FlawUnsupported  Flaw = "unsupported"
	FlawTooMuchWork  Flaw = "too-much-work"
	FlawNeedPassword Flaw = "needs-password" // it is protected, and no password was given
	FlawPassword     Flaw = "wrong-password"
	FlawNoMatch      Flaw = "key-without-certificate"
	FlawNothing      Flaw = "nothing-inside"
)

// FileError says why a file is not taken.
type FileError struct {
	Flaw Flaw
	Err  error // details for a helpdesk; may be nil
}

// Error implements error. It holds nothing of a key or a password.
func (e *FileError) Error() string {
	if e.Err == nil {
		return "read the certificates: " + string(e.Flaw)
	}
	return fmt.Sprintf("read the certificates: %s: %v", e.Flaw, e.Err)
}

// Unwrap gives the cause.
func (e *FileError) Unwrap() error { return e.Err }

// Bundle is what a file brings. Nothing is in a store before it is added.
type Bundle struct {
	identities []looseIdentity
	// Certificates are those that belong to no identity of the file.
	Certificates []*x509.Certificate
}

// looseIdentity is a certificate with its key and what came along of its chain.
type looseIdentity struct {
	name  string
	chain []*x509.Certificate
	key   crypto.Signer
}

// Identities are what could be added: an Item each, that is in no store yet.
func (b *Bundle) Identities() []Item {
	var items []Item
	for _, loose := range b.identities {
		items = append(items, Item{Kind: KindUser, ID: Fingerprint(loose.chain[0]), Name: loose.name, Chain: loose.chain})
	}
	return items
}

// ReadFile reads a file of certificates and keys into memory. What is no
// regular file is not even opened: a pipe waits for somebody to write, and a
// device may have no end.
func ReadFile(path string) ([]byte, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, &FileError{FlawUnknown, fmt.Errorf("%s is no file", path)}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, LargestFile+1))
	if err == nil && len(data) > LargestFile {
		err = &FileError{Flaw: FlawTooLarge}
	}
	return data, err
}

// Read reads what a file holds: PKCS#12, PEM with certificates and keys
// (encrypted ones too), PKCS#7 with certificates, or one certificate in DER,
// each also in base64 without a frame. The error is a *FileError.
func Read(file []byte, password string) (*Bundle, error) {
	if len(file) > LargestFile {
		return nil, &FileError{Flaw: FlawTooLarge}
	}
	return (&loading{password: password, rounds: pkcs.MostRounds}).load(file)
}

// loading is a file on its way into a Bundle.
type loading struct {
	password     string
	rounds       int // of key derivation, that each protected part may ask for
	keys         []pkcs.Key
	certificates []pkcs.Certificate
}

func (l *loading) load(file []byte) (*Bundle, error) {
	if err := l.sniff(file, true); err != nil {
		return nil, l.flaw(err)
	}
	return l.bundle()
}

// sniff finds out what a file is, and reads it. A frame of base64 is taken off
// once.
func (l *loading) sniff(file []byte, framed bool) error {
	text := bytes.TrimSpace(bytes.TrimPrefix(file, []byte("\xef\xbb\xbf")))
	switch {
	case len(text) == 0:
		return &FileError{Flaw: FlawEmpty}
	case bytes.Contains(text, []byte("-----BEGIN ")):
		return l.pem(text)
	case isWebPage(text):
		return &FileError{Flaw: FlawWebPage}
	case pkcs.IsPKCS12(file):
		return l.pkcs12(file)
	case pkcs.IsPKCS7(file):
		return l.pkcs7(file)
	}
	if c, err := x509.ParseCertificate(file); err == nil {
		l.certificates = append(l.certificates, pkcs.Certificate{Certificate: c})
		return nil
	}
	if pkcs.IsEncryptedKey(file) {
		return l.encryptedKey(file)
	}
	if key, err := pkcs.ReadKey(file); err == nil {
		l.keys = append(l.keys, pkcs.Key{Signer: key})
		return nil
	}
	if bare, err := base64.StdEncoding.DecodeString(string(bytes.Join(bytes.Fields(text), nil))); err == nil && framed && len(bare) > 0 {
		return l.sniff(bare, false)
	}
	var value asn1.RawValue
	if _, err := asn1.Unmarshal(file, &value); file[0] == 0x30 && err != nil {
		return &FileError{FlawDamaged, err}
	}
	return &FileError{Flaw: FlawUnknown}
}

// isWebPage recognises what a gateway or a portal sends in place of a file.
func isWebPage(text []byte) bool {
	head := bytes.ToLower(text[:min(len(text), 1024)])
	return bytes.HasPrefix(head, []byte("<!doctype")) || bytes.HasPrefix(head, []byte("<html")) || bytes.Contains(head, []byte("<html"))
}

func (l *loading) pkcs12(file []byte) error {
	held, err := pkcs.ReadPKCS12(file, l.password, l.rounds)
	if err == nil {
		l.keys, l.certificates = append(l.keys, held.Keys...), append(l.certificates, held.Certificates...)
	}
	return err
}

func (l *loading) pkcs7(file []byte) error {
	certificates, err := pkcs.ReadPKCS7(file)
	l.certificates = append(l.certificates, certificates...)
	return err
}

func (l *loading) encryptedKey(der []byte) error {
	key, err := pkcs.ReadEncryptedKey(der, l.password, l.rounds)
	if err == nil {
		l.keys = append(l.keys, pkcs.Key{Signer: key})
	}
	return err
}

// mostProtected is how many protected blocks a PEM file may have.
const mostProtected = 4

// pem reads the blocks of a PEM file; those of another kind are passed over.
func (l *loading) pem(text []byte) error {
	const most = 1000 // blocks; a system's authorities are some hundred and fifty
	blocks, protected := 0, 0
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if blocks++; blocks > most {
			return &FileError{FlawUnsupported, fmt.Errorf("it has more than %d blocks", most)}
		}
		if block.Type == "ENCRYPTED PRIVATE KEY" || block.Type == "PKCS12" {
			// Each may ask for its rounds.
			if protected++; protected > mostProtected {
				return &FileError{FlawUnsupported, fmt.Errorf("it has more than %d protected blocks", mostProtected)}
			}
		}
		if err := l.block(block); err != nil {
			return err
		}
	}
	if blocks == 0 {
		return &FileError{FlawDamaged, errors.New("no block of it is whole")}
	}
	return nil
}

func (l *loading) block(block *pem.Block) error {
	switch block.Type {
	case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
		der := block.Bytes
		var value asn1.RawValue // OpenSSL's "trusted" ones have something behind them
		if rest, err := asn1.Unmarshal(der, &value); err == nil && block.Type == "TRUSTED CERTIFICATE" {
			der = der[:len(der)-len(rest)]
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return &FileError{FlawDamaged, err}
		}
		l.certificates = append(l.certificates, pkcs.Certificate{Certificate: c})
	case "ENCRYPTED PRIVATE KEY":
		return l.encryptedKey(block.Bytes)
	case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY":
		der, err := l.plainBlock(block)
		if err != nil {
			return err
		}
		key, err := pkcs.ReadKey(der)
		if err != nil {
			return err
		}
		l.keys = append(l.keys, pkcs.Key{Signer: key})
	case "PKCS12":
		return l.pkcs12(block.Bytes)
	case "PKCS7", "CMS":
		return l.pkcs7(block.Bytes)
	}
	return nil
}

// plainBlock decrypts a block in the way of early OpenSSL (RFC 1423), which
// has no checksum: what comes out is a key or shows a wrong password.
func (l *loading) plainBlock(block *pem.Block) ([]byte, error) {
	//lint:ignore SA1019 Weak as it is, keys of that kind are still handed out.
	if !x509.IsEncryptedPEMBlock(block) {
		return block.Bytes, nil
	}
	//lint:ignore SA1019 See above; the key is sealed anew at once.
	der, err := x509.DecryptPEMBlock(block, []byte(l.password))
	if err != nil {
		if errors.Is(err, x509.IncorrectPasswordError) {
			return nil, pkcs.ErrPassword
		}
		return nil, fmt.Errorf("%w: %v", pkcs.ErrUnsupported, err)
	}
	if _, err := pkcs.ReadKey(der); err != nil {
		return nil, pkcs.ErrPassword
	}
	return der, nil
}

// flaw gives an error its word.
func (l *loading) flaw(err error) error {
	if _, ok := errors.AsType[*FileError](err); ok {
		return err
	}
	switch {
	case errors.Is(err, pkcs.ErrPassword) && l.password == "":
		return &FileError{Flaw: FlawNeedPassword}
	case errors.Is(err, pkcs.ErrPassword):
		return &FileError{Flaw: FlawPassword}
	case errors.Is(err, pkcs.ErrUnsupported):
		return &FileError{FlawUnsupported, err}
	case errors.Is(err, pkcs.ErrWork):
		return &FileError{FlawTooMuchWork, err}
	}
	return &FileError{FlawDamaged, err}
}

// bundle belongs keys, certificates and chains together.
func (l *loading) bundle() (*Bundle, error) {
	b := &Bundle{}
	used := map[*x509.Certificate]bool{}
	for _, key := range l.keys {
		leaf := l.leafOf(key)
		if leaf == nil {
			return nil, &FileError{Flaw: FlawNoMatch}
		}
		loose := looseIdentity{name: nameOf(leaf.Certificate), chain: l.chainOf(leaf.Certificate), key: key.Signer}
		for _, name := range []string{key.Name, leaf.Name} {
			if clean := cleanName(name); clean != "" {
				loose.name = clean
				break
			}
		}
		for _, c := range loose.chain {
			used[c] = true
		}
		same := func(other looseIdentity) bool { return other.chain[0].Equal(leaf.Certificate) }
		if !slices.ContainsFunc(b.identities, same) {
			b.identities = append(b.identities, loose)
		}
	}
	for _, c := range l.certificates {
		if !used[c.Certificate] && !slices.ContainsFunc(b.Certificates, c.Equal) {
			b.Certificates = append(b.Certificates, c.Certificate)
		}
	}
	if len(b.identities)+len(b.Certificates) == 0 {
		return nil, &FileError{Flaw: FlawNothing}
	}
	return b, nil
}

// leafOf is the certificate of a key. Where several have it (a renewed one
// beside its predecessor) the file says which by its ID, or else the newest is
// meant.
func (l *loading) leafOf(key pkcs.Key) *pkcs.Certificate {
	var found *pkcs.Certificate
	for i := range l.certificates {
		c := &l.certificates[i]
		if !belongs(key.Signer, c.Certificate) {
			continue
		}
		if key.ID != "" && c.ID == key.ID {
			return c
		}
		if found == nil || c.NotAfter.After(found.NotAfter) {
			found = c
		}
	}
	return found
}

// longestChain bounds a chain.
const longestChain = 10

// chainOf follows the issuers of a leaf among the file's certificates.
func (l *loading) chainOf(leaf *x509.Certificate) []*x509.Certificate {
	chain := []*x509.Certificate{leaf}
	for len(chain) < longestChain {
		last := chain[len(chain)-1]
		next := slices.IndexFunc(l.certificates, func(c pkcs.Certificate) bool {
			return bytes.Equal(c.RawSubject, last.RawIssuer) && !slices.ContainsFunc(chain, c.Equal) && last.CheckSignatureFrom(c.Certificate) == nil
		})
		if next < 0 {
			break
		}
		chain = append(chain, l.certificates[next].Certificate)
	}
	return chain
}
