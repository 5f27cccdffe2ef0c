//go:build cgo && unix

package server

import (
	"fmt"
	"strings"

	"github.com/miekg/pkcs11"

	"torii/certstore/token/internal/proto"
)

// server is a loaded library and what is open in it.
type server struct {
	path     string
	library  *pkcs11.Ctx // nil before OpOpen
	sessions map[uint]*session
}

// session is one with the token in a slot.
type session struct {
	handle pkcs11.SessionHandle
	serial string
}

// open loads a library. One that fails to start is not tried twice: the
// process ends with whoever asked for it.
func (s *server) open(path string) (*proto.Module, error) {
	if s.library != nil {
		return nil, failed(proto.KindProtocol, "a module is loaded already")
	}
	if err := checkFile(path); err != nil {
		return nil, err
	}
	library := pkcs11.New(path)
	if library == nil {
		return nil, failed(proto.KindNoModule, "the file is no PKCS#11 module that this computer can load")
	}
	if err := library.Initialize(); err != nil && !is(err, pkcs11.CKR_CRYPTOKI_ALREADY_INITIALIZED) {
		return nil, fmt.Errorf("start the module: %w", err)
	}
	s.path, s.library = path, library
	info, err := library.GetInfo()
	if err != nil {
		return nil, fmt.Errorf("ask the module what it is: %w", err)
	}
	return &proto.Module{
		Description: strings.TrimSpace(info.LibraryDescription), Manufacturer: strings.TrimSpace(info.ManufacturerID),
		Version: fmt.Sprintf("%d.%d", info.LibraryVersion.Major, info.LibraryVersion.Minor),
	}, nil
}

// close ends all sessions, and with them the logins.
func (s *server) close() {
	if s.library == nil {
		return
	}
	s.library.Finalize()
	s.library.Destroy()
}
