package gateway

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"

	"golang.zx2c4.com/wireguard/tun"

	"torii/tunnel"
	"torii/tunnel/netstack"
)

// packetRoom is the longest packet that the inside sends, in bytes.
const packetRoom = 2048

// inside is the network behind the gateway: a device whose packets go to the
// sessions by their addresses, and the services on it.
type inside struct {
	device   tunnel.Device
	services *services // nil where the device is not ours
	reading  sync.WaitGroup

	mu     sync.RWMutex
	routes map[netip.Addr]*session
}

// openInside builds the network at the first tunnel.
func (g *Gateway) openInside() (*inside, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, errors.New("the gateway is closed")
	}
	if g.inside != nil {
		return g.inside, nil
	}
	in := &inside{device: g.config.Inside, routes: map[netip.Addr]*session{}}
	if in.device == nil {
		addresses := []netip.Addr{serverAddress(g.config.Network4)}
		if !g.config.NoIPv6 {
			addresses = append(addresses, serverAddress(g.config.Network6))
		}
		stack, err := netstack.New(netstack.Options{Addresses: addresses, MTU: g.config.MTU})
		if err != nil {
			return nil, fmt.Errorf("build the network inside: %w", err)
		}
		if in.services, err = startServices(stack); err != nil {
			stack.Close()
			return nil, fmt.Errorf("start the services inside: %w", err)
		}
		in.device = stack
	}
	in.reading.Go(in.read)
	g.inside = in
	return in, nil
}

// close ends the network and its services.
func (in *inside) close() {
	if in.services != nil {
		in.services.close()
	}
	in.device.Close()
	in.reading.Wait()
}

// serverAddress is the gateway's own address in a network: the first.
func serverAddress(network netip.Prefix) netip.Addr { return network.Masked().Addr().Next() }

// takeAfter gives a session the first free address of a network behind after,
// and routes it to the session. At the network's end it begins anew.
func (in *inside) takeAfter(network netip.Prefix, after netip.Addr, to *session) (netip.Addr, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	server := serverAddress(network)
	next := after
	for range maxSessions + 3 {
		next = next.Next()
		if !network.Contains(next) || network.Addr().Is4() && !network.Contains(next.Next()) {
			next = server.Next() // behind the end, or the broadcast address
		}
		if _, taken := in.routes[next]; !taken && network.Contains(next) {
			in.routes[next] = to
			return next, nil
		}
	}
	return netip.Addr{}, fmt.Errorf("no address is left in %s", network)
}

// unroute gives an address of a session back.
func (in *inside) unroute(address netip.Addr, of *session) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.routes[address] == of {
		delete(in.routes, address)
	}
}

// owner is the session of an address; nil when there is none.
func (in *inside) owner(address netip.Addr) *session {
	in.mu.RLock()
	defer in.mu.RUnlock()
	return in.routes[address]
}

// read hands the packets of the inside to the sessions, in runs that are as
// long as the same session follows itself.
func (in *inside) read() {
	bufs := make([][]byte, in.device.BatchSize())
	for i := range bufs {
		bufs[i] = make([]byte, tunnel.Headroom+packetRoom+tunnel.Tailroom)
	}
	packets := make([][]byte, len(bufs))
	sizes := make([]int, len(bufs))
	for {
		n, err := in.device.Read(bufs, sizes, tunnel.Headroom)
		if err != nil && !errors.Is(err, tun.ErrTooManySegments) {
			return
		}
		for i := range n {
			packets[i] = bufs[i][:tunnel.Headroom+sizes[i]]
		}
		in.distribute(packets[:n])
	}
}

// distribute sends one batch.
func (in *inside) distribute(packets [][]byte) {
	for start := 0; start < len(packets); {
		to := in.owner(destination(packets[start][tunnel.Headroom:]))
		end := start + 1
		for end < len(packets) && in.owner(destination(packets[end][tunnel.Headroom:])) == to {
			end++
		}
		if to != nil {
			to.send(packets[start:end])
		}
		start = end
	}
}

// destination and source are the addresses of an IP packet; the zero Addr
// where it is none.
func destination(packet []byte) netip.Addr { return addressAt(packet, 16, 24) }
func source(packet []byte) netip.Addr      { return addressAt(packet, 12, 8) }

// addressAt reads the address at one of two offsets, by the packet's version
// (RFC 791 section 3.1, RFC 8200 section 3).
func addressAt(packet []byte, offset4, offset6 int) netip.Addr {
	switch {
	case len(packet) >= 20 && packet[0]>>4 == 4:
		return netip.AddrFrom4([4]byte(packet[offset4 : offset4+4]))
	case len(packet) >= 40 && packet[0]>>4 == 6:
		return netip.AddrFrom16([16]byte(packet[offset6 : offset6+16]))
	default:
		return netip.Addr{}
	}
}
