package pkcs

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"hash"

	"golang.org/x/crypto/scrypt"
)

// longestSalt bounds what is hashed anew in each round.
const longestSalt = 1024

// pbeParams are those of the ciphers of PKCS#12 (RFC 7292, appendix C).
type pbeParams struct {
	Salt   []byte
	Rounds int
}

// pbes2Params are those of PBES2 (RFC 8018, appendix A.4).
type pbes2Params struct {
	KDF    pkix.AlgorithmIdentifier
	Cipher pkix.AlgorithmIdentifier
}

// pbkdf2Params are those of PBKDF2 (RFC 8018, appendix A.2).
type pbkdf2Params struct {
	Salt   []byte
	Rounds int
	Length int                      `asn1:"optional"`
	PRF    pkix.AlgorithmIdentifier `asn1:"optional"`
}

// scryptParams are those of scrypt (RFC 7914, section 7).
type scryptParams struct {
	Salt    []byte
	N, R, P int
	Length  int `asn1:"optional"`
}

// decrypt decrypts what a password protects. The plain text is a SEQUENCE;
// what is none shows a wrong password.
func decrypt(w *work, algorithm pkix.AlgorithmIdentifier, pw password, secret []byte) ([]byte, error) {
	block, iv, err := cipherOf(w, algorithm, pw)
	if err != nil {
		return nil, err
	}
	size := block.BlockSize()
	if len(secret) == 0 || len(secret)%size != 0 || len(iv) != size {
		return nil, fmt.Errorf("%w: what is encrypted has a strange length", ErrDamaged)
	}
	plain := make([]byte, len(secret))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, secret)
	pad := int(plain[len(plain)-1])
	if pad == 0 || pad > size || !bytes.HasSuffix(plain, bytes.Repeat([]byte{byte(pad)}, pad)) {
		return nil, ErrPassword
	}
	if plain, err = Strict(plain[:len(plain)-pad]); err != nil || plain[0] != asn1.TagSequence|constructed {
		return nil, ErrPassword
	}
	return plain, nil
}

func cipherOf(w *work, algorithm pkix.AlgorithmIdentifier, pw password) (cipher.Block, []byte, error) {
	if algorithm.Algorithm.String() == "1.2.840.113549.1.5.13" {
		return pbes2(w, algorithm, pw)
	}
	size, make := 0, func(key []byte) (cipher.Block, error) { return newRC2(key), nil }
	switch algorithm.Algorithm.String() {
	case "1.2.840.113549.1.12.1.3": // pbeWithSHAAnd3-KeyTripleDES-CBC
		size, make = 24, des.NewTripleDESCipher
	case "1.2.840.113549.1.12.1.4": // pbeWithSHAAnd2-KeyTripleDES-CBC
		size, make = 16, func(key []byte) (cipher.Block, error) { return des.NewTripleDESCipher(append(key, key[:8]...)) }
	case "1.2.840.113549.1.12.1.5": // pbeWithSHAAnd128BitRC2-CBC
		size = 16
	case "1.2.840.113549.1.12.1.6": // pbewithSHAAnd40BitRC2-CBC
		size = 5
	default:
		return nil, nil, fmt.Errorf("%w (%v)", ErrUnsupported, algorithm.Algorithm)
	}
	var params pbeParams
	if err := whole(algorithm.Parameters.FullBytes, &params); err != nil {
		return nil, nil, err
	}
	if len(params.Salt) > longestSalt {
		return nil, nil, fmt.Errorf("%w: a salt of %d bytes", ErrDamaged, len(params.Salt))
	}
	key, err := derive(w, sha1.New, forKey, pw.bmp, params.Salt, params.Rounds, size)
	if err != nil {
		return nil, nil, err
	}
	iv, err := derive(w, sha1.New, forIV, pw.bmp, params.Salt, params.Rounds, 8)
	if err != nil {
		return nil, nil, err
	}
	block, err := make(key)
	return block, iv, err
}

