package cli

import (
	"errors"

	"torii/tunnel"
)

// The exit codes (design.md, section 3).
const (
	exitOK           = 0
	exitOther        = 1
	exitUsage        = 2
	exitNotConnected = 3
	exitNotFound     = 4
	exitLogin        = 5
	exitCertificate  = 6
	exitUnreachable  = 7
	exitMissing      = 8
	exitPolicy       = 9
	exitCancelled    = 10
	exitTimeout      = 11
	exitBadImport    = 12
	exitUnsupported  = 13
)

// exitOf maps what went wrong to an exit code.
func exitOf(code tunnel.Code) int {
	switch code {
	case "":
		return exitOK
	case tunnel.CodeInvalid:
		return exitUsage
	case tunnel.CodeNotConnected:
		return exitNotConnected
	case tunnel.CodeNotFound:
		return exitNotFound
	case tunnel.CodeLoginRefused, tunnel.CodeClientCertificate:
		return exitLogin
	case tunnel.CodeServerCertificate:
		return exitCertificate
	case tunnel.CodeNameNotFound, tunnel.CodeUnreachable, tunnel.CodeTLS, tunnel.CodeProxy:
		return exitUnreachable
	case tunnel.CodeHelperMissing, tunnel.CodeAgentMissing:
		return exitMissing
	case tunnel.CodeHelperRefused, tunnel.CodePolicy:
		return exitPolicy
	case tunnel.CodeCancelled:
		return exitCancelled
	case tunnel.CodeTimeout:
		return exitTimeout
	case tunnel.CodeBadImport:
		return exitBadImport
	case tunnel.CodeUnsupported:
		return exitUnsupported
	}
	return exitOther
}

// exit is an error whose words have been said already.
type exit struct{ code int }

func (e exit) Error() string { return "the reason was said" }

// usage is a mistake in the command itself.
type usage struct{ err error }

func (u usage) Error() string { return u.err.Error() }
func (u usage) Unwrap() error { return u.err }

// codeOf is the exit code of a command's error.
func codeOf(err error) int {
	if err == nil {
		return exitOK
	}
	if said, ok := errors.AsType[exit](err); ok {
		return said.code
	}
	if _, ok := errors.AsType[usage](err); ok {
		return exitUsage
	}
	return exitOf(tunnel.CodeOf(err))
}
