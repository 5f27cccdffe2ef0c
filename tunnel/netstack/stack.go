// Package netstack is a tunnel.Device over a user-space TCP/IP stack (gVisor):
// what a machine's network does with a tunnel's packets, done inside this
// process. Proxy mode opens its connections in it, and the practice gateway
// runs its inside services on it; neither needs a privilege.
//
// The packets of the stack's connections are read from the Device side and
// packets written there reach the connections:
//
//	application -- DialTCP, ListenUDP .. --> Stack -- Read, Write --> packet pump
package netstack

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"

	"torii/tunnel"
)

const (
	// nicID is the one interface of the stack.
	nicID tcpip.NICID = 1
	// queueLength bounds the packets that wait for Read; more are dropped, as
	// a network interface does, and TCP slows down.
	queueLength = 1024
	// maxBuffer bounds the memory of one TCP connection in each direction, in
	// bytes. It is the product of 1 Gbit/s and 16 ms.
	maxBuffer     = 2 << 20
	defaultBuffer = 256 << 10
	minBuffer     = 4 << 10
)

// Options say how a Stack starts.
type Options struct {
	// Addresses are the stack's own addresses.
	Addresses []netip.Addr
	// MTU is the largest packet that Read returns, in bytes.
	MTU int
}

// Stack is a network stack inside this process. It is a tunnel.Device.
type Stack struct {
	stack *stack.Stack
	link  *channel.Endpoint

	mu        sync.Mutex // guards what may be changed while the stack runs
	addresses []netip.Addr
	moves     int // how often the addresses changed
	mtu       int
	closing   sync.Once
}

var _ tunnel.Device = (*Stack)(nil)

// New builds a stack. It runs until Close.
func New(opts Options) (*Stack, error) {
	link := channel.New(queueLength, uint32(opts.MTU), "")
	// Segmentation late in the stack: TCP hands down up to 32 KiB at once, and
	// its packets arrive in Read as a batch.
	link.SupportedGSOKind = stack.GVisorGSOSupported
	s := &Stack{
		link: link,
		mtu:  opts.MTU,
		stack: stack.New(stack.Options{
			NetworkProtocols: []stack.NetworkProtocolFactory{ipv4.NewProtocol, ipv6.NewProtocol},
			TransportProtocols: []stack.TransportProtocolFactory{
				tcp.NewProtocol, udp.NewProtocol, icmp.NewProtocol4, icmp.NewProtocol6,
			},
			HandleLocal: true,
		}),
	}
	if err := s.start(opts); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// start tunes TCP, brings the interface up and gives it its addresses.
func (s *Stack) start(opts Options) error {
	sack := tcpip.TCPSACKEnabled(true) // off by default
	// gVisor's RACK loss detection retransmits without need on paths that
	// reorder; plain SACK recovery does not.
	recovery := tcpip.TCPRecovery(0)
	cubic := tcpip.CongestionControlOption("cubic")
	receive := tcpip.TCPReceiveBufferSizeRangeOption{Min: minBuffer, Default: defaultBuffer, Max: maxBuffer}
	send := tcpip.TCPSendBufferSizeRangeOption{Min: minBuffer, Default: defaultBuffer, Max: maxBuffer}
	moderate := tcpip.TCPModerateReceiveBufferOption(true)
	for _, option := range []tcpip.SettableTransportProtocolOption{&sack, &recovery, &cubic, &receive, &send, &moderate} {
		if err := s.stack.SetTransportProtocolOption(tcp.ProtocolNumber, option); err != nil {
			return fmt.Errorf("set TCP option %T: %s", option, err)
		}
	}
	if err := s.stack.CreateNIC(nicID, s.link); err != nil {
		return fmt.Errorf("create interface of the stack: %s", err)
	}
	return s.SetAddresses(opts.Addresses)
}

// SetAddresses replaces the stack's own addresses. Connections from an address
// that stays go on; those from one that goes are reset at both ends, since
// nothing would ever come back to them.
func (s *Stack) SetAddresses(addresses []netip.Addr) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Equal(s.addresses, addresses) {
		return nil
	}
	s.moves++
	gone := slices.DeleteFunc(slices.Clone(s.addresses), func(a netip.Addr) bool { return slices.Contains(addresses, a) })
	s.abort(gone)
	for _, old := range gone {
		if err := s.stack.RemoveAddress(nicID, tcpip.AddrFromSlice(old.AsSlice())); err != nil {
			return fmt.Errorf("remove address %s from the stack: %s", old, err)
		}
	}
	for _, fresh := range addresses {
		if slices.Contains(s.addresses, fresh) {
			continue
		}
		address := tcpip.ProtocolAddress{
			Protocol:          protocolOf(fresh),
			AddressWithPrefix: tcpip.AddrFromSlice(fresh.AsSlice()).WithPrefix(),
		}
		if err := s.stack.AddProtocolAddress(nicID, address, stack.AddressProperties{}); err != nil {
			return fmt.Errorf("add address %s to the stack: %s", fresh, err)
		}
	}
	s.addresses = slices.Clone(addresses)
	s.stack.SetRouteTable(routesFor(addresses))
	return nil
}

// abort ends what is bound to an address that is about to go, while the stack
// can still tell the other ends; s.mu is held.
func (s *Stack) abort(gone []netip.Addr) {
	if len(gone) == 0 {
		return
	}
	for _, endpoint := range s.stack.RegisteredEndpoints() {
		bound, ok := endpoint.(interface {
			GetLocalAddress() (tcpip.FullAddress, tcpip.Error)
		})
		if !ok {
			continue
		}
		local, err := bound.GetLocalAddress()
		if err != nil {
			continue // it is closed
		}
		if address, ok := netip.AddrFromSlice(local.Addr.AsSlice()); ok && slices.Contains(gone, address) {
			endpoint.Abort()
		}
	}
}

// routesFor sends everything of the families that have an address to the one
// interface.
func routesFor(addresses []netip.Addr) []tcpip.Route {
	var routes []tcpip.Route
	if slices.ContainsFunc(addresses, netip.Addr.Is4) {
		routes = append(routes, tcpip.Route{Destination: header.IPv4EmptySubnet, NIC: nicID})
	}
	if slices.ContainsFunc(addresses, netip.Addr.Is6) {
		routes = append(routes, tcpip.Route{Destination: header.IPv6EmptySubnet, NIC: nicID})
	}
	return routes
}

// Addresses returns the stack's own addresses.
func (s *Stack) Addresses() []netip.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.addresses)
}

// Close ends every connection and waits for the stack's goroutines.
func (s *Stack) Close() error {
	s.closing.Do(func() {
		s.link.Close() // wakes Read
		s.stack.RemoveNIC(nicID)
		s.stack.Destroy()
	})
	return nil
}

// protocolOf names the network protocol of an address.
func protocolOf(address netip.Addr) tcpip.NetworkProtocolNumber {
	if address.Is4() {
		return ipv4.ProtocolNumber
	}
	return ipv6.ProtocolNumber
}
