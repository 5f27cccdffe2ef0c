package enrol

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Fault says in one word why enrolling failed.
type Fault string

// The faults.
const (
	// What was asked for.
	FaultAddress     Fault = "address"     // the address is no one of an authority
	FaultRequest     Fault = "request"     // the names or the key asked for make no sense
	FaultFingerprint Fault = "fingerprint" // the fingerprint given is none
	FaultOldIdentity Fault = "old-identity"

	// The way there.
	FaultUnreachable     Fault = "unreachable"
	FaultTimeout         Fault = "timeout"
	FaultUntrustedServer Fault = "untrusted-server" // HTTPS, and its certificate is not trusted
	FaultStatus          Fault = "status"           // an answer of HTTP's own
	FaultRedirect        Fault = "redirect"
	FaultTooLarge        Fault = "too-large"
	FaultWebPage         Fault = "web-page"
	FaultUnreadable      Fault = "unreadable"

	// The authority.
	FaultNoAuthority  Fault = "no-authority"  // it shows no certificate that can be used
	FaultMismatch     Fault = "mismatch"      // it has another fingerprint
	FaultUnconfirmed  Fault = "unconfirmed"   // nobody confirmed the fingerprint
	FaultOldMethods   Fault = "old-methods"   // it can only what is broken
	FaultNoRenewal    Fault = "no-renewal"    // it renews nothing
	FaultRefused      Fault = "refused"       // it says no; Error.Reason says why
	FaultStillPending Fault = "still-pending" // somebody there has to approve it first

	// An answer that is not to be trusted.
	FaultForeignAnswer Fault = "foreign-answer" // not signed by the authority
	FaultOtherAnswer   Fault = "other-answer"   // to another question: transaction or nonce
	FaultOtherKey      Fault = "other-key"      // the certificate is not of our key
	FaultForeignIssuer Fault = "foreign-issuer" // the certificate is not of the authority
)

// Reason is why an authority refuses (RFC 8894, section 3.2.1.4).
type Reason string

// The reasons.
const (
	ReasonAlgorithm   Reason = "algorithm"   // badAlg
	ReasonMessage     Reason = "message"     // badMessageCheck
	ReasonRequest     Reason = "request"     // badRequest; often a wrong challenge password
	ReasonTime        Reason = "time"        // badTime
	ReasonCertificate Reason = "certificate" // badCertId
	ReasonUnknown     Reason = "unknown"
)

// reasonOf reads a failInfo.
func reasonOf(number string) Reason {
	switch number {
	case "0":
		return ReasonAlgorithm
	case "1":
		return ReasonMessage
	case "2":
		return ReasonRequest
	case "3":
		return ReasonTime
	case "4":
		return ReasonCertificate
	}
	return ReasonUnknown
}

// Error says why enrolling failed.
type Error struct {
	Fault  Fault
	Reason Reason // for FaultRefused
	// Text is what the authority wrote about it, in one line of at most 200
	// characters; it is foreign and to be shown as such.
	Text string
	// Status is HTTP's, for FaultStatus.
	Status int
	Err    error // details for a helpdesk; may be nil
}

// Error implements error. It holds nothing of a key or a password.
func (e *Error) Error() string {
	text := sentence(e.Fault)
	if e.Fault == FaultRefused {
		text += ": " + why(e.Reason)
	}
	if e.Status != 0 {
		text += fmt.Sprintf(" (HTTP %d)", e.Status)
	}
	if e.Text != "" {
		text += fmt.Sprintf(" (it says %q)", e.Text)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// is reports whether an error is of a fault.
func is(err error, faults ...Fault) bool {
	failed, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	for _, fault := range faults {
		if failed.Fault == fault {
			return true
		}
	}
	return false
}

func fail(fault Fault, err error) *Error { return &Error{Fault: fault, Err: err} }

func failf(fault Fault, format string, values ...any) *Error {
	return fail(fault, fmt.Errorf(format, values...))
}

func sentence(fault Fault) string {
	switch fault {
	case FaultAddress:
		return "the address is not that of a certification authority"
	case FaultRequest:
		return "what is asked for makes no sense"
	case FaultFingerprint:
		return "the fingerprint is not one of SHA-256, SHA-1 or MD5"
	case FaultOldIdentity:
		return "the identity cannot be used to renew itself"
	case FaultUnreachable:
		return "the certification authority does not answer"
	case FaultTimeout:
		return "the certification authority takes too long"
	case FaultUntrustedServer:
		return "the server's certificate is not trusted"
	case FaultStatus:
		return "the server refuses to talk of certificates"
	case FaultRedirect:
		return "the server leads elsewhere"
	case FaultTooLarge:
		return "the answer is too large"
	case FaultWebPage:
		return "a web page came in place of an answer"
	case FaultUnreadable:
		return "the answer cannot be read"
	case FaultNoAuthority:
		return "the certification authority shows no certificate that can be used"
	case FaultMismatch:
		return "it is another certification authority: the fingerprint differs"
	case FaultUnconfirmed:
		return "nobody confirmed the fingerprint of the certification authority"
	case FaultOldMethods:
		return "the certification authority offers methods only that are broken"
	case FaultNoRenewal:
		return "the certification authority does not renew"
	case FaultRefused:
		return "the certification authority refuses"
	case FaultStillPending:
		return "the request waits for approval"
	case FaultForeignAnswer:
		return "the answer is not signed by the certification authority"
	case FaultOtherAnswer:
		return "the answer belongs to another request"
	case FaultOtherKey:
		return "the certificate belongs to another key"
	case FaultForeignIssuer:
		return "the certificate is not valid as one of the certification authority"
	}
	return string(fault)
}

func why(reason Reason) string {
	switch reason {
	case ReasonAlgorithm:
		return "it does not know an algorithm of the request"
	case ReasonMessage:
		return "the request did not arrive whole"
	case ReasonRequest:
		return "the request is not allowed; the password may be wrong or used up"
	case ReasonTime:
		return "the clocks of both differ too much"
	case ReasonCertificate:
		return "it does not know the certificate that is meant"
	}
	return "it gives no reason"
}

// Warning is something that was taken although it could be better.
type Warning string

// The warnings.
const (
	// WarnMD5: the fingerprint that was compared can be forged.
	WarnMD5 Warning = "md5-fingerprint"
	// WarnSHA1 and WarnTripleDES: the authority offers nothing better.
	WarnSHA1      Warning = "sha-1"
	WarnTripleDES Warning = "triple-des"
	// WarnAnswerSHA1 and WarnAnswerDES: the authority can better and answered
	// so all the same. What is in an answer is no secret.
	WarnAnswerSHA1 Warning = "sha-1-answer"
	WarnAnswerDES  Warning = "des-answer"
)

// longestText is in characters.
const longestText = 200

// cleanText makes one line of what an authority writes.
func cleanText(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	runes := []rune(strings.Join(strings.Fields(text), " "))
	return string(runes[:min(len(runes), longestText)])
}

// Secret is a password that prints as nothing.
type Secret string

// Format implements fmt.Formatter.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[redacted]") }

// MarshalText keeps it out of whatever is written by reflection.
func (s Secret) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }
