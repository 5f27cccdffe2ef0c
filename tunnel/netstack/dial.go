package netstack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"
)

// DialTCP connects to an address through the stack. The connection has
// CloseWrite. When the stack's addresses change meanwhile, it begins anew from
// the present one: nobody would answer to the old one.
func (s *Stack) DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	for {
		conn, moved, err := s.connect(ctx, to)
		if err == nil {
			return conn, nil
		}
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		} else if moved {
			continue
		}
		return nil, fmt.Errorf("dial tcp %s in the tunnel: %w", to, err)
	}
}

// connect opens one connection; moved says that the stack's addresses changed
// before it was open.
func (s *Stack) connect(ctx context.Context, to netip.AddrPort) (conn net.Conn, moved bool, err error) {
	var events waiter.Queue
	endpoint, failure := s.stack.NewEndpoint(tcp.ProtocolNumber, protocolOf(to.Addr()), &events)
	if failure != nil {
		return nil, false, errorOf(failure)
	}
	entry, writable := waiter.NewChannelEntry(waiter.WritableEvents)
	events.EventRegister(&entry)
	defer events.EventUnregister(&entry)

	s.mu.Lock() // so that no address goes between its choice and its use
	moves := s.moves
	failure = endpoint.Connect(fullAddress(to))
	s.mu.Unlock()
	if _, started := failure.(*tcpip.ErrConnectStarted); started {
		select {
		case <-writable:
			failure = endpoint.LastError()
		case <-ctx.Done():
			failure = &tcpip.ErrAborted{}
		}
	}
	if failure == nil {
		return gonet.NewTCPConn(&events, endpoint), false, nil
	}
	endpoint.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	return nil, s.moves != moves, errorOf(failure)
}

// errorOf gives an error of the stack the meaning that it has in the system's
// own network.
func errorOf(err tcpip.Error) error {
	switch err.(type) {
	case *tcpip.ErrConnectionRefused:
		return syscall.ECONNREFUSED
	case *tcpip.ErrConnectionReset:
		return syscall.ECONNRESET
	case *tcpip.ErrNetworkUnreachable:
		return syscall.ENETUNREACH
	case *tcpip.ErrHostUnreachable:
		return syscall.EHOSTUNREACH
	case *tcpip.ErrTimeout:
		return syscall.ETIMEDOUT
	default:
		return errors.New(err.String())
	}
}

// DialUDP makes a UDP socket in the stack that talks to one address.
func (s *Stack) DialUDP(to netip.AddrPort) (net.Conn, error) {
	remote := fullAddress(to)
	conn, err := gonet.DialUDP(s.stack, nil, &remote, protocolOf(to.Addr()))
	if err != nil {
		return nil, fmt.Errorf("dial udp %s in the tunnel: %w", to, err)
	}
	return conn, nil
}

// ListenUDP makes a UDP socket in the stack at an address; the unspecified
// address means every one of its family and port 0 a free one. The addresses
// of its ReadFrom are *net.UDPAddr.
func (s *Stack) ListenUDP(at netip.AddrPort) (net.PacketConn, error) {
	local := listenAddress(at)
	conn, err := gonet.DialUDP(s.stack, &local, nil, protocolOf(at.Addr()))
	if err != nil {
		return nil, fmt.Errorf("listen on udp %s in the tunnel: %w", at, err)
	}
	return conn, nil
}

// ListenTCP listens in the stack; the unspecified address means every one of
// its family and port 0 a free one.
func (s *Stack) ListenTCP(at netip.AddrPort) (net.Listener, error) {
	listener, err := gonet.ListenTCP(s.stack, listenAddress(at), protocolOf(at.Addr()))
	if err != nil {
		return nil, fmt.Errorf("listen on tcp %s in the tunnel: %w", at, err)
	}
	return listener, nil
}

// fullAddress is a remote address in the stack's terms.
func fullAddress(a netip.AddrPort) tcpip.FullAddress {
	return tcpip.FullAddress{NIC: nicID, Addr: tcpip.AddrFromSlice(a.Addr().AsSlice()), Port: a.Port()}
}

// listenAddress is a local address in the stack's terms, where the unspecified
// address is the empty one.
func listenAddress(a netip.AddrPort) tcpip.FullAddress {
	if a.Addr().IsUnspecified() {
		return tcpip.FullAddress{NIC: nicID, Port: a.Port()}
	}
	return fullAddress(a)
}
