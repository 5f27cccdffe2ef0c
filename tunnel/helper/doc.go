// Package helper is the privileged half as the rest of the program sees it:
// the messages that go to and fro, and a client that implements
// tunnel.Network. The server is package helperd.
//
// One connection is one lease: when it ends, for whatever reason, the helper
// undoes everything that was done through it. The helper takes settings and
// not a plan, and works the plan out itself, so there is nothing for it to
// believe.
package helper
