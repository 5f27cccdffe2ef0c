//go:build !linux

package channel

import "net"

// forbidFragments leaves the system's default, which finds the path's MTU.
func forbidFragments(net.Conn) {}
