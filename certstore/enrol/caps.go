package enrol

import (
	"crypto"
	"strings"

	"torii/certstore/enrol/internal/cms"
)

// Capabilities are what an authority says that it can (RFC 8894, section 3.5).
type Capabilities struct {
	AES, TripleDES       bool
	SHA1, SHA256, SHA512 bool
	POST                 bool
	Renewal              bool
}

// parseCapabilities reads the answer to GetCACaps: a word a line. Windows ends
// lines in its own way, and spells as it likes; words that are not known and
// whole web pages mean nothing.
func parseCapabilities(text []byte) Capabilities {
	var c Capabilities
	for word := range strings.FieldsSeq(strings.ToLower(string(text))) {
		switch word {
		case "aes":
			c.AES = true
		case "des3":
			c.TripleDES = true
		case "sha-1":
			c.SHA1 = true
		case "sha-256":
			c.SHA256 = true
		case "sha-512":
			c.SHA512 = true
		case "postpkioperation":
			c.POST = true
		case "renewal":
			c.Renewal = true
		case "scepstandard": // what every one of today can
			c.AES, c.SHA256, c.POST = true, true, true
		}
	}
	return c
}

// methods are the best ones that both can. Those of an authority that says
// nothing are from before everything of today, and need old.
func (c Capabilities) methods(old bool) (cms.Cipher, crypto.Hash, []Warning, error) {
	var warnings []Warning
	cipher, hash := cms.AES128, crypto.SHA256
	switch {
	case c.AES:
	case c.TripleDES || old:
		cipher, warnings = cms.TripleDES, append(warnings, WarnTripleDES)
	default:
		return "", 0, nil, failf(FaultOldMethods, "it names neither AES nor triple DES")
	}
	switch {
	case c.SHA256:
	case c.SHA512:
		hash = crypto.SHA512
	case old:
		hash, warnings = crypto.SHA1, append(warnings, WarnSHA1)
	default:
		return "", 0, nil, failf(FaultOldMethods, "it names neither SHA-256 nor SHA-512")
	}
	return cipher, hash, warnings, nil
}
