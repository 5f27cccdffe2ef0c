//go:build !linux

package anyconnect

import "torii/tunnel/anyconnect/cstp"

// pathMTU is the Ethernet MTU; the path itself is probed over DTLS.
func pathMTU(*cstp.BatchConn) int { return usualMTU }
