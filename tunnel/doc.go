// Package tunnel is the contract of the engine: what a protocol driver, a
// packet transport and a machine's network promise each other, and the values
// that describe a connection to the rest of the program.
//
// It holds types only. It does no I/O, imports nothing of ours and links no
// protocol, so that the command line and the window can share its values
// without linking the engine. The rooms below it implement the contract:
//
//	session      drives the state machine over a Driver and a Network
//	anyconnect   a Driver
//	packet       pumps packets between a Device and a Transport
//	device       implements Device
//	helper       implements Network with privileges
//	proxy        implements Network without
package tunnel
