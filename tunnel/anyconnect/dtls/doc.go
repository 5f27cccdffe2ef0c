// Package dtls is the UDP channel of the AnyConnect protocol
// (draft-mavrogiannopoulos-openconnect, section 2.4; DTLS 1.2 of RFC 6347).
//
// The handshake and the alerts of a peer are pion/dtls's work. The packets are
// ours: pion spends some thirty allocations on a packet, while this record
// layer seals in place and moves batches with one system call. The two share a
// socket and the keys, never a nonce: our sequence numbers begin far above the
// few that a handshake uses.
package dtls

import "time"

// HandshakeTimeout bounds a handshake; a path that blocks UDP answers nothing.
const HandshakeTimeout = 5 * time.Second
