package api

import "time"

// The methods for certificates.
const (
	MethodCertificates       Method = "cert.list"   // CertificateQuery -> []Certificate
	MethodImportCertificates Method = "cert.import" // ImportCertificates -> ImportedCertificates
	MethodDropCertificates   Method = "cert.delete" // CertificateRef -> DeletedCertificates
	MethodUnlockCertificates Method = "cert.unlock" // UnlockCertificates -> nothing
)

// CertificateKind says what a certificate is kept for.
type CertificateKind string

// The kinds.
const (
	CertificateUser      CertificateKind = "user"      // shown to gateways, with its key
	CertificateServer    CertificateKind = "server"    // accepted for one server
	CertificateAuthority CertificateKind = "authority" // vouches for servers
)

// CertificateKinds are all kinds, in the order in which they are shown.
func CertificateKinds() []CertificateKind {
	return []CertificateKind{CertificateUser, CertificateServer, CertificateAuthority}
}

// CertificateStatus says what the calendar says of a certificate.
type CertificateStatus string

// The statuses.
const (
	CertificateValid       CertificateStatus = "valid"
	CertificateExpired     CertificateStatus = "expired"
	CertificateNotYetValid CertificateStatus = "not-yet-valid"
)

// The ways to keep the key of a person's certificate.
const (
	KeepInKeyring       = "keyring"
	KeepUnderPassphrase = "passphrase"
	KeepInMemory        = "memory" // gone when Torii ends
)

// CertificateQuery asks for the certificates of a kind; "" asks for all.
type CertificateQuery struct {
	Kind CertificateKind `json:"kind,omitempty"`
}

// Certificate is one certificate of the store. It holds no key.
type Certificate struct {
	Kind CertificateKind `json:"kind"`
	// ID never changes and is unique in its kind.
	ID string `json:"id"`
	// Name is what people call it; the entries name a person's certificate by it.
	Name string `json:"name"`
	CertificateDetails
	// Chain are the certificates above it that came with it, the next one first.
	Chain []CertificateDetails `json:"chain,omitempty"`
	Added time.Time            `json:"added"`

	// Keeping is how the key of a person's certificate is kept; Locked tells that
	// its passphrase is wanted before it can be used.
	Keeping string `json:"keeping,omitempty"`
	Locked  bool   `json:"locked,omitempty"`
	// Host and Port are the server's that it was accepted for.
	Host string `json:"host,omitempty"`
	Port uint16 `json:"port,omitempty"`
	// Root tells that an authority is trusted by itself; another one completes
	// chains only.
	Root bool `json:"root,omitempty"`
}

// CertificateDetails are what a certificate says of itself.
type CertificateDetails struct {
	Subject      string            `json:"subject"`       // in full
	Issuer       string            `json:"issuer"`        // in full
	IssuerName   string            `json:"issuer_name"`   // what people call the issuer
	Names        []string          `json:"names"`         // DNS names, addresses and mail addresses
	Serial       string            `json:"serial"`        // hexadecimal
	NotBefore    time.Time         `json:"not_before"`    //
	NotAfter     time.Time         `json:"not_after"`     //
	Status       CertificateStatus `json:"status"`        // when it was asked for
	KeyUsages    []string          `json:"key_usages"`    // as RFC 5280 calls them: "digitalSignature", ..
	ExtendedKeys []string          `json:"extended_keys"` // "clientAuth", .., or an object identifier
	Key          string            `json:"key"`           // "RSA 2048", "ECDSA P-256", "Ed25519"
	Signature    string            `json:"signature"`     // "SHA256-RSA", ..
	Fingerprint  string            `json:"fingerprint"`   // SHA-256 of its DER, 64 lower-case hexadecimal digits
}

// ImportCertificates brings a file into the store. A file with a key makes a
// certificate of the person's; authorities become authorities, and any other
// certificate is accepted for Server. The last two are taken from trusted faces
// only.
type ImportCertificates struct {
	// File is the absolute path of the file, or Data its bytes, at most half a
	// megabyte of them.
	File string `json:"file,omitempty"`
	Data []byte `json:"data,omitempty"`
	// Password opens the file; "" tries it without one.
	Password string `json:"password,omitempty"`
	// Name is what to call a single certificate; "" for what the file calls it.
	Name string `json:"name,omitempty"`
	// Server is "host" or "host:port".
	Server string `json:"server,omitempty"`
	// Keep is how the key is kept; "" means the keyring. Passphrase goes with
	// KeepUnderPassphrase.
	Keep       string `json:"keep,omitempty"`
	Passphrase string `json:"passphrase,omitempty"`
	// Rehearse imports nothing: Want says what keeping a key so would want. It is
	// for who obtains a certificate that is issued once only.
	Rehearse bool `json:"rehearse,omitempty"`
}

// Want says what an import needs before it can be done.
type Want string

// What an import may want; then nothing was taken.
const (
	WantNothing         Want = ""
	WantPassword        Want = "password"         // the file has one
	WantOtherPassword   Want = "other-password"   // that was not it
	WantKeep            Want = "keep"             // the keyring cannot; a passphrase, or memory?
	WantPassphrase      Want = "passphrase"       // at least 8 characters
	WantOtherPassphrase Want = "other-passphrase" // the keys that are there have another one
	WantServer          Want = "server"           // for which server shall it be accepted?
)

// ImportedCertificates is what became of a file.
type ImportedCertificates struct {
	Added []Certificate `json:"added"`
	Want  Want          `json:"want,omitempty"`
	// Left is how many certificates of the file were of no use.
	Left int `json:"left,omitempty"`
}

// CertificateRef names one certificate by its ID, its name or the beginning of
// its ID, or all of a kind.
type CertificateRef struct {
	Kind        CertificateKind `json:"kind"`
	Certificate string          `json:"certificate,omitempty"`
	All         bool            `json:"all,omitempty"`
}

// DeletedCertificates says which were deleted.
type DeletedCertificates struct {
	Deleted []Certificate `json:"deleted"`
}

// UnlockCertificates opens the keys that are under a passphrase, until the
// agent ends.
type UnlockCertificates struct {
	Passphrase string `json:"passphrase"`
}
