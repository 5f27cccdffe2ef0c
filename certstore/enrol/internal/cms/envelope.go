package cms

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"slices"

	"torii/certstore/internal/pkcs"
)

// Cipher encrypts a content.
type Cipher string

// The ciphers, all in the mode CBC. DES is only opened, never used.
const (
	AES128    Cipher = "aes-128"
	AES192    Cipher = "aes-192"
	AES256    Cipher = "aes-256"
	TripleDES Cipher = "3des"
	DES       Cipher = "des"
)

type method struct {
	cipher Cipher
	oid    string
	key    int // bytes
	block  func([]byte) (cipher.Block, error)
}

func methods() []method {
	return []method{
		{AES128, "2.16.840.1.101.3.4.1.2", 16, aes.NewCipher},
		{AES192, "2.16.840.1.101.3.4.1.22", 24, aes.NewCipher},
		{AES256, "2.16.840.1.101.3.4.1.42", 32, aes.NewCipher},
		{TripleDES, "1.2.840.113549.3.7", 24, des.NewTripleDESCipher},
		{DES, "1.3.14.3.2.7", 8, des.NewCipher},
	}
}

// mostRecipients is how many an envelope may have.
const mostRecipients = 50

// Seal makes an EnvelopedData (RFC 5652, section 6) for one recipient, whose
// key is of RSA.
func Seal(content []byte, recipient *x509.Certificate, with Cipher) ([]byte, error) {
	public, ok := recipient.PublicKey.(*rsa.PublicKey)
	all := methods()
	i := slices.IndexFunc(all, func(m method) bool { return m.cipher == with && with != DES })
	if !ok || i < 0 {
		return nil, fmt.Errorf("%w: %s for a key of the kind %T", ErrUnsupported, with, recipient.PublicKey)
	}
	m := all[i]
	key := make([]byte, m.key)
	rand.Read(key)
	block, err := m.block(key)
	if err != nil {
		return nil, err
	}
	iv := make([]byte, block.BlockSize())
	rand.Read(iv)
	padding := block.BlockSize() - len(content)%block.BlockSize()
	sealed := append(slices.Clone(content), bytes.Repeat([]byte{byte(padding)}, padding)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(sealed, sealed)
	//lint:ignore SA1019 authorities know no other way (RFC 8894, section 3.1)
	wrapped, err := rsa.EncryptPKCS1v15(rand.Reader, public, key)
	if err != nil {
		return nil, fmt.Errorf("encrypt for %s: %w", recipient.Subject, err)
	}
	info := tlv(tagSequence,
		must(0),
		tlv(tagSequence, recipient.RawIssuer, must(recipient.SerialNumber)),
		algorithm(oidRSA(), asn1.NullBytes), tlv(tagOctets, wrapped))
	encrypted := tlv(tagSequence,
		must(oidData()), algorithm(parseOID(m.oid), tlv(tagOctets, iv)), tlv(tagImplicit, sealed))
	return wrap(oidEnvelopedData(), tlv(tagSequence, must(0), set(info), encrypted)), nil
}

type envelopedData struct {
	Version    int
	Originator asn1.RawValue `asn1:"optional,tag:0"`
	Recipients asn1.RawValue
	Encrypted  struct {
		Type      asn1.ObjectIdentifier
		Algorithm algorithmIdentifier
		Content   asn1.RawValue `asn1:"optional,tag:0"`
	}
	Unprotected asn1.RawValue `asn1:"optional,tag:1"`
}

type recipientInfo struct {
	Version    int
	Identifier asn1.RawValue
	Algorithm  algorithmIdentifier
	Key        []byte
}

// Open opens an EnvelopedData with the key of a certificate that it was made
// for, and says what it was encrypted with. Only verified bytes belong here:
// whoever can have anything opened learns about the key.
func Open(ber []byte, mine *x509.Certificate, key crypto.Decrypter) ([]byte, Cipher, error) {
	der, err := pkcs.Strict(ber)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	var data envelopedData
	if err := contentInfo(der, oidEnvelopedData(), &data); err != nil {
		return nil, "", err
	}
	all := methods()
	oid := data.Encrypted.Algorithm.Algorithm.String()
	i := slices.IndexFunc(all, func(m method) bool { return m.oid == oid })
	if i < 0 {
		return nil, "", fmt.Errorf("%w: the cipher %s", ErrUnsupported, oid)
	}
	m := all[i]
	wrapped, err := data.wrappedKey(mine)
	if err != nil {
		return nil, "", err
	}
	// With a length, a key that makes no sense becomes one of chance: there is
	// no telling the two apart by time (RFC 3218).
	//lint:ignore SA1019 authorities know no other way, and only what they signed gets here
	contentKey, err := key.Decrypt(rand.Reader, wrapped, &rsa.PKCS1v15DecryptOptions{SessionKeyLen: m.key})
	if err != nil {
		return nil, "", fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	content, err := data.open(m, contentKey)
	return content, m.cipher, err
}

// wrappedKey finds what is meant for a certificate.
func (d *envelopedData) wrappedKey(mine *x509.Certificate) ([]byte, error) {
	var found *recipientInfo
	err := each(d.Recipients.Bytes, mostRecipients, func(value asn1.RawValue) error {
		var info recipientInfo
		if value.Class != asn1.ClassUniversal || read(value.FullBytes, &info) != nil {
			return nil // of another kind
		}
		if found == nil && identifies(info.Identifier, mine) {
			found = &info
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case found == nil:
		return nil, ErrRecipient
	case !found.Algorithm.Algorithm.Equal(oidRSA()):
		return nil, fmt.Errorf("%w: a key encrypted with %v", ErrUnsupported, found.Algorithm.Algorithm)
	}
	return found.Key, nil
}

func (d *envelopedData) open(m method, key []byte) ([]byte, error) {
	sealed, err := d.sealed()
	if err != nil {
		return nil, err
	}
	block, err := m.block(key)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	var iv []byte
	if err := read(d.Encrypted.Algorithm.Parameters.FullBytes, &iv); err != nil {
		return nil, err
	}
	size := block.BlockSize()
	if len(iv) != size || len(sealed) == 0 || len(sealed)%size != 0 {
		return nil, fmt.Errorf("%w: %d bytes encrypted", ErrDamaged, len(sealed))
	}
	content := slices.Clone(sealed)
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(content, content)
	padding := int(content[len(content)-1])
	if padding < 1 || padding > size || !bytes.Equal(content[len(content)-padding:], bytes.Repeat([]byte{byte(padding)}, padding)) {
		return nil, fmt.Errorf("%w: it does not decrypt", ErrDamaged)
	}
	return content[:len(content)-padding], nil
}

// sealed joins the encrypted content, which may come in pieces.
func (d *envelopedData) sealed() ([]byte, error) {
	content := d.Encrypted.Content
	if !content.IsCompound {
		return content.Bytes, nil
	}
	var whole []byte
	err := each(content.Bytes, 100_000, func(piece asn1.RawValue) error {
		if piece.Class != asn1.ClassUniversal || piece.Tag != asn1.TagOctetString || piece.IsCompound {
			return fmt.Errorf("%w: a string in pieces of another kind", ErrDamaged)
		}
		whole = append(whole, piece.Bytes...)
		return nil
	})
	return whole, err
}
