package channel

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"

	"torii/tunnel"
	"torii/tunnel/anyconnect/cstp"
	"torii/tunnel/anyconnect/dtls"
)

// rig is a Transport and a gateway's end of its channels, all in memory.
type rig struct {
	t         *testing.T
	transport *Transport
	ended     chan error // what Serve returned
	cancel    context.CancelFunc
	path      *path
	psk       []byte
	work      sync.WaitGroup

	gateway *cstp.Conn
	server  *tls.Conn // below it
	near    *pipe     // below this machine's TLS

	mu        sync.Mutex
	delivered []string // packets to this machine
	frames    []string // control frames to the gateway: "tls 0x03 payload"
	arrived   []string // packets to the gateway: "tls text"
	datagrams []*dtls.Conn
	silent    bool // the gateway answers nothing
}

// newRig connects a transport; edit may change how.
func newRig(t *testing.T, edit func(*Config)) *rig {
	t.Helper()
	r := &rig{t: t, ended: make(chan error, 1), path: &path{}, psk: bytes.Repeat([]byte{1}, 32)}
	near, far := newPipe(nil)
	r.near = near
	certificate := selfSigned(t)
	server := tls.Server(cstp.NewBatchConn(far), &tls.Config{Certificates: []tls.Certificate{certificate},
		DynamicRecordSizingDisabled: true, SessionTicketsDisabled: true})
	wire := cstp.NewBatchConn(near)
	client := tls.Client(wire, &tls.Config{InsecureSkipVerify: true, DynamicRecordSizingDisabled: true})
	var hands sync.WaitGroup
	hands.Go(func() {
		if err := server.Handshake(); err != nil {
			t.Error(err)
		}
	})
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	hands.Wait()
	r.server = server
	r.gateway = cstp.NewConn(server, server.NetConn().(*cstp.BatchConn), nil)
	quiet := logrus.New()
	quiet.SetOutput(io.Discard)
	cfg := Config{TLS: client, Wire: wire, Settings: tunnel.Settings{MTU: 1400}, Log: quiet}
	if edit != nil {
		edit(&cfg)
	}
	if cfg.Params.DTLS != nil {
		cfg.Params.DTLS.Handshake = dtls.Config{PSK: r.psk, AppID: []byte("app")}
		cfg.DialUDP = r.dialUDP
	}
	r.transport = New(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	r.work.Go(func() {
		r.gateway.Serve(r.arrive("tls"), r.control("tls", r.gateway))
	})
	r.work.Go(func() { r.ended <- r.transport.Serve(ctx, r.deliver) })
	return r
}

// close ends everything; the bubble of a test complains about what is left.
func (r *rig) close() {
	r.cancel()
	r.transport.Close(tunnel.EndKeepSession)
	r.gateway.Close()
	r.mu.Lock()
	open := slices.Clone(r.datagrams)
	r.mu.Unlock()
	for _, d := range open {
		d.Close()
	}
	r.work.Wait()
}

// dialUDP opens a path to the gateway, which answers the handshake.
func (r *rig) dialUDP(context.Context) (net.Conn, error) {
	near, far := newPipe(r.path)
	r.work.Go(func() {
		conn, err := dtls.Server(context.Background(), far, dtls.Config{PSK: r.psk})
		if err != nil {
			return
		}
		r.mu.Lock()
		r.datagrams = append(r.datagrams, conn)
		r.mu.Unlock()
		conn.Serve(r.arrive("dtls"), r.control("dtls", conn))
	})
	return near, nil
}

func (r *rig) deliver(bufs [][]byte, offset int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range bufs {
		r.delivered = append(r.delivered, string(b[offset:]))
	}
	return nil
}

// arrive notes packets at the gateway.
func (r *rig) arrive(over string) func([][]byte, int) error {
	return func(bufs [][]byte, offset int) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, b := range bufs {
			r.arrived = append(r.arrived, over+" "+string(b[offset:]))
		}
		return nil
	}
}

// control notes and answers control frames at the gateway.
func (r *rig) control(over string, conn interface {
	SendControl(cstp.Type, []byte) error
}) func(cstp.Type, []byte) error {
	return func(kind cstp.Type, payload []byte) error {
		r.mu.Lock()
		silent := r.silent
		r.frames = append(r.frames, strings.TrimSpace(fmt.Sprintf("%s %#02x %s", over, byte(kind), payload)))
		r.mu.Unlock()
		if kind == cstp.DPDRequest && !silent {
			return conn.SendControl(cstp.DPDReply, payload)
		}
		return nil
	}
}

// beSilent stops or starts the gateway's answers.
func (r *rig) beSilent(silent bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.silent = silent
}

// send sends packets of this machine.
func (r *rig) send(texts ...string) {
	r.t.Helper()
	var batch [][]byte
	for _, text := range texts {
		batch = append(batch, packet(text))
	}
	if err := r.transport.Send(batch); err != nil {
		r.t.Error(err)
	}
}

// packet is a buffer as the pump hands it over.
func packet(text string) []byte {
	buf := make([]byte, tunnel.Headroom+len(text), tunnel.Headroom+len(text)+tunnel.Tailroom)
	copy(buf[tunnel.Headroom:], text)
	return buf
}

// take returns what a list holds once everything has settled, and empties it.
func (r *rig) take(list *[]string) []string {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	got := *list
	*list = nil
	return got
}

// over waits up to a time until packets take a channel, and returns how long
// that took.
func (r *rig) over(channel string, within time.Duration) time.Duration {
	r.t.Helper()
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		synctest.Wait()
		took := time.Since(start)
		if r.transport.Status().Transport == channel {
			return took
		}
		if took > within {
			r.t.Fatalf("after %v packets still take %s", took, r.transport.Status().Transport)
		}
	}
}

// selfSigned makes a certificate; who it is does not matter here.
func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
