package tunnel

import (
	"errors"
	"fmt"
)

// Code says what kind of failure it was. Faces map it to words and a remedy
// through the catalogue (keys "error.<code>.message" and "error.<code>.remedy");
// the command line maps it to an exit code. Nobody matches error texts.
type Code string

// The codes of the engine.
const (
	// CodeInternal is a fault of ours.
	CodeInternal Code = "internal"
	// CodeLoginRefused: the gateway refused the credentials for good.
	CodeLoginRefused Code = "login-refused"
	// CodeClientCertificate: the gateway wants a client certificate that was
	// not given, or refused the one it got.
	CodeClientCertificate Code = "client-certificate"
	// CodeServerCertificate: the server's certificate was not accepted.
	CodeServerCertificate Code = "server-certificate"
	// CodeNameNotFound: the gateway's name does not resolve.
	CodeNameNotFound Code = "name-not-found"
	// CodeUnreachable: nobody answers at the gateway's address.
	CodeUnreachable Code = "unreachable"
	// CodeTLS: TLS cannot start (version, suites, or no TLS there).
	CodeTLS Code = "tls"
	// CodeProxy: the HTTP or SOCKS proxy on the way refused or failed.
	CodeProxy Code = "proxy"
	// CodeProtocol: the gateway's answer makes no sense.
	CodeProtocol Code = "protocol"
	// CodeUnsupported: the gateway wants something Torii does not do.
	CodeUnsupported Code = "unsupported"
	// CodeGatewayRefused: the gateway refused the tunnel (no address left,
	// too many sessions, maintenance).
	CodeGatewayRefused Code = "gateway-refused"
	// CodeSessionEnded: the gateway ended the session (time limit, idle,
	// administrator) and a new login is needed.
	CodeSessionEnded Code = "session-ended"
	// CodeDeviceRegistered: this first connect only registered the device;
	// the next one gets a tunnel (reference 002).
	CodeDeviceRegistered Code = "device-registered"
	// CodeConnectionLost: the connection broke and could not be mended.
	CodeConnectionLost Code = "connection-lost"
	// CodeNetworkSetup: addresses, routes or DNS could not be applied.
	CodeNetworkSetup Code = "network-setup"
	// CodeBadSettings: the gateway sent network settings that no sane network has.
	CodeBadSettings Code = "bad-settings"
	// CodeHelperMissing: the privileged helper does not answer.
	CodeHelperMissing Code = "helper-missing"
	// CodeHelperRefused: the privileged helper refused (not allowed, bad plan).
	CodeHelperRefused Code = "helper-refused"
	// CodeAgentMissing: no agent answers on the control socket.
	CodeAgentMissing Code = "agent-missing"
	// CodePolicy: a setting or policy forbids it.
	CodePolicy Code = "policy"
	// CodeCancelled: the person said no or gave up.
	CodeCancelled Code = "cancelled"
	// CodeTimeout: it took too long.
	CodeTimeout Code = "timeout"
	// CodeBusy: another connection is up or under way.
	CodeBusy Code = "busy"
	// CodeNotConnected: it needs a connection and there is none.
	CodeNotConnected Code = "not-connected"
	// CodeNotFound: no such entry or file.
	CodeNotFound Code = "not-found"
	// CodeInvalid: what was given is not valid (an address, a name, a value).
	CodeInvalid Code = "invalid"
	// CodeBadImport: a file or link that cannot be used.
	CodeBadImport Code = "bad-import"
)

// Error crosses rooms. Code is for programs and faces, Op and Err for logs.
type Error struct {
	Code Code
	Op   string // what was being done, e.g. "read login form"
	Err  error  // the cause; may be nil

	// Detail is text that belongs to the person who reads the message: the
	// gateway's own words, a host name, a file. It never holds a secret.
	Detail string
}

// NewError builds an Error from a cause.
func NewError(code Code, op string, err error) *Error {
	return &Error{Code: code, Op: op, Err: err}
}

// Errorf builds an Error whose cause is formatted.
func Errorf(code Code, op, format string, args ...any) *Error {
	return &Error{Code: code, Op: op, Err: fmt.Errorf(format, args...)}
}

// WithDetail returns a copy that carries words for the person.
func (e *Error) WithDetail(detail string) *Error {
	c := *e
	c.Detail = detail
	return &c
}

// Error implements error.
func (e *Error) Error() string {
	s := e.Op
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s + " (" + string(e.Code) + ")"
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf finds the code of an error; CodeInternal for an error without one and
// "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}
