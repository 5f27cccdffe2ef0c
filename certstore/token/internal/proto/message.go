// Package proto is what torii-token and those who start it say to each other:
// a request, a reply, a request, never two at a time.
//
// A frame is two big-endian lengths of four bytes each, as many bytes of JSON,
// and as many bytes of a secret. A PIN is no part of the JSON, so that no
// decoder leaves copies of it behind.
package proto

// Op says what a request wants.
type Op string

// The requests. There is none that could bring a key out of a token.
const (
	OpOpen  Op = "open"  // load the module; the first request, and only that
	OpList  Op = "list"  // tell the tokens and the certificates on them
	OpLogin Op = "login" // show the PIN, which is the frame's secret, to a token
	OpSign  Op = "sign"  // sign a digest; the secret is the PIN of a key that wants it each time
)

// Scheme is how a key signs.
type Scheme string

// The schemes of TLS that are known here.
const (
	SchemePKCS1 Scheme = "rsa-pkcs1" // RFC 8017, section 8.2; up to TLS 1.2
	SchemePSS   Scheme = "rsa-pss"   // RFC 8017, section 8.1; the only one for RSA in TLS 1.3
	SchemeECDSA Scheme = "ecdsa"
)

// Request is what torii-token is asked for.
type Request struct {
	ID uint64 `json:"id"`
	Op Op     `json:"op"`
	// Module is the absolute path of the vendor's library, for OpOpen.
	Module string `json:"module,omitempty"`
	// Slot and Serial name the token: a PIN must not reach another card that
	// lies in the same reader meanwhile.
	Slot   uint   `json:"slot,omitempty"`
	Serial string `json:"serial,omitempty"`
	// Final says that the person knows of the token's last try.
	Final bool `json:"final,omitempty"`
	// The rest is for OpSign: the CKA_ID of the key, and what it signs.
	Key    []byte `json:"key,omitempty"`
	Scheme Scheme `json:"scheme,omitempty"`
	Hash   string `json:"hash,omitempty"` // "sha256" and so on; see hash.go
	Salt   int    `json:"salt,omitempty"` // of SchemePSS, in bytes
	Digest []byte `json:"digest,omitempty"`
}

// Reply answers the request of the same ID.
type Reply struct {
	ID        uint64   `json:"id"`
	Failure   *Failure `json:"failure,omitempty"`
	Module    *Module  `json:"module,omitempty"`
	Tokens    []Token  `json:"tokens,omitempty"`
	Signature []byte   `json:"signature,omitempty"` // as TLS has it
}

// Module is what a library says of itself.
type Module struct {
	Description  string `json:"description"`
	Manufacturer string `json:"manufacturer"`
	Version      string `json:"version"`
}

// PINState is what a token says about the tries that are left.
type PINState struct {
	Low    bool `json:"low,omitempty"`    // at least one wrong PIN since the last right one
	Final  bool `json:"final,omitempty"`  // one more wrong PIN locks the token
	Locked bool `json:"locked,omitempty"` // no PIN helps any more
}

// Token is a card, or what acts as one.
type Token struct {
	Slot         uint     `json:"slot"`
	Label        string   `json:"label"`
	Serial       string   `json:"serial"`
	Manufacturer string   `json:"manufacturer"`
	Model        string   `json:"model"`
	NeedsLogin   bool     `json:"needs_login,omitempty"`
	LoggedIn     bool     `json:"logged_in,omitempty"`
	PINPad       bool     `json:"pin_pad,omitempty"`
	PIN          PINState `json:"pin"`
	Schemes      []Scheme `json:"schemes,omitempty"`

	Certificates []Certificate `json:"certificates,omitempty"`
	// More says that there are certificates beyond the bounds.
	More bool `json:"more,omitempty"`
}

// Certificate is one on a token.
type Certificate struct {
	ID    []byte `json:"id"` // CKA_ID, the key's too
	Label string `json:"label"`
	DER   []byte `json:"der"`
	Key   Key    `json:"key"`
	// EachTime is a key that wants the PIN for each signature.
	EachTime bool `json:"each_time,omitempty"`
}

// Key says whether a certificate's private key is on the token.
type Key string

// What is known about a key. Most tokens show keys after the login only.
const (
	KeyThere   Key = "there"
	KeyMissing Key = "missing"
	KeyHidden  Key = "hidden"
)

// Kind is what went wrong. The kinds that arise on the client's side alone are
// here too, so that they are one list.
type Kind string

// The kinds of failures.
const (
	KindModuleMissing Kind = "module-missing" // there is no such file
	KindModuleUnsafe  Kind = "module-unsafe"  // no absolute path, or a file that others may change
	KindNoModule      Kind = "no-module"      // the file is no PKCS#11 module for this computer
	KindModuleFailed  Kind = "module-failed"  // the module said an error that has no kind of its own
	KindCrashed       Kind = "crashed"        // torii-token ended, by the module's fault as a rule
	KindHung          Kind = "hung"           // the module did not answer in time
	KindProgram       Kind = "program"        // torii-token does not start
	KindTokenGone     Kind = "token-gone"     // the card is not in the reader, or another one is
	KindNotFound      Kind = "not-found"      // the card has no such certificate or key
	KindAmbiguous     Kind = "ambiguous"      // several certificates are meant
	KindLoginNeeded   Kind = "login-needed"   // the token wants its PIN first
	KindWrongPIN      Kind = "wrong-pin"
	KindPINLocked     Kind = "pin-locked"
	KindFinalTry      Kind = "final-try"   // nothing was tried: the person has to know that it is the last try
	KindCancelled     Kind = "cancelled"   // the person cancelled, at the reader or here
	KindUnsupported   Kind = "unsupported" // the token cannot sign like that
	KindProtocol      Kind = "protocol"    // the two programs do not understand each other
)

// Failure is a reply's error.
type Failure struct {
	Kind    Kind     `json:"kind"`
	Message string   `json:"message"`
	PIN     PINState `json:"pin"`
}
