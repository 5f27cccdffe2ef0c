package cli

import (
	"errors"

	"torii/app/api"
	"torii/tunnel"
)

// The exit codes that commands use by themselves.
const (
	exitOK           = api.ExitOK
	exitOther        = api.ExitOther
	exitUsage        = api.ExitUsage
	exitNotConnected = api.ExitNotConnected
	exitLogin        = api.ExitLogin
	exitCertificate  = api.ExitCertificate
	exitCancelled    = api.ExitCancelled
	exitUnsupported  = api.ExitUnsupported
)

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
	return api.ExitCode(tunnel.CodeOf(err))
}
