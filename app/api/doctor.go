package api

import (
	"slices"

	"torii/tunnel"
)

// DoctorRequest has a server looked at.
type DoctorRequest struct {
	// Entry is an ID or a name; "" means the active entry.
	Entry string `json:"entry,omitempty"`
	// Target is an address that is not saved; it wins over Entry.
	Target *Entry `json:"target,omitempty"`
	// TimeServer is asked for the time by NTP, HOST or HOST:PORT; "" for none.
	TimeServer string `json:"time_server,omitempty"`
}

// DoctorReport is what the certificate doctor found out about a server.
type DoctorReport struct {
	Host string `json:"host"` // as it was named, with its port where that is another than 443
	// Checks are those that could be made: what fails first, then what warns,
	// then what is well.
	Checks []DoctorCheck `json:"checks"`
	// Error says why the server could not be looked at any further, where no
	// check says it: nobody answers, or what answers speaks no TLS. nil for
	// nothing.
	Error *tunnel.Failure `json:"error,omitempty"`
}

// DoctorCheck is one thing that the doctor looked at.
type DoctorCheck struct {
	Code   DoctorCode   `json:"code"`
	Status DoctorStatus `json:"status"`
	// Title names the finding in a few words; "" where all is well.
	Title string `json:"title,omitempty"`
	// Seen are the values that were found: dates, names, versions.
	Seen string `json:"seen"`
	// Cause says in plain words what is the matter, Remedy what the person can
	// do on this system; both are "" where all is well.
	Cause  string `json:"cause"`
	Remedy string `json:"remedy"`
	// Who must act; "" where all is well.
	Who DoctorWho `json:"who"`
	// Tell is what to tell the administrator; "" for nothing.
	Tell string `json:"tell,omitempty"`
}

// DoctorStatus is how a check ended.
type DoctorStatus string

// The ends of a check: a connect is refused where one fails.
const (
	DoctorPass DoctorStatus = "pass"
	DoctorWarn DoctorStatus = "warn"
	DoctorFail DoctorStatus = "fail"
)

// DoctorWho is the one who must act.
type DoctorWho string

// Who can act.
const (
	DoctorYou           DoctorWho = "you"
	DoctorAdministrator DoctorWho = "administrator"
)

// DoctorCode names a check.
type DoctorCode string

// The checks (003, and what else comes between a client and its gateway).
const (
	DoctorExpired               DoctorCode = "expired"
	DoctorNotYetValid           DoctorCode = "not-yet-valid"
	DoctorUnknownIssuer         DoctorCode = "unknown-issuer"
	DoctorNameMismatch          DoctorCode = "name-mismatch"
	DoctorMissingIntermediate   DoctorCode = "missing-intermediate"
	DoctorClock                 DoctorCode = "clock"
	DoctorTLSVersion            DoctorCode = "tls-version"
	DoctorTLSSuite              DoctorCode = "tls-suite"
	DoctorDNS                   DoctorCode = "dns"
	DoctorRevoked               DoctorCode = "revoked"
	DoctorRevocationUnreachable DoctorCode = "revocation-unreachable"
	DoctorClientCertificate     DoctorCode = "client-certificate"
	DoctorPin                   DoctorCode = "pin"
	DoctorSelfSigned            DoctorCode = "self-signed"
	DoctorWeakKey               DoctorCode = "weak-key"
	DoctorWeakSignature         DoctorCode = "weak-signature"
	DoctorUsage                 DoctorCode = "usage"
	DoctorCaptivePortal         DoctorCode = "captive-portal"
	DoctorProxy                 DoctorCode = "proxy"
	DoctorFIPS                  DoctorCode = "fips"
	DoctorClientVersion         DoctorCode = "client-version"
)

// DoctorCodes are all of them, in the order in which they are told: what is
// likeliest to be the reason of the others comes first.
func DoctorCodes() []DoctorCode {
	return []DoctorCode{
		DoctorCaptivePortal, DoctorDNS, DoctorProxy, DoctorClock, DoctorTLSVersion, DoctorTLSSuite, DoctorPin,
		DoctorRevoked, DoctorExpired, DoctorNotYetValid, DoctorNameMismatch, DoctorSelfSigned,
		DoctorMissingIntermediate, DoctorUnknownIssuer, DoctorUsage, DoctorWeakKey, DoctorWeakSignature,
		DoctorRevocationUnreachable, DoctorClientCertificate, DoctorFIPS, DoctorClientVersion,
	}
}

// Failing is the code of the error that a connect would end with; "" where
// nothing fails.
func (r DoctorReport) Failing() tunnel.Code {
	// A connect goes through them in this order: the person and the engine
	// decide about the certificate before its key is used.
	order := [][]DoctorCode{
		{DoctorDNS}, {DoctorProxy}, {DoctorTLSVersion, DoctorTLSSuite, DoctorFIPS},
		{DoctorPin, DoctorRevoked, DoctorRevocationUnreachable, DoctorExpired, DoctorNotYetValid, DoctorNameMismatch,
			DoctorSelfSigned, DoctorMissingIntermediate, DoctorUnknownIssuer, DoctorUsage, DoctorWeakSignature, DoctorClock},
		{DoctorWeakKey}, {DoctorClientCertificate}, {DoctorClientVersion}, {DoctorCaptivePortal},
	}
	for _, codes := range order {
		for _, check := range r.Checks {
			if check.Status == DoctorFail && slices.Contains(codes, check.Code) {
				return failureOf(check.Code)
			}
		}
	}
	if r.Error != nil {
		return r.Error.Code
	}
	return ""
}

// failureOf is the error of a connect to a server with that finding.
func failureOf(code DoctorCode) tunnel.Code {
	switch code {
	case DoctorDNS:
		return tunnel.CodeNameNotFound
	case DoctorProxy:
		return tunnel.CodeProxy
	case DoctorTLSVersion, DoctorTLSSuite, DoctorFIPS, DoctorWeakKey:
		return tunnel.CodeTLS
	case DoctorCaptivePortal:
		return tunnel.CodeUnreachable
	case DoctorClientCertificate:
		return tunnel.CodeClientCertificate
	case DoctorClientVersion:
		return tunnel.CodeLoginRefused
	}
	return tunnel.CodeServerCertificate
}
