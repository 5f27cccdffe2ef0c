package gateway

import (
	"net/netip"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

func FuzzLoginRequest(f *testing.F) {
	f.Add([]byte(`<config-auth client="vpn" type="init"><group-select>staff</group-select></config-auth>`))
	f.Add([]byte(`<config-auth type="auth-reply"><opaque is-for="sg"><aggauth-handle>x</aggauth-handle></opaque><auth><username>u</username><password>p</password></auth></config-auth>`))
	f.Add([]byte(`<config-auth`))
	f.Fuzz(func(t *testing.T, b []byte) {
		request, err := parseRequest(b)
		if err != nil {
			return
		}
		if a := request.answers(); len(a) > len(request.Auth.Fields)+1 {
			t.Error("answers out of nothing")
		}
	})
}

func FuzzName(f *testing.F) {
	for _, name := range []string{PageName, "nowhere.example"} {
		query := dnsmessage.Message{Header: dnsmessage.Header{ID: 7, RecursionDesired: true},
			Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(name + "."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}}}
		packed, err := query.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packed)
	}
	addresses := []netip.Addr{netip.MustParseAddr("10.98.0.1"), netip.MustParseAddr("fd00:98::1")}
	f.Fuzz(func(t *testing.T, query []byte) {
		reply := answerName(query, addresses)
		if reply == nil {
			return
		}
		var message dnsmessage.Message
		if err := message.Unpack(reply); err != nil || !message.Response {
			t.Errorf("the answer makes no sense: %v", err)
		}
	})
}

func FuzzLegacyReply(f *testing.F) {
	f.Add("username=u&password=p")
	f.Add("answer=%31&answer=2;x=%zz")
	f.Fuzz(func(t *testing.T, body string) {
		if a, err := parseLegacyReply(body); err == nil && len(a) > len(body)+1 {
			t.Error("fields out of nothing")
		}
	})
}

// FuzzPacket: a client's packet is routed by its own addresses or dropped.
func FuzzPacket(f *testing.F) {
	f.Add([]byte{0x45, 19: 1})
	f.Add([]byte{0x60, 39: 1})
	f.Fuzz(func(t *testing.T, packet []byte) {
		from, to := source(packet), destination(packet)
		if from.IsValid() != to.IsValid() {
			t.Errorf("from %v to %v", from, to)
		}
	})
}
