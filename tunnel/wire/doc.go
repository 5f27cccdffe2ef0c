// Package wire carries JSON messages over a unix socket: a frame is a 4-byte
// big-endian length and as many bytes of JSON. It knows who is on the other
// side (PeerOf), passes open files along with a message where the system can,
// and makes listening sockets safely (Listen).
//
// It is a leaf: the privileged helper and the agent's control socket use it
// and give their own meaning to the messages.
package wire
