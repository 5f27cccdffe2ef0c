package app

import (
	"crypto/tls"
	"net"
	"net/netip"
	"slices"
	"testing"

	"torii/app/api"
	"torii/tunnel"
	"torii/tunnel/gateway"
)

// TestLookingAtAServer that nobody trusts here, and at addresses that are none.
func TestLookingAtAServer(t *testing.T) {
	r := newRig(t, gateway.Config{})
	other, err := gateway.New(gateway.Config{Names: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	at, err := other.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	look := func(entry api.Entry) (found api.Probe, err error) {
		return found, r.face.Call(t.Context(), api.MethodProbe, entry, &found)
	}
	found, err := look(api.Entry{Host: "127.0.0.1", Port: at.Port(), UpstreamProxy: "none"})
	if err != nil || found.Server == nil || !slices.Contains(found.Server.Problems, "unknown-issuer") || len(found.Server.Fingerprint) != 64 {
		t.Errorf("found was %+v, %v", found, err)
	}
	// What the person has accepted for good is no problem any more.
	conn, err := tls.Dial("tcp", at.String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	leaf := conn.ConnectionState().PeerCertificates[0]
	conn.Close()
	if err := r.app.certs.Accept("127.0.0.1", at.Port(), leaf); err != nil {
		t.Fatal(err)
	}
	found, err = look(api.Entry{Host: "127.0.0.1", Port: at.Port(), UpstreamProxy: "none"})
	if err != nil || found.Server == nil || len(found.Server.Problems) != 0 {
		t.Errorf("once accepted: %+v, %v", found.Server, err)
	}
	if _, err := look(api.Entry{Host: "a b"}); tunnel.CodeOf(err) != tunnel.CodeInvalid {
		t.Errorf("an address that is none: %v", err)
	}
	if list, _ := r.app.list(); len(list) != 1 {
		t.Errorf("looking saved something: %+v", list)
	}
}

// TestTheNextLookEndsTheOneBefore, which nobody waits for any more.
func TestTheNextLookEndsTheOneBefore(t *testing.T) {
	r := newRig(t, gateway.Config{})
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	where := api.Entry{Host: "127.0.0.1", Port: uint16(silent.Addr().(*net.TCPAddr).Port), UpstreamProxy: "none"}
	first := make(chan error, 1)
	go func() { first <- r.call(api.MethodProbe, where) }()
	conn, err := silent.Accept() // the first one is under way
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := r.call(api.MethodProbe, api.Entry{Host: "127.0.0.1", Port: 1, UpstreamProxy: "none"}); err != nil {
		t.Errorf("the second: %v", err)
	}
	wantCode(t, "the first", <-first, tunnel.CodeCancelled)
}

// TestPractising starts the practice gateway in an App that runs already.
func TestPractising(t *testing.T) {
	r := newRig(t, gateway.Config{})
	r.app.demo.Store(nil) // an agent without --demo
	r.app.active = ""
	if s := r.until("a State", func(api.State) bool { return true }); s.Practice != nil || len(s.Entries) != 0 || s.Active != "" {
		t.Fatalf("it begins with %+v", s)
	}
	r.must(api.MethodPractice, nil)
	r.must(api.MethodPractice, nil)
	s := r.until("the practice gateway", func(s api.State) bool { return s.Practice != nil })
	if len(s.Entries) != 1 || s.Active != s.Entries[0].ID || s.Entries[0].Origin != api.OriginPractice {
		t.Errorf("now there are %+v, active %q", s.Entries, s.Active)
	}
	r.must(api.MethodConnect, api.ConnectRequest{})
	q := r.question(tunnel.QuestionLogin, "")
	r.must(api.MethodAnswer, login(q, s.Practice.Password, false))
	r.wantState(r.ended(), tunnel.StateConnected, "")
	r.disconnect()
}
