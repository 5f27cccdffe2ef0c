package diagnose

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"testing"
	"time"
)

// undated answers without telling the time, as ocserv does.
func undated(w http.ResponseWriter, r *http.Request) {
	w.Header()["Date"] = nil
	form(w, r)
}

// saying answers every login with an element of XML.
func saying(element string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?><config-auth client="vpn" type="auth-request">`+element+`</config-auth>`)
	}
}

// publish serves a file, as authorities serve their certificates.
func publish(t *testing.T, file []byte) (at string) {
	return "http://" + web(t, nil, func(w http.ResponseWriter, _ *http.Request) { w.Write(file) }).String() + "/ca.cer"
}

func portOf(address net.Addr) uint16 { return netip.MustParseAddrPort(address.String()).Port() }

// babble says the same to everybody who connects, and hangs up.
func babble(t *testing.T, text string) net.Addr {
	t.Helper()
	listener := listen(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			io.WriteString(conn, text)
			conn.Close()
		}
	}()
	t.Cleanup(func() { listener.Close(); <-done })
	return listener.Addr()
}

// passingProxy connects everybody to a port of the loopback.
func passingProxy(t *testing.T, port uint16) *url.URL {
	t.Helper()
	at := web(t, nil, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != fmt.Sprintf("%s:%d", host, port) {
			t.Errorf("the proxy was asked %s %s", r.Method, r.Host)
		}
		far, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Error(err)
			return
		}
		defer far.Close()
		near, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer near.Close()
		io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
		back := make(chan struct{})
		go func() {
			defer close(back)
			io.Copy(near, far)
			near.Close()
		}()
		io.Copy(far, near)
		far.Close()
		<-back
	})
	return &url.URL{Scheme: "http", Host: at.String()}
}

// timeServer tells the right time by SNTP.
func timeServer(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			request := make([]byte, 512)
			n, from, err := conn.ReadFrom(request)
			if err != nil {
				return
			}
			conn.WriteTo(timeReply(request[:n], time.Now()), from)
		}
	}()
	t.Cleanup(func() { conn.Close(); <-done })
	return conn.LocalAddr().String()
}
