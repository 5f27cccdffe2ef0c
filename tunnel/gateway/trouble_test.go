package gateway

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"torii/tunnel"
	"torii/tunnel/anyconnect/cstp"
)

func TestCertificateFaults(t *testing.T) {
	for _, c := range []struct {
		fault Fault
		right func(error) bool
	}{
		{FaultNone, func(err error) bool { return err == nil }},
		{FaultExpiredCertificate, func(err error) bool {
			invalid, ok := errors.AsType[x509.CertificateInvalidError](err)
			return ok && invalid.Reason == x509.Expired
		}},
		{FaultUnknownIssuer, func(err error) bool { _, ok := errors.AsType[x509.UnknownAuthorityError](err); return ok }},
		{FaultWrongName, func(err error) bool { _, ok := errors.AsType[x509.HostnameError](err); return ok }},
	} {
		g := newGateway(t, Config{Fault: c.fault})
		conn, err := newClient(t, g).dial(t.Context())
		if !c.right(err) {
			t.Errorf("%q: %v", c.fault, err)
		}
		if err == nil {
			conn.Close()
		}
	}
}

func TestSessionEnded(t *testing.T) {
	g := newGateway(t, Config{})
	client := newClient(t, g)
	cookie := client.login()
	_, conn, err := client.connect(cookie)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the tunnel is open", func() bool { return g.findSession(cookie).hasTunnel() })
	g.SetFault(FaultSessionEnded)
	frame := make([]byte, 100)
	n, err := io.ReadAtLeast(conn, frame, 9)
	if err != nil || frame[6] != byte(cstp.Terminate) || !bytes.Contains(frame[:n], []byte("administrator")) {
		t.Errorf("frame %q, %v", frame[:n], err)
	}
	if response, _, err := client.connect(cookie); err != nil || response.StatusCode != http.StatusUnauthorized {
		t.Errorf("the old cookie: %v, %v", response, err)
	}
}

func TestFrozenAndThawed(t *testing.T) {
	g := newGateway(t, Config{})
	client := newClient(t, g)
	response, conn, err := client.connect(client.login())
	if err != nil {
		t.Fatal(err)
	}
	inside := insideClient(t, response, conn)
	if _, err := get(t, inside, "http://10.98.0.1/address"); err != nil {
		t.Fatal(err)
	}
	g.SetFault(FaultGatewayFrozen)
	inside.Timeout = 300 * time.Millisecond
	if got, err := get(t, inside, "http://10.98.0.1/address"); err == nil {
		t.Errorf("a frozen gateway carried %q", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if conn, err := client.dial(ctx); err == nil {
		conn.Close()
		t.Error("a frozen gateway shook hands")
	}
	g.SetFault(FaultNone)
	inside.Timeout = 10 * time.Second
	if got, err := get(t, inside, "http://10.98.0.1/address"); err != nil || got != "10.98.0.2\n" {
		t.Errorf("after the thaw: %q, %v", got, err)
	}
}

func TestBadAnswers(t *testing.T) {
	t.Run("rubbish", func(t *testing.T) {
		client := newClient(t, newGateway(t, Config{Fault: FaultRubbish}))
		response, err := client.Post(client.url("/"), "text/xml", strings.NewReader(`<config-auth type="init"/>`))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil || !bytes.Equal(body, rubbish()) {
			t.Errorf("%d bytes, %v", len(body), err)
		}
	})
	t.Run("rubbish frames", func(t *testing.T) {
		g := newGateway(t, Config{Fault: FaultRubbishFrames})
		client := newClient(t, g)
		_, conn, err := client.connect(client.login())
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(rubbish()))
		if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, rubbish()) {
			t.Errorf("not the rubbish: %v", err)
		}
	})
	t.Run("huge answer", func(t *testing.T) {
		client := newClient(t, newGateway(t, Config{Fault: FaultHugeAnswer}))
		response, err := client.Post(client.url("/"), "text/xml", strings.NewReader(`<config-auth type="init"/>`))
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.CopyN(io.Discard, response.Body, 20<<20)
		response.Body.Close()
		if err != nil || response.ContentLength != hugeAnswer {
			t.Errorf("%d bytes of %d, %v", n, response.ContentLength, err)
		}
	})
	t.Run("impossible routes", func(t *testing.T) {
		client := newClient(t, newGateway(t, Config{Fault: FaultImpossibleRoutes}))
		response, _, err := client.connect(client.login())
		if err != nil || response.Header.Get("X-CSTP-Address") != "127.0.0.1" || response.Header.Get("X-CSTP-MTU") != "20" {
			t.Errorf("%v, %v", response, err)
		}
	})
}

func TestForeignSourcesAreDropped(t *testing.T) {
	g := newGateway(t, Config{})
	client := newClient(t, g)
	response, conn, err := client.connect(client.login())
	if err != nil {
		t.Fatal(err)
	}
	response.Header.Set("X-CSTP-Address", "10.98.0.77") // not what was given
	inside := insideClient(t, response, conn)
	inside.Timeout = 300 * time.Millisecond
	if got, err := get(t, inside, "http://10.98.0.1/address"); err == nil {
		t.Errorf("a foreign source was served: %q", got)
	}
}

func TestDeadClientIsNoticed(t *testing.T) {
	g := newGateway(t, Config{DPD: 50 * time.Millisecond})
	client := newClient(t, g)
	cookie := client.login()
	_, conn, err := client.connect(cookie)
	if err != nil {
		t.Fatal(err)
	}
	frame := make([]byte, 8)
	if _, err := io.ReadFull(conn, frame); err != nil || frame[6] != byte(cstp.DPDRequest) {
		t.Fatalf("frame % x, %v", frame, err)
	}
	eventually(t, "the tunnel is over", func() bool { return !g.findSession(cookie).hasTunnel() })
}

func TestDPDIsAnswered(t *testing.T) {
	client := newClient(t, newGateway(t, Config{}))
	_, conn, err := client.connect(client.login())
	if err != nil {
		t.Fatal(err)
	}
	if err := framesOf(conn).SendControl(cstp.DPDRequest, []byte("echo me")); err != nil {
		t.Fatal(err)
	}
	frame := make([]byte, 8+len("echo me"))
	if _, err := io.ReadFull(conn, frame); err != nil || frame[6] != byte(cstp.DPDReply) || string(frame[8:]) != "echo me" {
		t.Errorf("frame %q, %v", frame, err)
	}
}

func TestNothingRunsBeforeTheFirstDial(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	g, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	goleak.VerifyNone(t, goleak.IgnoreCurrent())
	if g.inside != nil {
		t.Error("the network inside was built too early")
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	if _, err := g.Dial(t.Context(), "tcp", "gateway:443"); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Dial after Close: %v", err)
	}
}

func TestParseFault(t *testing.T) {
	for _, fault := range append(Faults(), BadAnswers()...) {
		if got, err := ParseFault(string(fault)); err != nil || got != fault {
			t.Errorf("%q: %q, %v", fault, got, err)
		}
	}
	if got, err := ParseFault("none"); err != nil || got != FaultNone {
		t.Errorf("none: %q, %v", got, err)
	}
	if _, err := ParseFault("earthquake"); tunnel.CodeOf(err) != tunnel.CodeInvalid {
		t.Errorf("an unknown fault: %v", err)
	}
}
