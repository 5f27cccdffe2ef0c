package netstack

import (
	"context"
	"fmt"
	"net"
	"net/netip"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
)

// DialTCP connects to an address through the stack. The connection has
// CloseWrite.
func (s *Stack) DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	conn, err := gonet.DialContextTCP(ctx, s.stack, fullAddress(to), protocolOf(to.Addr()))
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, fmt.Errorf("dial tcp %s in the tunnel: %w", to, err)
	}
	return conn, nil
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
