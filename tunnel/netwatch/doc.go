// Package netwatch tells when the way out of this machine may have changed:
// another network, a link that came or went, a wake from sleep. It needs no
// privilege. What a tunnel itself changes is no news to it: it looks at the
// way to the gateway, which stays outside, and at the main table's default
// routes, which a tunnel of ours leaves alone.
package netwatch
