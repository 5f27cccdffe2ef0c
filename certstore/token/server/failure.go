//go:build cgo && unix

package server

import (
	"errors"

	"github.com/miekg/pkcs11"

	"torii/certstore/token/internal/proto"
)

// fail is an error that knows its kind.
type fail proto.Failure

// Error implements error.
func (f *fail) Error() string { return f.Message }

func failed(kind proto.Kind, message string) *fail { return &fail{Kind: kind, Message: message} }

// is reports whether the library gave this answer (CKR_...).
func is(err error, code uint) bool {
	given, ok := errors.AsType[pkcs11.Error](err)
	return ok && uint(given) == code
}

// kinds are the library's answers that mean something to a person (PKCS#11
// 2.40, section 5.1). Those about PINs are for login.go, which asks the token
// how many tries are left.
var kinds = map[pkcs11.Error]proto.Kind{
	pkcs11.CKR_DEVICE_REMOVED:             proto.KindTokenGone,
	pkcs11.CKR_TOKEN_NOT_PRESENT:          proto.KindTokenGone,
	pkcs11.CKR_TOKEN_NOT_RECOGNIZED:       proto.KindTokenGone,
	pkcs11.CKR_SLOT_ID_INVALID:            proto.KindTokenGone,
	pkcs11.CKR_SESSION_CLOSED:             proto.KindTokenGone,
	pkcs11.CKR_SESSION_HANDLE_INVALID:     proto.KindTokenGone,
	pkcs11.CKR_USER_NOT_LOGGED_IN:         proto.KindLoginNeeded,
	pkcs11.CKR_PIN_EXPIRED:                proto.KindWrongPIN,
	pkcs11.CKR_PIN_INCORRECT:              proto.KindWrongPIN,
	pkcs11.CKR_PIN_INVALID:                proto.KindWrongPIN,
	pkcs11.CKR_PIN_LEN_RANGE:              proto.KindWrongPIN,
	pkcs11.CKR_PIN_LOCKED:                 proto.KindPINLocked,
	pkcs11.CKR_FUNCTION_CANCELED:          proto.KindCancelled,
	pkcs11.CKR_MECHANISM_INVALID:          proto.KindUnsupported,
	pkcs11.CKR_MECHANISM_PARAM_INVALID:    proto.KindUnsupported,
	pkcs11.CKR_KEY_TYPE_INCONSISTENT:      proto.KindUnsupported,
	pkcs11.CKR_KEY_FUNCTION_NOT_PERMITTED: proto.KindUnsupported,
	pkcs11.CKR_DATA_LEN_RANGE:             proto.KindUnsupported,
}

// failure is what is said of an error.
func failure(err error) *proto.Failure {
	if known, ok := errors.AsType[*fail](err); ok {
		return (*proto.Failure)(known)
	}
	kind := proto.KindModuleFailed
	if given, ok := errors.AsType[pkcs11.Error](err); ok {
		if known, ok := kinds[given]; ok {
			kind = known
		}
	}
	return &proto.Failure{Kind: kind, Message: err.Error()}
}
