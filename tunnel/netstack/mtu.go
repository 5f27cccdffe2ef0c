package netstack

import (
	"fmt"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
)

// SetMTU changes the largest packet that Read returns, in bytes. Connections
// that are open send smaller segments from then on where it became less.
func (s *Stack) SetMTU(mtu int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	shrinks := mtu < s.mtu
	if err := s.stack.SetNICMTU(nicID, uint32(mtu)); err != nil {
		return fmt.Errorf("set MTU %d of the stack: %s", mtu, err)
	}
	s.mtu = mtu
	if !shrinks {
		return nil
	}
	// Open connections keep the segment size of their beginning, and the stack
	// drops what has become too long. They are told as a router would tell
	// them. The IPv6 header is the longer one; IPv4 loses 20 bytes by that.
	for _, endpoint := range s.stack.RegisteredEndpoints() {
		endpoint.HandleError(tooBig(mtu-header.IPv6MinimumSize), nil)
	}
	return nil
}

// tooBig is a "packet too big" error (RFC 8201) with the MTU behind the IP
// header, in bytes.
type tooBig uint32

var _ stack.TransportError = tooBig(0)

func (tooBig) Origin() tcpip.SockErrOrigin    { return tcpip.SockExtErrorOriginICMP6 }
func (tooBig) Type() uint8                    { return uint8(header.ICMPv6PacketTooBig) }
func (tooBig) Code() uint8                    { return uint8(header.ICMPv6UnusedCode) }
func (t tooBig) Info() uint32                 { return uint32(t) }
func (tooBig) Kind() stack.TransportErrorKind { return stack.PacketTooBigTransportError }
