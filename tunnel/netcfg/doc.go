// Package netcfg configures this machine's network for a tunnel. Plan is pure:
// it checks what the gateway sent as hostile data and turns it into a Config,
// a comparable value that says everything that is to be in place. A System
// makes a Config real and takes it back (Linux; other systems say that they
// cannot yet).
//
// # Routing
//
// All routes of the tunnel live in a table of their own (Table), which a rule
// asks before the main table. The main table is never touched, so whatever
// DHCP, a roaming laptop or an administrator does to it meanwhile neither
// breaks the tunnel nor is broken by taking it down. The two other ways were
// weighed: replacing the default route loses the original as soon as somebody
// renews it, and covering it with 0.0.0.0/1 and 128.0.0.0/1 lets every more
// specific route around the tunnel, those that a hostile DHCP server hands out
// included (CVE-2024-3661, option 121).
//
//	rule 31010   to the gateway: look into main        the tunnel's own packets stay outside,
//	                                                   by whatever way main has at the moment
//	rule 31020   all: look into the tunnel's table
//	  unreachable  the gateway                         main has no way to it: do not loop
//	  dev toriiN   what goes inside (all, or a list)
//	  throw        what stays outside: go on to main
//	  unreachable  a family without an address inside, so that nothing leaks
//
// # Names
//
// The servers of the tunnel are given to whoever rules over names here:
// systemd-resolved, NetworkManager, resolvconf, or the file itself. See
// Environment.Backend. A file that somebody else writes while the tunnel is up
// (a DHCP client does) is written again, and theirs comes back afterwards.
package netcfg
