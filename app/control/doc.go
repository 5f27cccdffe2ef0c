// Package control is the agent's socket: faces (the window, the tray,
// toriictl) call methods on it and watch the State. Services register their
// methods in a table; a new capability is a new row, not a new layer.
//
// The socket is this user's own (0600, the kernel's word on the peer). That a
// program runs as this user is enough to see the State and to disconnect, and
// not enough to decide whether a server is trusted: see Caller.Trusted
// (design.md, security rule 6).
package control
