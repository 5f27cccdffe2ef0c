// Package helperd is the privileged half of Torii: the server that makes
// links, addresses, routes and name servers for those who may ask, and takes
// them back.
//
// It treats everybody as hostile. Who may ask is decided by the kernel's word
// on the caller (Authoriser); what they send is bounded, checked and turned
// into a plan here (package netcfg); and every change is on disk before it is
// made (Journal), so that it can be undone after a crash. It parses no HTTP,
// XML, TLS or tunnel protocol and resolves no name.
package helperd
