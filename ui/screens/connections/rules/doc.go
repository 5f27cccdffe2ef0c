// Package rules holds what the Connections screen and its editor decide
// without drawing anything: how wide a name is, whether a server address or a
// domain reads as one, which of the on-demand lists a host name hits, and what
// a copy is called. It links no toolkit.
package rules
