package testbed

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// Fault is something that is wrong with the wire, as a rule of nft(8) whose
// packets are dropped where they arrive. So the sender sees what it sees of a
// fault far away: nothing.
type Fault string

// NoUDP drops datagrams of port, the gateway's, in both directions.
func NoUDP(port int) Fault {
	return Fault(fmt.Sprintf("udp sport %[1]d drop; udp dport %[1]d drop", port))
}

// NothingAtAll drops everything: the plug is pulled, and nobody is told.
func NothingAtAll() Fault { return "drop" }

// Loss drops a share of all packets, in per cent.
func Loss(percent int) Fault {
	return Fault(fmt.Sprintf("numgen random mod 100 < %d drop", percent))
}

// NarrowUDP drops IP packets with datagrams that are longer than size, in
// bytes, without a word: a path whose narrow place is far away and whose ICMP
// is blocked.
func NarrowUDP(size int) Fault {
	return Fault(fmt.Sprintf("meta l4proto udp meta length > %d drop", size))
}

// Disturb puts faults on the wire, in both directions and in place of those
// that were there, until heal is called or the bed ends. From the first call
// on the kernel cuts packets before the wire and not behind it, as a real
// one's hardware would: a fault hits one packet and not a batch of them.
func (b *Bed) Disturb(t testing.TB, faults ...Fault) (heal func()) {
	t.Helper()
	var rules strings.Builder
	for _, fault := range faults {
		for rule := range strings.SplitSeq(string(fault), ";") {
			fmt.Fprintf(&rules, "add rule inet fault arriving iifname %s %s\n", Wire, rule)
		}
	}
	for _, ns := range []*Namespace{b.Client, b.Server} {
		ns.Run(t, "ip", "link", "set", Wire, "gso_max_segs", "1")
		// One transaction: a wire is never half disturbed.
		ns.Run(t, "nft", "add table inet fault\ndelete table inet fault\nadd table inet fault\n"+
			"add chain inet fault arriving { type filter hook prerouting priority raw - 1; }\n"+rules.String())
	}
	return func() {
		for _, ns := range []*Namespace{b.Client, b.Server} {
			ns.Run(t, "nft", "delete table inet fault")
		}
	}
}

// SetMTU makes the wire carry IP packets of up to mtu bytes, and both ends
// know it.
func (b *Bed) SetMTU(t testing.TB, mtu int) {
	t.Helper()
	for _, ns := range []*Namespace{b.Client, b.Server} {
		ns.Run(t, "ip", "link", "set", Wire, "mtu", strconv.Itoa(mtu))
	}
}
