package pkcs

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"unicode/utf16"
)

// manyBags bounds what one file holds.
const manyBags = 200

// File is what a PKCS#12 file holds.
type File struct {
	Keys         []Key
	Certificates []Certificate
}

// Key is a private key with what the file says of it.
type Key struct {
	Signer crypto.Signer
	About
}

// Certificate is a certificate with what the file says of it.
type Certificate struct {
	*x509.Certificate
	About
}

// About are the attributes that belong a key and a certificate together.
type About struct {
	Name string // as its maker calls it
	ID   string // the local key ID's bytes
}

type pfx struct {
	Version int
	Safe    contentInfo
	MAC     macData `asn1:"optional"`
}

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"optional,explicit,tag:0"`
}

type encryptedData struct {
	Version int
	Content struct {
		Type      asn1.ObjectIdentifier
		Algorithm pkix.AlgorithmIdentifier
		Secret    asn1.RawValue `asn1:"optional,tag:0"`
	}
}

type encryptedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Secret    []byte
}

type bag struct {
	Type       asn1.ObjectIdentifier
	Value      asn1.RawValue `asn1:"explicit,tag:0"`
	Attributes []attribute   `asn1:"set,optional"`
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values asn1.RawValue `asn1:"set"`
}

var (
	dataType      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	encryptedType = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 6}

	bagType         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1}
	x509Type        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 22, 1}
	friendlyName    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 20}
	localKeyID      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 21}
	errNotPFX       = errors.New("it is no PKCS#12 file")
	errBagInPieces  = fmt.Errorf("%w: a bag without its contents", ErrDamaged)
	errTooManyInBag = fmt.Errorf("%w: it holds more than %d keys and certificates", ErrDamaged, manyBags)
)

// IsPKCS12 reports whether a file looks like one: a SEQUENCE that begins with
// the version 3 (RFC 7292, section 4).
func IsPKCS12(file []byte) bool {
	r := &loose{left: file, elements: 4}
	h, err := r.header(0)
	if err != nil && len(file) > 4 {
		return looksCutOff(file)
	}
	return err == nil && h.tag[0] == asn1.TagSequence|constructed && len(r.left) > 3 && string(r.left[:3]) == "\x02\x01\x03"
}

// looksCutOff recognises the beginning of a file whose rest is missing.
func looksCutOff(file []byte) bool {
	if file[0] != asn1.TagSequence|constructed {
		return false
	}
	skip := 2
	if file[1] > 0x80 && file[1] <= 0x84 {
		skip += int(file[1] - 0x80)
	}
	return len(file) >= skip+3 && string(file[skip:skip+3]) == "\x02\x01\x03"
}

// ReadPKCS12 reads a file that is protected by a password. rounds is how many
// of key derivation it may ask for, usually MostRounds.
func ReadPKCS12(file []byte, text string, rounds int) (*File, error) {
	w := &work{left: rounds}
	der, err := Strict(file)
	if err != nil {
		return nil, err
	}
	var p pfx
	if err := whole(der, &p); err != nil {
		return nil, err
	}
	if p.Version != 3 {
		return nil, errNotPFX
	}
	if !p.Safe.Type.Equal(dataType) { // signed with a key in place of a password
		return nil, fmt.Errorf("%w (%v)", ErrUnsupported, p.Safe.Type)
	}
	var content []byte
	if err := whole(p.Safe.Content.Bytes, &content); err != nil {
		return nil, err
	}
	err = ErrPassword
	for _, pw := range passwordsOf(text) {
		r := &reader{work: w, password: pw}
		if err = r.read(&p.MAC, content); !errors.Is(err, ErrPassword) {
			return &r.file, err
		}
	}
	return nil, err
}

// reader reads a file with one form of a password.
type reader struct {
	work     *work
	password password
	file     File
	bags     int
}

func (r *reader) read(mac *macData, content []byte) error {
	if mac.present() {
		if err := mac.check(r.work, r.password, content); err != nil {
			return err
		}
	}
	der, err := Strict(content)
	if err != nil {
		return err
	}
	var safes []contentInfo
	if err := whole(der, &safes); err != nil {
		return err
	}
	for _, safe := range safes {
		if err := r.safe(safe); err != nil {
			return err
		}
	}
	return nil
}

// safe reads one set of bags.
func (r *reader) safe(safe contentInfo) error {
	switch {
	case safe.Type.Equal(dataType):
		var content []byte
		if err := whole(safe.Content.Bytes, &content); err != nil {
			return err
		}
		der, err := Strict(content)
		if err != nil {
			return err
		}
		return r.contents(der)
	case safe.Type.Equal(encryptedType):
		var encrypted encryptedData
		if err := whole(safe.Content.Bytes, &encrypted); err != nil {
			return err
		}
		secret, err := octets(encrypted.Content.Secret)
		if err != nil {
			return err
		}
		der, err := r.decrypt(encrypted.Content.Algorithm, secret)
		if err != nil {
			return err
		}
		return r.contents(der)
	}
	return fmt.Errorf("%w (%v)", ErrUnsupported, safe.Type)
}

// octets are the bytes of an implicitly tagged OCTET STRING, which the loose
// encoding may have left in pieces.
func octets(value asn1.RawValue) ([]byte, error) {
	if !value.IsCompound {
		return value.Bytes, nil
	}
	var all []byte
	for rest := value.Bytes; len(rest) > 0; {
		var piece []byte
		var err error
		if rest, err = asn1.Unmarshal(rest, &piece); err != nil {
			return nil, fmt.Errorf("%w: %v", ErrDamaged, err)
		}
		all = append(all, piece...)
	}
	return all, nil
}

// decrypt tries the password as the standard wants it, and then as NSS gave it
// to PBES2 for many years: in UTF-16 with its zero.
func (r *reader) decrypt(algorithm pkix.AlgorithmIdentifier, secret []byte) ([]byte, error) {
	plain, err := decrypt(r.work, algorithm, r.password, secret)
	if errors.Is(err, ErrPassword) {
		other := password{text: string(r.password.bmp), bmp: r.password.bmp}
		if again, otherErr := decrypt(r.work, algorithm, other, secret); otherErr == nil {
			return again, nil
		}
	}
	return plain, err
}

// contents reads the bags of a SafeContents.
func (r *reader) contents(der []byte) error {
	var bags []bag
	if err := whole(der, &bags); err != nil {
		return err
	}
	for _, b := range bags {
		if r.bags++; r.bags > manyBags {
			return errTooManyInBag
		}
		if err := r.bag(b); err != nil {
			return err
		}
	}
	return nil
}

// bag reads one bag (RFC 7292, section 4.2). CRLs and secrets are passed over.
func (r *reader) bag(b bag) error {
	n := len(bagType)
	if len(b.Type) != n+1 || !b.Type[:n].Equal(bagType) {
		return nil
	}
	switch b.Type[n] {
	case 1: // keyBag
		return r.key(b.Value.Bytes, b.about())
	case 2: // pkcs8ShroudedKeyBag
		var encrypted encryptedKey
		if err := whole(b.Value.Bytes, &encrypted); err != nil {
			return err
		}
		der, err := r.decrypt(encrypted.Algorithm, encrypted.Secret)
		if err != nil {
			return err
		}
		return r.key(der, b.about())
	case 3: // certBag
		return r.certificate(b)
	case 6: // safeContentsBag: bags in a bag; the encoding's depth bounds them
		return r.contents(b.Value.Bytes)
	}
	return nil
}

func (r *reader) key(der []byte, about About) error {
	signer, err := parseKey(der)
	if err == nil {
		r.file.Keys = append(r.file.Keys, Key{signer, about})
	}
	return err
}

func (r *reader) certificate(b bag) error {
	var value struct {
		Type asn1.ObjectIdentifier
		Data []byte `asn1:"explicit,tag:0"`
	}
	if len(b.Value.Bytes) == 0 {
		return errBagInPieces
	}
	if err := whole(b.Value.Bytes, &value); err != nil {
		return err
	}
	if !value.Type.Equal(x509Type) {
		return nil
	}
	certificate, err := x509.ParseCertificate(value.Data)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	r.file.Certificates = append(r.file.Certificates, Certificate{certificate, b.about()})
	return nil
}

// about reads the attributes that matter; what is wrong with one is no reason
// to refuse a key.
func (b *bag) about() (about About) {
	for _, a := range b.Attributes {
		var value asn1.RawValue
		if _, err := asn1.Unmarshal(a.Values.Bytes, &value); err != nil {
			continue
		}
		switch {
		case a.Type.Equal(friendlyName) && value.Tag == asn1.TagBMPString && len(value.Bytes) < 1024:
			var units []uint16
			for i := 0; i+1 < len(value.Bytes); i += 2 {
				units = append(units, uint16(value.Bytes[i])<<8|uint16(value.Bytes[i+1]))
			}
			about.Name = string(utf16.Decode(units))
		case a.Type.Equal(localKeyID):
			about.ID = string(value.Bytes)
		}
	}
	return about
}
