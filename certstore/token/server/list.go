//go:build cgo && unix

package server

import (
	"fmt"
	"slices"
	"strings"

	"github.com/miekg/pkcs11"

	"torii/certstore/token/internal/proto"
)

// The bounds of a list, so that a reply fits into a frame.
const (
	mostTokens       = 16
	mostCertificates = 64        // a token
	mostBytes        = 512 << 10 // of certificates, all together
)

// list tells what is in the readers.
func (s *server) list() ([]proto.Token, error) {
	slots, err := s.library.GetSlotList(true)
	if err != nil {
		return nil, fmt.Errorf("list the tokens: %w", err)
	}
	room := mostBytes
	var tokens []proto.Token
	for _, slot := range slots[:min(len(slots), mostTokens)] {
		// One that leaves its reader meanwhile is not there.
		if token, err := s.describe(slot, &room); err == nil {
			tokens = append(tokens, *token)
		} else if failure(err).Kind != proto.KindTokenGone {
			return nil, err
		}
	}
	return tokens, nil
}

// describe is one token.
func (s *server) describe(slot uint, room *int) (*proto.Token, error) {
	info, err := s.library.GetTokenInfo(slot)
	if err != nil {
		return nil, fmt.Errorf("look at the token: %w", err)
	}
	if info.Flags&pkcs11.CKF_TOKEN_INITIALIZED == 0 {
		return nil, failed(proto.KindTokenGone, "the token is empty")
	}
	handle, err := s.session(slot, utf8(info.SerialNumber))
	if err != nil {
		return nil, err
	}
	state, err := s.library.GetSessionInfo(handle)
	if err != nil {
		return nil, fmt.Errorf("look at the token: %w", err)
	}
	token := &proto.Token{
		Slot: slot, Label: utf8(info.Label), Serial: utf8(info.SerialNumber), Manufacturer: utf8(info.ManufacturerID), Model: utf8(info.Model),
		NeedsLogin: info.Flags&pkcs11.CKF_LOGIN_REQUIRED != 0, LoggedIn: loggedIn(state),
		PINPad: info.Flags&pkcs11.CKF_PROTECTED_AUTHENTICATION_PATH != 0, PIN: pinState(info),
	}
	if token.Schemes, err = s.schemes(slot); err != nil {
		return nil, err
	}
	return token, s.certificates(handle, token, room)
}

// loggedIn reports whether the person's PIN was shown in a session.
func loggedIn(state pkcs11.SessionInfo) bool {
	return state.State == pkcs11.CKS_RO_USER_FUNCTIONS || state.State == pkcs11.CKS_RW_USER_FUNCTIONS
}

// session is the open one with the token of this serial number; one with
// another card that was in the slot is over.
func (s *server) session(slot uint, serial string) (pkcs11.SessionHandle, error) {
	if open := s.sessions[slot]; open != nil {
		if _, err := s.library.GetSessionInfo(open.handle); err == nil && open.serial == serial {
			return open.handle, nil
		}
		s.library.CloseSession(open.handle)
		delete(s.sessions, slot)
	}
	handle, err := s.library.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION)
	if err != nil {
		return 0, fmt.Errorf("speak to the token: %w", err)
	}
	s.sessions[slot] = &session{handle: handle, serial: serial}
	return handle, nil
}

// schemes are those that the token signs with.
func (s *server) schemes(slot uint) ([]proto.Scheme, error) {
	mechanisms, err := s.library.GetMechanismList(slot)
	if err != nil {
		return nil, fmt.Errorf("ask how the token signs: %w", err)
	}
	var schemes []proto.Scheme
	for _, known := range [...]struct {
		mechanism uint
		scheme    proto.Scheme
	}{
		{pkcs11.CKM_RSA_PKCS, proto.SchemePKCS1}, {pkcs11.CKM_RSA_PKCS_PSS, proto.SchemePSS}, {pkcs11.CKM_ECDSA, proto.SchemeECDSA},
	} {
		if slices.ContainsFunc(mechanisms, func(m *pkcs11.Mechanism) bool { return m.Mechanism == known.mechanism }) {
			schemes = append(schemes, known.scheme)
		}
	}
	return schemes, nil
}

