package netstack

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

var (
	host4 = netip.MustParseAddr("10.1.2.3")
	host6 = netip.MustParseAddr("fd00::3")
)

// answer builds the reply of a small DNS server to a query.
func answer(t testing.TB, query []byte, edit func(*dnsmessage.Message)) []byte {
	var message dnsmessage.Message
	if err := message.Unpack(query); err != nil {
		t.Fatal(err)
	}
	message.Header = dnsmessage.Header{ID: message.ID, Response: true}
	message.Additionals = nil
	head := dnsmessage.ResourceHeader{Name: message.Questions[0].Name, Class: dnsmessage.ClassINET}
	switch message.Questions[0].Type {
	case dnsmessage.TypeA:
		alias := dnsmessage.MustNewName("alias.example.")
		message.Answers = append(message.Answers,
			dnsmessage.Resource{Header: head, Body: &dnsmessage.CNAMEResource{CNAME: alias}},
			dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: alias, Class: dnsmessage.ClassINET}, Body: &dnsmessage.AResource{A: host4.As4()}})
	case dnsmessage.TypeAAAA:
		message.Answers = append(message.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AAAAResource{AAAA: host6.As16()}})
	}
	if edit != nil {
		edit(&message)
	}
	reply, err := message.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

// fakeServer answers over pipes; behave gets a query and returns the replies.
func fakeServer(behave func(network string, server netip.Addr, query []byte) [][]byte) func(context.Context, string, netip.AddrPort) (net.Conn, error) {
	return func(_ context.Context, network string, server netip.AddrPort) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			buf := make([]byte, 4096)
			if network == "tcp" {
				io.ReadFull(theirs, buf[:2])
				buf = buf[:binary.BigEndian.Uint16(buf)]
			}
			n, err := theirs.Read(buf)
			if err != nil {
				return
			}
			for _, reply := range behave(network, server.Addr(), buf[:n]) {
				if network == "tcp" {
					reply = append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...)
				}
				theirs.Write(reply)
			}
			theirs.Read(buf) // until the resolver hangs up
		}()
		return ours, nil
	}
}

func TestLookup(t *testing.T) {
	first, second := netip.MustParseAddr("10.0.0.53"), netip.MustParseAddr("10.0.0.54")
	refuse := func(m *dnsmessage.Message) { m.Answers, m.RCode = nil, dnsmessage.RCodeServerFailure }
	for _, c := range []struct {
		name     string
		network  string
		behave   func(t testing.TB, network string, server netip.Addr, query []byte) [][]byte
		want     []netip.Addr
		notFound bool
		fails    bool
	}{
		{name: "both families", network: "ip", want: []netip.Addr{host4, host6},
			behave: func(t testing.TB, _ string, _ netip.Addr, q []byte) [][]byte { return [][]byte{answer(t, q, nil)} }},
		{name: "one family", network: "ip6", want: []netip.Addr{host6},
			behave: func(t testing.TB, _ string, _ netip.Addr, q []byte) [][]byte { return [][]byte{answer(t, q, nil)} }},
		{name: "a forged answer first", network: "ip4", want: []netip.Addr{host4},
			behave: func(t testing.TB, _ string, _ netip.Addr, q []byte) [][]byte {
				return [][]byte{answer(t, q, func(m *dnsmessage.Message) { m.ID++ }), answer(t, q, nil)}
			}},
		{name: "cut over UDP, whole over TCP", network: "ip4", want: []netip.Addr{host4},
			behave: func(t testing.TB, network string, _ netip.Addr, q []byte) [][]byte {
				return [][]byte{answer(t, q, func(m *dnsmessage.Message) {
					if network == "udp" {
						m.Answers, m.Truncated = nil, true
					}
				})}
			}},
		{name: "the second server helps", network: "ip4", want: []netip.Addr{host4},
			behave: func(t testing.TB, _ string, server netip.Addr, q []byte) [][]byte {
				if server == first {
					return [][]byte{answer(t, q, refuse)}
				}
				return [][]byte{answer(t, q, nil)}
			}},
		{name: "no such name", network: "ip", notFound: true, fails: true,
			behave: func(t testing.TB, _ string, _ netip.Addr, q []byte) [][]byte {
				return [][]byte{answer(t, q, func(m *dnsmessage.Message) { m.Answers, m.RCode = nil, dnsmessage.RCodeNameError })}
			}},
		{name: "rubbish", network: "ip4", fails: true,
			behave: func(t testing.TB, _ string, _ netip.Addr, q []byte) [][]byte {
				return [][]byte{answer(t, q, nil)[:len(q)-3]}
			}},
		{name: "all refuse", network: "ip4", fails: true,
			behave: func(t testing.TB, _ string, _ netip.Addr, q []byte) [][]byte { return [][]byte{answer(t, q, refuse)} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &Resolver{Servers: []netip.Addr{first, second}, Dial: fakeServer(func(network string, server netip.Addr, q []byte) [][]byte {
					return c.behave(t, network, server, q)
				})}
				got, err := r.LookupNetIP(t.Context(), c.network, "host.example")
				if !slices.Equal(got, c.want) || (err != nil) != c.fails {
					t.Fatalf("got %v, %v; want %v", got, err, c.want)
				}
				if dnsError, ok := errors.AsType[*net.DNSError](err); c.fails && (!ok || dnsError.IsNotFound != c.notFound) {
					t.Errorf("error %#v, want IsNotFound %v", err, c.notFound)
				}
			})
		})
	}
}

func TestLookupOfSilentServersIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &Resolver{Servers: []netip.Addr{host4}, Dial: fakeServer(func(string, netip.Addr, []byte) [][]byte { return nil })}
		start := time.Now()
		_, err := r.LookupNetIP(t.Context(), "ip", "host.example")
		if dnsError, ok := errors.AsType[*net.DNSError](err); !ok || !dnsError.IsTimeout || dnsError.IsNotFound {
			t.Errorf("error %#v, want a timeout", err)
		}
		if waited := time.Since(start); waited != queryRounds*queryTimeout {
			t.Errorf("it took %v, want %v", waited, queryRounds*queryTimeout)
		}
	})
}

func TestNotAName(t *testing.T) {
	for _, name := range []string{"", string(make([]byte, 300))} {
		if _, err := (&Resolver{}).LookupNetIP(t.Context(), "ip", name); err == nil {
			t.Errorf("%q was looked up", name)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	question := dnsmessage.Question{Name: dnsmessage.MustNewName("host.example."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}
	id, query, err := buildQuery(question)
	if err != nil {
		f.Fatal(err)
	}
	reply := answer(f, query, nil)
	f.Add(reply)
	f.Add(reply[:20])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, message []byte) {
		if len(message) >= 2 {
			binary.BigEndian.PutUint16(message, id) // get past the first check
		}
		addresses, _, err := parseAnswer(message, id, question)
		if err != nil && len(addresses) > 0 {
			t.Error("addresses came with an error")
		}
		for _, address := range addresses {
			if !address.Is4() {
				t.Errorf("an A question got %v", address)
			}
		}
	})
}
