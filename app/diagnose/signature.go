package diagnose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"errors"
)

// isWeak reports whether signatures of a kind can be forged (RFC 6194 for
// SHA-1, RFC 6151 for MD5).
func isWeak(a x509.SignatureAlgorithm) bool {
	switch a {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return true
	}
	return false
}

// signedBy reports whether a certificate bears its issuer's signature. Those of
// old kinds, which crypto/x509 does not look at any more, count as well: they
// prove nothing, but they explain who was meant.
func signedBy(c, issuer *x509.Certificate) bool {
	err := issuer.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
	if _, old := errors.AsType[x509.InsecureAlgorithmError](err); !old {
		return err == nil
	}
	switch key := issuer.PublicKey.(type) {
	case *rsa.PublicKey:
		switch c.SignatureAlgorithm {
		case x509.SHA1WithRSA:
			digest := sha1.Sum(c.RawTBSCertificate)
			return rsa.VerifyPKCS1v15(key, crypto.SHA1, digest[:], c.Signature) == nil
		case x509.MD5WithRSA:
			digest := md5.Sum(c.RawTBSCertificate)
			return rsa.VerifyPKCS1v15(key, crypto.MD5, digest[:], c.Signature) == nil
		}
	case *ecdsa.PublicKey:
		if c.SignatureAlgorithm == x509.ECDSAWithSHA1 {
			digest := sha1.Sum(c.RawTBSCertificate)
			return ecdsa.VerifyASN1(key, digest[:], c.Signature)
		}
	}
	return false
}
