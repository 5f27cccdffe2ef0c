// Package testbed makes small networks with real gateways in them, for tests
// and benchmarks: network namespaces, the wire between them with its faults,
// and Debian's ocserv.
//
//	         cli                               srv
//	+------------------+             +--------------------+
//	| 192.0.2.2        |    veth     |          192.0.2.1 |  ocserv
//	| 2001:db8::2 eth0 +-------------+ eth0   2001:db8::1 |
//	| /etc/resolv.conf |             |                    |
//	|  of its own      |             | lo    198.51.100.1 |  InsideHost, reached through a tunnel only
//	+------------------+             |        203.0.113.1 |  OutsideHost, reached past a tunnel only
//	                                 +--------------------+
//
// A bed needs root and Linux. The namespaces have no names: they live as long
// as the process that holds each of them, and that one ends with the test
// process, however it ends. So nothing is left behind on the machine, not even
// by a test that is killed.
package testbed
