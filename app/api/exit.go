package api

import "torii/tunnel"

// The exit codes of Torii's programs (design.md, section 3).
const (
	ExitOK           = 0
	ExitOther        = 1
	ExitUsage        = 2
	ExitNotConnected = 3
	ExitNotFound     = 4
	ExitLogin        = 5
	ExitCertificate  = 6
	ExitUnreachable  = 7
	ExitMissing      = 8
	ExitPolicy       = 9
	ExitCancelled    = 10
	ExitTimeout      = 11
	ExitBadImport    = 12
	ExitUnsupported  = 13
)

// ExitCode is the exit code of a program that ends with an error of that code;
// ExitOK for "".
func ExitCode(code tunnel.Code) int {
	switch code {
	case "":
		return ExitOK
	case tunnel.CodeInvalid:
		return ExitUsage
	case tunnel.CodeNotConnected:
		return ExitNotConnected
	case tunnel.CodeNotFound:
		return ExitNotFound
	case tunnel.CodeLoginRefused, tunnel.CodeClientCertificate:
		return ExitLogin
	case tunnel.CodeServerCertificate:
		return ExitCertificate
	case tunnel.CodeNameNotFound, tunnel.CodeUnreachable, tunnel.CodeTLS, tunnel.CodeProxy:
		return ExitUnreachable
	case tunnel.CodeHelperMissing, tunnel.CodeAgentMissing:
		return ExitMissing
	case tunnel.CodeHelperRefused, tunnel.CodePolicy:
		return ExitPolicy
	case tunnel.CodeCancelled:
		return ExitCancelled
	case tunnel.CodeTimeout:
		return ExitTimeout
	case tunnel.CodeBadImport:
		return ExitBadImport
	case tunnel.CodeUnsupported:
		return ExitUnsupported
	}
	return ExitOther
}