// pbes2 makes the cipher of PBES2 (RFC 8018, section 6.2).
func pbes2(w *work, algorithm pkix.AlgorithmIdentifier, pw password) (cipher.Block, []byte, error) {
	var params pbes2Params
	if err := whole(algorithm.Parameters.FullBytes, &params); err != nil {
		return nil, nil, err
	}
	size, make := 0, aes.NewCipher
	switch params.Cipher.Algorithm.String() {
	case "2.16.840.1.101.3.4.1.2":
		size = 16
	case "2.16.840.1.101.3.4.1.22":
		size = 24
	case "2.16.840.1.101.3.4.1.42":
		size = 32
	case "1.2.840.113549.3.7": // DES-EDE3-CBC
		size, make = 24, des.NewTripleDESCipher
	default:
		return nil, nil, fmt.Errorf("%w (%v)", ErrUnsupported, params.Cipher.Algorithm)
	}
	var iv []byte
	if err := whole(params.Cipher.Parameters.FullBytes, &iv); err != nil {
		return nil, nil, err
	}
	key, err := keyOf(w, params.KDF, pw.text, size)
	if err != nil {
		return nil, nil, err
	}
	block, err := make(key)
	return block, iv, err
}

// keyOf derives a key as the file says.
func keyOf(w *work, kdf pkix.AlgorithmIdentifier, text string, size int) ([]byte, error) {
	switch kdf.Algorithm.String() {
	case "1.2.840.113549.1.5.12":
		return pbkdf2Key(w, kdf, text, size)
	case "1.3.6.1.4.1.11591.4.11":
		var params scryptParams
		if err := whole(kdf.Parameters.FullBytes, &params); err != nil {
			return nil, err
		}
		// It takes 128*N*R bytes of memory, and N*R*P rounds of something short.
		const mostMemory = 64 << 20
		if params.R < 1 || params.R > 64 || params.P < 1 || params.P > 64 || params.N < 2 ||
			params.N > mostMemory/128/params.R || len(params.Salt) > longestSalt {
			return nil, fmt.Errorf("%w (scrypt with N %d, r %d, p %d)", ErrWork, params.N, params.R, params.P)
		}
		if err := w.spend(params.N, params.R*params.P); err != nil {
			return nil, err
		}
		key, err := scrypt.Key([]byte(text), params.Salt, params.N, params.R, params.P, size)
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrDamaged, err)
		}
		return key, nil
	}
	return nil, fmt.Errorf("%w (%v)", ErrUnsupported, kdf.Algorithm)
}

func pbkdf2Key(w *work, kdf pkix.AlgorithmIdentifier, text string, size int) ([]byte, error) {
	var params pbkdf2Params
	if err := whole(kdf.Parameters.FullBytes, &params); err != nil {
		return nil, err
	}
	if params.Length != 0 && size == 0 {
		size = params.Length
	}
	if params.Length != 0 && params.Length != size || size < 1 || size > 64 || len(params.Salt) > longestSalt {
		return nil, fmt.Errorf("%w: a key or a salt of a strange length", ErrDamaged)
	}
	newHash, err := prfOf(params.PRF)
	if err != nil {
		return nil, err
	}
	if err := w.spend(params.Rounds, 1+(size-1)/newHash().Size()); err != nil {
		return nil, err
	}
	return pbkdf2.Key(newHash, text, params.Salt, params.Rounds, size)
}

// prfOf is the hash of a pseudo-random function; SHA-1 where none is named.
func prfOf(algorithm pkix.AlgorithmIdentifier) (func() hash.Hash, error) {
	switch algorithm.Algorithm.String() {
	case "", "1.2.840.113549.2.7":
		return sha1.New, nil
	case "1.2.840.113549.2.8":
		return sha256.New224, nil
	case "1.2.840.113549.2.9":
		return sha256.New, nil
	case "1.2.840.113549.2.10":
		return sha512.New384, nil
	case "1.2.840.113549.2.11":
		return sha512.New, nil
	}
	return nil, fmt.Errorf("%w (%v)", ErrUnsupported, algorithm.Algorithm)
}

// whole decodes a value after which nothing comes.
func whole(der []byte, into any) error {
	rest, err := asn1.Unmarshal(der, into)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%d bytes too many", len(rest))
	}
	if err != nil {
		return fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	return nil
}