// certificates adds those of a token. What has no value is none.
func (s *server) certificates(handle pkcs11.SessionHandle, token *proto.Token, room *int) error {
	objects, err := s.find(handle, mostCertificates+1,
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_CERTIFICATE),
		pkcs11.NewAttribute(pkcs11.CKA_CERTIFICATE_TYPE, pkcs11.CKC_X_509))
	if err != nil {
		return fmt.Errorf("list the certificates: %w", err)
	}
	for i, object := range objects {
		der := s.attribute(handle, object, pkcs11.CKA_VALUE)
		if i == mostCertificates || len(der) > *room {
			token.More = true
			break
		}
		if len(der) == 0 {
			continue
		}
		*room -= len(der)
		certificate := proto.Certificate{
			ID: s.attribute(handle, object, pkcs11.CKA_ID), DER: der,
			Label: utf8(string(s.attribute(handle, object, pkcs11.CKA_LABEL))), Key: proto.KeyMissing,
		}
		key, found, err := s.key(handle, certificate.ID)
		switch {
		case err != nil:
			return err
		case found:
			certificate.Key = proto.KeyThere
			certificate.EachTime = s.isTrue(handle, key, pkcs11.CKA_ALWAYS_AUTHENTICATE)
		case token.NeedsLogin && !token.LoggedIn && len(certificate.ID) > 0:
			certificate.Key = proto.KeyHidden
		}
		token.Certificates = append(token.Certificates, certificate)
	}
	return nil
}

// key finds the private key that goes with a certificate: it has its CKA_ID.
func (s *server) key(handle pkcs11.SessionHandle, id []byte) (key pkcs11.ObjectHandle, found bool, err error) {
	if len(id) == 0 {
		return 0, false, nil
	}
	objects, err := s.find(handle, 1,
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY), pkcs11.NewAttribute(pkcs11.CKA_ID, id))
	if err != nil {
		return 0, false, fmt.Errorf("look for the key: %w", err)
	}
	if len(objects) == 0 {
		return 0, false, nil
	}
	return objects[0], true, nil
}

// find lists up to most objects that are like this.
func (s *server) find(handle pkcs11.SessionHandle, most int, like ...*pkcs11.Attribute) ([]pkcs11.ObjectHandle, error) {
	if err := s.library.FindObjectsInit(handle, like); err != nil {
		return nil, err
	}
	var all []pkcs11.ObjectHandle
	for len(all) < most {
		some, _, err := s.library.FindObjects(handle, most-len(all))
		if err != nil {
			s.library.FindObjectsFinal(handle)
			return nil, err
		}
		if len(some) == 0 {
			break
		}
		all = append(all, some...)
	}
	return all, s.library.FindObjectsFinal(handle)
}

// attribute is one of an object's; nil where it has none.
func (s *server) attribute(handle pkcs11.SessionHandle, object pkcs11.ObjectHandle, which uint) []byte {
	found, err := s.library.GetAttributeValue(handle, object, []*pkcs11.Attribute{pkcs11.NewAttribute(which, nil)})
	if err != nil || len(found) != 1 {
		return nil
	}
	return found[0].Value
}

// isTrue is an attribute that is yes or no.
func (s *server) isTrue(handle pkcs11.SessionHandle, object pkcs11.ObjectHandle, which uint) bool {
	value := s.attribute(handle, object, which)
	return len(value) == 1 && value[0] != 0
}

// utf8 is a name as it survives the frames, which hold no other text: what the
// client says in it must compare.
func utf8(name string) string { return strings.ToValidUTF8(strings.TrimRight(name, "\x00 "), "?") }
