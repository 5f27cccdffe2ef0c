package proxy

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"
)

// The numbers of SOCKS5 (RFC 1928, RFC 1929).
const (
	socksVersion         = 5
	socksPasswordVersion = 1

	methodNone       = 0x00
	methodPassword   = 0x02
	methodImpossible = 0xff

	commandConnect   = 1
	commandAssociate = 3

	addressIPv4 = 1
	addressName = 3
	addressIPv6 = 4
)

// reply is the second byte of an answer (RFC 1928 section 6).
type reply byte

const (
	replySucceeded          reply = 0
	replyFailure            reply = 1
	replyNotAllowed         reply = 2
	replyNetworkUnreachable reply = 3
	replyHostUnreachable    reply = 4
	replyRefused            reply = 5
	replyTimedOut           reply = 6 // "TTL expired" is the nearest there is
	replyCommand            reply = 7
	replyAddressType        reply = 8
)

// errAddressType is for an address type that RFC 1928 does not know.
var errAddressType = errors.New("no such SOCKS address type")

// destination is where a client wants to go: a name or an address, and a port.
type destination struct {
	host string
	port uint16
}

// serveSOCKS speaks SOCKS5 on a connection.
func (s *server) serveSOCKS(conn net.Conn, reader *bufio.Reader) {
	if err := s.greet(conn, reader); err != nil {
		s.log.Debugf("proxy: SOCKS greeting of %s", describe(conn, err))
		return
	}
	command, to, err := readRequest(reader)
	if err != nil {
		if errors.Is(err, errAddressType) {
			sendReply(conn, replyAddressType, netip.AddrPort{})
		}
		return
	}
	conn.SetReadDeadline(time.Time{})
	switch command {
	case commandConnect:
		s.connectSOCKS(conn, reader, to)
	case commandAssociate:
		s.associate(conn)
	default:
		sendReply(conn, replyCommand, netip.AddrPort{})
	}
}

// greet agrees on a method and takes the password where one is wanted.
func (s *server) greet(conn io.Writer, reader io.Reader) error {
	methods, err := readGreeting(reader)
	if err != nil {
		return err
	}
	want := byte(methodNone)
	if s.needsPassword() {
		want = methodPassword
	}
	for _, offered := range methods {
		if offered != want {
			continue
		}
		if _, err := conn.Write([]byte{socksVersion, want}); err != nil {
			return err
		}
		if want == methodPassword {
			return s.checkPassword(conn, reader)
		}
		return nil
	}
	conn.Write([]byte{socksVersion, methodImpossible})
	return errors.New("it offers no method that is allowed here")
}

// checkPassword reads a user and a password and answers (RFC 1929 section 2).
func (s *server) checkPassword(conn io.Writer, reader io.Reader) error {
	user, password, err := readPassword(reader)
	if err != nil {
		return err
	}
	if !s.knows(user, password) {
		conn.Write([]byte{socksPasswordVersion, 1})
		return errors.New("its user or password is wrong")
	}
	_, err = conn.Write([]byte{socksPasswordVersion, 0})
	return err
}

// connectSOCKS carries a connection.
func (s *server) connectSOCKS(conn net.Conn, reader *bufio.Reader, to destination) {
	target, err := s.dialer.Load().dial(s.ctx, to.host, to.port)
	if err != nil {
		s.log.Debugf("proxy: %v", err)
		sendReply(conn, replyTo(err), netip.AddrPort{})
		return
	}
	defer target.Close()
	stop := context.AfterFunc(s.ctx, func() { target.Close() })
	defer stop()
	if err := sendReply(conn, replySucceeded, addrPort(target.LocalAddr())); err != nil {
		return
	}
	relay(conn, target, reader)
}

// replyTo words a failed dial.
func replyTo(err error) reply {
	switch kindOf(err) {
	case failedRule:
		return replyNotAllowed
	case failedName:
		return replyHostUnreachable
	case failedRefused:
		return replyRefused
	case failedUnreachable:
		return replyNetworkUnreachable
	case failedTimeout:
		return replyTimedOut
	default:
		return replyFailure
	}
}

// readGreeting reads version, count and methods.
func readGreeting(r io.Reader) (methods []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	if head[0] != socksVersion {
		return nil, fmt.Errorf("SOCKS version %d", head[0])
	}
	methods = make([]byte, head[1])
	_, err = io.ReadFull(r, methods)
	return methods, err
}

// readPassword reads the sub-negotiation of RFC 1929.
func readPassword(r io.Reader) (user, password string, err error) {
	var version [1]byte
	if _, err := io.ReadFull(r, version[:]); err != nil {
		return "", "", err
	}
	if version[0] != socksPasswordVersion {
		return "", "", fmt.Errorf("version %d of the password negotiation", version[0])
	}
	if user, err = readString(r); err != nil {
		return "", "", err
	}
	password, err = readString(r)
	return user, password, err
}

// readRequest reads version, command, a reserved byte and the destination.
func readRequest(r io.Reader) (command byte, to destination, err error) {
	var head [3]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, to, err
	}
	if head[0] != socksVersion {
		return 0, to, fmt.Errorf("SOCKS version %d", head[0])
	}
	to, err = readDestination(r)
	return head[1], to, err
}

// readDestination reads an address type, an address and a port.
func readDestination(r io.Reader) (to destination, err error) {
	var kind [1]byte
	if _, err := io.ReadFull(r, kind[:]); err != nil {
		return to, err
	}
	switch kind[0] {
	case addressIPv4:
		var b [4]byte
		_, err = io.ReadFull(r, b[:])
		to.host = netip.AddrFrom4(b).String()
	case addressIPv6:
		var b [16]byte
		_, err = io.ReadFull(r, b[:])
		to.host = netip.AddrFrom16(b).String()
	case addressName:
		to.host, err = readString(r)
		if err == nil && to.host == "" {
			err = errors.New("the destination has an empty name")
		}
	default:
		err = errAddressType
	}
	if err != nil {
		return to, err
	}
	var port [2]byte
	_, err = io.ReadFull(r, port[:])
	to.port = binary.BigEndian.Uint16(port[:])
	return to, err
}

// readString reads a length and as many bytes.
func readString(r io.Reader) (string, error) {
	var length [1]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return "", err
	}
	text := make([]byte, length[0])
	_, err := io.ReadFull(r, text)
	return string(text), err
}

// sendReply answers a request; bound is the address that was bound for it.
func sendReply(w io.Writer, code reply, bound netip.AddrPort) error {
	_, err := w.Write(appendAddress([]byte{socksVersion, byte(code), 0}, bound))
	return err
}

// appendAddress adds an address and a port as SOCKS writes them; the zero
// AddrPort is 0.0.0.0:0.
func appendAddress(b []byte, at netip.AddrPort) []byte {
	address := at.Addr().Unmap()
	switch {
	case !address.IsValid():
		b = append(b, addressIPv4, 0, 0, 0, 0)
	case address.Is4():
		b = append(append(b, addressIPv4), address.AsSlice()...)
	default:
		b = append(append(b, addressIPv6), address.AsSlice()...)
	}
	return binary.BigEndian.AppendUint16(b, at.Port())
}
