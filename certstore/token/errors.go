package token

import (
	"errors"
	"fmt"

	"torii/certstore/token/internal/proto"
)

// Kind is what went wrong, for those who have to tell a person.
type Kind = proto.Kind

// The kinds of failures.
const (
	// ModuleMissing: there is no such file.
	ModuleMissing = proto.KindModuleMissing
	// ModuleUnsafe: the file is not named by an absolute path, belongs to
	// another user, or may be changed by everybody.
	ModuleUnsafe = proto.KindModuleUnsafe
	// NoModule: the file is no PKCS#11 module that this computer can load.
	NoModule = proto.KindNoModule
	// ModuleFailed: the module answered with an error of its own.
	ModuleFailed = proto.KindModuleFailed
	// Crashed: torii-token ended while it was asked something.
	Crashed = proto.KindCrashed
	// Hung: the module did not answer in time; its process was ended.
	Hung = proto.KindHung
	// Program: torii-token is missing or does not start.
	Program = proto.KindProgram
	// TokenGone: the card is not in the reader, or another one is.
	TokenGone = proto.KindTokenGone
	// NotFound: the card has no such certificate, or no key that goes with it.
	NotFound = proto.KindNotFound
	// Ambiguous: more than one certificate is meant.
	Ambiguous = proto.KindAmbiguous
	// LoginNeeded: the token wants its PIN first.
	LoginNeeded = proto.KindLoginNeeded
	// WrongPIN: the token refused the PIN. Error.PIN says what is left.
	WrongPIN = proto.KindWrongPIN
	// PINLocked: no PIN helps any more; who gave the card out can unlock it.
	PINLocked = proto.KindPINLocked
	// FinalTry: nothing was tried, because one more wrong PIN locks the token
	// and the person was not told so.
	FinalTry = proto.KindFinalTry
	// Cancelled: the person cancelled at the reader.
	Cancelled = proto.KindCancelled
	// Unsupported: the token does not sign in a way that is wanted.
	Unsupported = proto.KindUnsupported
	// Protocol: torii-token said what cannot be understood.
	Protocol = proto.KindProtocol
)

// PINState is what a token says about the tries that are left.
type PINState = proto.PINState

// Error is a failure of a module or a token.
type Error struct {
	Kind Kind
	Op   string
	// PIN is the token's state after a PIN that was refused.
	PIN PINState
	Err error
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s: %v", e.Op, e.Kind, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of an error; "" for one that is not this package's.
func KindOf(err error) Kind {
	if known, ok := errors.AsType[*Error](err); ok {
		return known.Kind
	}
	return ""
}

func failed(kind Kind, op, message string) *Error {
	return &Error{Kind: kind, Op: op, Err: errors.New(message)}
}
