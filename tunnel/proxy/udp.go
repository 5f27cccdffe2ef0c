package proxy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"

	"torii/tunnel/netstack"
)

const (
	// maxDatagram is the longest datagram that UDP carries.
	maxDatagram = 1 << 16
	// maxPeers bounds the destinations of one association.
	maxPeers = 1024
	// maxNames bounds the names that are being resolved for one association;
	// datagrams for more are dropped.
	maxNames = 16
)

// association is a UDP ASSOCIATE (RFC 1928 section 7): a socket for the
// client, and one for each family and way to the destinations.
type association struct {
	server *server
	client *net.UDPConn
	ours   netip.AddrPort
	work   sync.WaitGroup
	naming chan struct{}

	mu      sync.Mutex
	peer    netip.AddrPort // the client's address, from its first datagram
	sockets map[socketKind]net.PacketConn
	// peers are the destinations that may answer; names the ones that were
	// asked for by name, under their addresses.
	peers map[netip.AddrPort]bool
	known map[string]target
	done  bool
}

// socketKind tells an association's sockets apart.
type socketKind struct {
	way verdict
	ip4 bool
}

// associate serves one association until its TCP connection ends.
func (s *server) associate(conn net.Conn) {
	local := addrPort(conn.LocalAddr())
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(local.Addr(), 0)))
	if err != nil {
		sendReply(conn, replyFailure, netip.AddrPort{})
		return
	}
	a := &association{
		server:  s,
		client:  socket,
		ours:    addrPort(socket.LocalAddr()),
		naming:  make(chan struct{}, maxNames),
		sockets: map[socketKind]net.PacketConn{},
		peers:   map[netip.AddrPort]bool{},
		known:   map[string]target{},
	}
	ctx, cancel := context.WithCancel(s.ctx)
	defer func() {
		cancel()
		a.close()
		a.work.Wait()
	}()
	if err := sendReply(conn, replySucceeded, a.ours); err != nil {
		return
	}
	a.work.Go(func() { a.readClient(ctx, addrPort(conn.RemoteAddr()).Addr()) })
	io.Copy(io.Discard, conn) // the client's bytes mean nothing here; their end does
}

// close closes every socket.
func (a *association) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.done = true
	a.client.Close()
	for _, socket := range a.sockets {
		socket.Close()
	}
}

// readClient forwards the client's datagrams. Only the first sender is heard,
// and only where it may be: from the address that holds the TCP connection, by
// a socket of the right user.
func (a *association) readClient(ctx context.Context, from netip.Addr) {
	buf := make([]byte, maxDatagram)
	for {
		n, sender, err := a.client.ReadFromUDPAddrPort(buf)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue // an ICMP error about an earlier answer
		}
		sender = netip.AddrPortFrom(sender.Addr().Unmap(), sender.Port())
		if !a.admit(sender, from) {
			continue
		}
		to, payload, err := parseDatagram(buf[:n])
		if err != nil {
			continue
		}
		a.forward(ctx, to, payload)
	}
}

// admit tells whether a sender is the client.
func (a *association) admit(sender netip.AddrPort, from netip.Addr) bool {
	if a.peer.IsValid() {
		return sender == a.peer
	}
	if sender.Addr() != from {
		return false
	}
	if !a.server.needsPassword() {
		if err := a.server.checkOwner(protocolUDP, sender, a.ours); err != nil {
			a.server.log.Debugf("proxy: refused datagrams of %s: %v", sender, err)
			return false
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.peer = sender
	return true
}

// forward sends a datagram on. A name is resolved beside the others, so that a
// slow one does not hold them up.
func (a *association) forward(ctx context.Context, to destination, payload []byte) {
	a.mu.Lock()
	found, ok := a.known[to.host]
	a.mu.Unlock()
	if ok {
		a.send(found, to.port, payload)
		return
	}
	select {
	case a.naming <- struct{}{}:
	default:
		return
	}
	payload = bytes.Clone(payload)
	a.work.Go(func() {
		defer func() { <-a.naming }()
		ctx, cancel := context.WithTimeout(ctx, dialTimeout)
		defer cancel()
		targets, err := a.server.dialer.Load().targets(ctx, to.host)
		if err != nil {
			a.server.log.Debugf("proxy: %v", err)
			return
		}
		a.mu.Lock()
		if len(a.known) < maxPeers {
			a.known[to.host] = targets[0]
		}
		a.mu.Unlock()
		a.send(targets[0], to.port, payload)
	})
}

// send sends a datagram to an address and remembers that it may answer.
func (a *association) send(to target, port uint16, payload []byte) {
	socket, err := a.socket(socketKind{way: to.way, ip4: to.address.Is4()})
	if err != nil {
		a.server.log.Debugf("proxy: %v", err)
		return
	}
	at := netip.AddrPortFrom(to.address, port)
	a.mu.Lock()
	if len(a.peers) < maxPeers {
		a.peers[at] = true
	}
	a.mu.Unlock()
	socket.WriteTo(payload, net.UDPAddrFromAddrPort(at))
}

// socket opens the socket of a kind, once.
func (a *association) socket(kind socketKind) (net.PacketConn, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.done {
		return nil, net.ErrClosed
	}
	if socket := a.sockets[kind]; socket != nil {
		return socket, nil
	}
	socket, err := listenDatagrams(kind, a.server.dialer.Load().stack)
	if err != nil {
		return nil, err
	}
	a.sockets[kind] = socket
	a.work.Go(func() { a.readAnswers(socket) })
	return socket, nil
}

// listenDatagrams opens a socket towards destinations of one kind.
func listenDatagrams(kind socketKind, stack *netstack.Stack) (net.PacketConn, error) {
	anywhere, network := netip.IPv6Unspecified(), "udp6"
	if kind.ip4 {
		anywhere, network = netip.IPv4Unspecified(), "udp4"
	}
	if kind.way == throughTunnel {
		return stack.ListenUDP(netip.AddrPortFrom(anywhere, 0))
	}
	return net.ListenUDP(network, nil)
}

// readAnswers brings the answers of one socket to the client, each with the
// address that it came from. Strangers are not let in.
func (a *association) readAnswers(socket net.PacketConn) {
	buf := make([]byte, maxDatagram)
	var out []byte
	for {
		n, from, err := socket.ReadFrom(buf)
		if err != nil {
			if a.isDone() || errors.Is(err, net.ErrClosed) {
				return
			}
			continue
		}
		sender := addrPort(from)
		a.mu.Lock()
		expected, peer := a.peers[sender], a.peer
		a.mu.Unlock()
		if !expected {
			continue
		}
		out = append(appendAddress(append(out[:0], 0, 0, 0), sender), buf[:n]...)
		a.client.WriteToUDPAddrPort(out, peer)
	}
}

// isDone tells whether the association was closed.
func (a *association) isDone() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.done
}

// errFragment refuses fragments, which RFC 1928 section 7 allows.
var errFragment = errors.New("the datagram is a fragment")

// parseDatagram splits a client's datagram: two reserved bytes, a fragment
// number, the destination, and the payload.
func parseDatagram(b []byte) (to destination, payload []byte, err error) {
	if len(b) < 4 {
		return to, nil, io.ErrUnexpectedEOF
	}
	if b[2] != 0 {
		return to, nil, errFragment
	}
	r := bytes.NewReader(b[3:])
	if to, err = readDestination(r); err != nil {
		return to, nil, err
	}
	return to, b[len(b)-r.Len():], nil
}
