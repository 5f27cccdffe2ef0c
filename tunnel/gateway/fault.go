package gateway

import (
	"slices"

	"torii/tunnel"
)

// Fault is something that goes wrong at a gateway, by name. One fault is set
// at a time and it acts as long as it is set.
type Fault string

// The faults that a person may rehearse.
const (
	FaultNone Fault = ""
	// FaultWrongPassword refuses every password.
	FaultWrongPassword Fault = "wrong-password"
	// FaultOneTimeCode asks for a one-time code after the password.
	FaultOneTimeCode Fault = "one-time-code"
	// FaultExpiredCertificate shows a certificate that ended yesterday.
	FaultExpiredCertificate Fault = "expired-certificate"
	// FaultUnknownIssuer shows a certificate of an authority that nobody knows.
	FaultUnknownIssuer Fault = "unknown-issuer"
	// FaultWrongName shows a certificate for another host.
	FaultWrongName Fault = "wrong-name"
	// FaultUDPBlocked lets no datagram through, in either direction.
	FaultUDPBlocked Fault = "udp-blocked"
	// FaultSessionEnded ends the sessions that have a tunnel, and each that
	// gets one two seconds later; their cookies are refused from then on.
	FaultSessionEnded Fault = "session-ended"
	// FaultGatewayFrozen stops answering on every connection, old and new,
	// and closes none.
	FaultGatewayFrozen Fault = "gateway-frozen"
)

// The faults that tests use: answers that no honest gateway gives.
const (
	// FaultRubbish answers the login with bytes that mean nothing.
	FaultRubbish Fault = "rubbish"
	// FaultRubbishFrames sends such bytes instead of packets.
	FaultRubbishFrames Fault = "rubbish-frames"
	// FaultEndlessForms answers every form with another one.
	FaultEndlessForms Fault = "endless-forms"
	// FaultHugeAnswer answers the login with one gigabyte.
	FaultHugeAnswer Fault = "huge-answer"
	// FaultImpossibleRoutes gives addresses, routes and an MTU that no
	// network has.
	FaultImpossibleRoutes Fault = "impossible-routes"
)

// Faults returns the faults that a person may rehearse, in the order in which
// a list shows them.
func Faults() []Fault {
	return []Fault{
		FaultWrongPassword, FaultOneTimeCode, FaultExpiredCertificate, FaultUnknownIssuer,
		FaultWrongName, FaultUDPBlocked, FaultSessionEnded, FaultGatewayFrozen,
	}
}

// BadAnswers returns the faults that only tests use.
func BadAnswers() []Fault {
	return []Fault{FaultRubbish, FaultRubbishFrames, FaultEndlessForms, FaultHugeAnswer, FaultImpossibleRoutes}
}

// ParseFault finds a fault by its name; "" and "none" are FaultNone.
func ParseFault(name string) (Fault, error) {
	fault := Fault(name)
	if name == "none" || fault == FaultNone {
		return FaultNone, nil
	}
	if slices.Contains(Faults(), fault) || slices.Contains(BadAnswers(), fault) {
		return fault, nil
	}
	return FaultNone, tunnel.Errorf(tunnel.CodeInvalid, "set fault", "there is no fault %q", name)
}
