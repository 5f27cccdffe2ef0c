//go:build cgo && unix

package server

/*
#cgo linux LDFLAGS: -ldl
#include <dlfcn.h>
#include <stddef.h>

// The list of functions of a library (PKCS#11 2.40, section 3.6): a version,
// and then the functions in the order of the specification.
struct functions {
	unsigned char version[2];
	void *function[68];
};

enum { login_place = 18 }; // C_Login in the list

typedef unsigned long (*get_function_list)(struct functions **);
typedef unsigned long (*login)(unsigned long session, unsigned long user, unsigned char *pin, unsigned long size);

enum { general_error = 5 }; // CKR_GENERAL_ERROR

// torii_login calls C_Login of a library that is loaded already, with the PIN
// in the caller's own memory.
static unsigned long torii_login(const char *path, unsigned long session, unsigned long user,
		unsigned char *pin, unsigned long size) {
	struct functions *list = NULL;
	get_function_list get;
	void *library = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
	unsigned long result = general_error;
	if (library == NULL)
		return result;
	get = (get_function_list) dlsym(library, "C_GetFunctionList");
	if (get != NULL && get(&list) == 0 && list != NULL)
		result = ((login) list->function[login_place])(session, user, pin, size);
	dlclose(library);
	return result;
}
*/
import "C"

import (
	"fmt"
	"unsafe"

	"github.com/miekg/pkcs11"

	"torii/certstore/token/internal/proto"
)

// pinState is what the token says about the tries that are left.
func pinState(info pkcs11.TokenInfo) proto.PINState {
	return proto.PINState{
		Low:    info.Flags&pkcs11.CKF_USER_PIN_COUNT_LOW != 0,
		Final:  info.Flags&pkcs11.CKF_USER_PIN_FINAL_TRY != 0,
		Locked: info.Flags&pkcs11.CKF_USER_PIN_LOCKED != 0,
	}
}

// login shows the PIN to the token that is meant, once.
func (s *server) login(request *asked) error {
	handle, info, err := s.meant(&request.Request)
	if err != nil {
		return err
	}
	state, err := s.library.GetSessionInfo(handle)
	if err != nil {
		return fmt.Errorf("look at the token: %w", err)
	}
	if loggedIn(state) {
		return nil
	}
	return s.try(handle, info, pkcs11.CKU_USER, request)
}

// meant is the session with the token that a request means, if it is there.
func (s *server) meant(request *proto.Request) (pkcs11.SessionHandle, pkcs11.TokenInfo, error) {
	info, err := s.library.GetTokenInfo(request.Slot)
	if err != nil {
		return 0, info, fmt.Errorf("look at the token: %w", err)
	}
	if utf8(info.SerialNumber) != request.Serial {
		return 0, info, failed(proto.KindTokenGone, "another card is in the reader")
	}
	handle, err := s.session(request.Slot, request.Serial)
	return handle, info, err
}

// try shows a PIN. It spends none of the token's tries on what cannot be
// right, and the last one only where the person knows of it.
func (s *server) try(handle pkcs11.SessionHandle, info pkcs11.TokenInfo, user uint, request *asked) error {
	pin, pad := request.secret, info.Flags&pkcs11.CKF_PROTECTED_AUTHENTICATION_PATH != 0
	refuse := func(kind proto.Kind, message string) error {
		return &fail{Kind: kind, Message: message, PIN: pinState(info)}
	}
	switch state := pinState(info); {
	case state.Locked:
		return refuse(proto.KindPINLocked, "the token is locked")
	case len(pin) == 0 && !pad:
		return refuse(proto.KindLoginNeeded, "the token wants its PIN")
	case !pad && uint(len(pin)) < info.MinPinLen, !pad && info.MaxPinLen > 0 && uint(len(pin)) > info.MaxPinLen:
		return refuse(proto.KindWrongPIN, "a PIN of this token has another length; it was not tried")
	case state.Final && !request.Final:
		return refuse(proto.KindFinalTry, "the next wrong PIN locks the token; none was tried")
	}
	err := s.show(handle, user, pin)
	if err == nil || is(err, pkcs11.CKR_USER_ALREADY_LOGGED_IN) {
		return nil
	}
	said := fail(*failure(fmt.Errorf("show the PIN: %w", err)))
	if now, err := s.library.GetTokenInfo(request.Slot); err == nil {
		said.PIN = pinState(now)
	}
	if said.Kind == proto.KindPINLocked {
		said.PIN.Locked = true
	}
	if said.Kind == proto.KindWrongPIN && said.PIN.Locked {
		said.Kind = proto.KindPINLocked
	}
	return &said
}

// show calls C_Login. The package pkcs11 would make copies of the PIN that
// nobody wipes; this hands over the memory that Serve wipes.
func (s *server) show(handle pkcs11.SessionHandle, user uint, pin []byte) error {
	path := append([]byte(s.path), 0)
	var start *C.uchar
	if len(pin) > 0 {
		start = (*C.uchar)(unsafe.Pointer(&pin[0]))
	}
	code := C.torii_login((*C.char)(unsafe.Pointer(&path[0])), C.ulong(handle), C.ulong(user), start, C.ulong(len(pin)))
	if code != pkcs11.CKR_OK {
		return pkcs11.Error(code)
	}
	return nil
}
