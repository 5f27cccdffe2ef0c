package pkcs

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"fmt"
	"hash"
)

// macData tells whether a password is the file's (RFC 7292, section 4).
type macData struct {
	Mac struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}
	Salt   []byte
	Rounds int `asn1:"optional,default:1"`
}

// present reports whether the file has one.
func (m *macData) present() bool { return len(m.Mac.Algorithm.Algorithm) > 0 }

// check returns ErrPassword where the password does not authenticate content.
func (m *macData) check(w *work, pw password, content []byte) error {
	newHash, key, err := m.key(w, pw)
	if err != nil {
		return err
	}
	mac := hmac.New(newHash, key)
	mac.Write(content)
	if !hmac.Equal(mac.Sum(nil), m.Mac.Digest) {
		return ErrPassword
	}
	return nil
}

func (m *macData) key(w *work, pw password) (func() hash.Hash, []byte, error) {
	var newHash func() hash.Hash
	switch m.Mac.Algorithm.Algorithm.String() {
	case "1.2.840.113549.1.5.14":
		return m.pbmac1(w, pw)
	case "1.3.14.3.2.26":
		newHash = sha1.New
	case "2.16.840.1.101.3.4.2.4":
		newHash = sha256.New224
	case "2.16.840.1.101.3.4.2.1":
		newHash = sha256.New
	case "2.16.840.1.101.3.4.2.2":
		newHash = sha512.New384
	case "2.16.840.1.101.3.4.2.3":
		newHash = sha512.New
	default:
		return nil, nil, fmt.Errorf("%w (%v)", ErrUnsupported, m.Mac.Algorithm.Algorithm)
	}
	if len(m.Salt) > longestSalt {
		return nil, nil, fmt.Errorf("%w: a salt of %d bytes", ErrDamaged, len(m.Salt))
	}
	key, err := derive(w, newHash, forMAC, pw.bmp, m.Salt, m.Rounds, newHash().Size())
	return newHash, key, err
}

// pbmac1 is the MAC of RFC 9579.
func (m *macData) pbmac1(w *work, pw password) (func() hash.Hash, []byte, error) {
	var params struct{ KDF, MAC pkix.AlgorithmIdentifier }
	if err := whole(m.Mac.Algorithm.Parameters.FullBytes, &params); err != nil {
		return nil, nil, err
	}
	newHash, err := prfOf(params.MAC)
	if err != nil {
		return nil, nil, err
	}
	if params.KDF.Algorithm.String() != "1.2.840.113549.1.5.12" {
		return nil, nil, fmt.Errorf("%w (%v)", ErrUnsupported, params.KDF.Algorithm)
	}
	key, err := pbkdf2Key(w, params.KDF, pw.text, 0)
	if err == nil && len(key) < 20 { // RFC 9579, section 5: a short one is guessed
		return nil, nil, fmt.Errorf("%w: its checksum has a key of %d bytes", ErrUnsupported, len(key))
	}
	return newHash, key, err
}
