package pkcs

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
)

// ReadEncryptedKey reads an encrypted PKCS#8 key (RFC 5958, section 3). rounds
// is as ReadPKCS12 has it.
func ReadEncryptedKey(der []byte, text string, rounds int) (crypto.Signer, error) {
	w := &work{left: rounds}
	var encrypted encryptedKey
	if err := whole(der, &encrypted); err != nil {
		return nil, err
	}
	err := ErrPassword
	for _, pw := range passwordsOf(text) {
		var plain []byte
		if plain, err = decrypt(w, encrypted.Algorithm, pw, encrypted.Secret); err == nil {
			return parseKey(plain)
		}
		if !errors.Is(err, ErrPassword) {
			break
		}
	}
	return nil, err
}

// IsEncryptedKey reports whether a DER value looks like an encrypted PKCS#8
// key.
func IsEncryptedKey(der []byte) bool {
	var encrypted encryptedKey
	return whole(der, &encrypted) == nil && len(encrypted.Secret) > 0
}

// ReadKey reads a key that nothing protects: PKCS#8, or the older forms of RSA
// (PKCS#1) and of elliptic curves (RFC 5915).
func ReadKey(der []byte) (crypto.Signer, error) {
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	return parseKey(der)
}

func parseKey(der []byte) (crypto.Signer, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		// The package's words may quote a number of the key, so they stay here.
		return nil, fmt.Errorf("%w: its key cannot be read", ErrDamaged)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%w: its key cannot sign", ErrUnsupported)
	}
	return signer, nil
}
