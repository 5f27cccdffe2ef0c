package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// Listen serves clients on a TCP socket and, where DTLS is offered, on a UDP
// socket of the same port, until Close. It is for benchmarks and for tests
// with foreign clients; the program itself never listens (design.md, security
// rule 10). It returns the address, with its port where at has none.
func (g *Gateway) Listen(at netip.AddrPort) (netip.AddrPort, error) {
	listener, err := net.Listen("tcp", at.String())
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("practice gateway: %w", err)
	}
	at = netip.AddrPortFrom(at.Addr(), listener.Addr().(*net.TCPAddr).AddrPort().Port())
	var datagrams *net.UDPConn
	if !g.config.NoDTLS {
		config := net.ListenConfig{Control: shareAddress}
		socket, err := config.ListenPacket(g.ctx, "udp", at.String())
		if err != nil {
			listener.Close()
			return netip.AddrPort{}, fmt.Errorf("practice gateway: %w", err)
		}
		datagrams = socket.(*net.UDPConn)
	}
	if err := g.start(func() { g.acceptStreams(listener) }); err != nil {
		listener.Close()
		if datagrams != nil {
			datagrams.Close()
		}
		return netip.AddrPort{}, err
	}
	if datagrams != nil {
		if err := g.start(func() { g.acceptDatagrams(datagrams, at) }); err != nil {
			datagrams.Close()
			return netip.AddrPort{}, err
		}
	}
	return at, nil
}

// acceptStreams serves the TCP listener until Close.
func (g *Gateway) acceptStreams(listener net.Listener) {
	defer listener.Close()
	stop := context.AfterFunc(g.ctx, func() { listener.Close() })
	defer stop()
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			g.log.WithError(err).Debug("practice gateway: accept")
			continue
		}
		if err := g.start(func() { g.serveStream(conn) }); err != nil {
			conn.Close()
		}
	}
}
