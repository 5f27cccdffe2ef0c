package dtls

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/gob"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/protocol/handshake"
)

// Config says how the two ends know each other. Either PSK or MasterSecret is
// set.
type Config struct {
	// PSK is the pre-shared key of PSK-NEGOTIATE: 32 bytes of keying material
	// exported from the TLS channel.
	PSK []byte
	// AppID goes into the ClientHello's session id, by which the gateway finds
	// the session (X-DTLS-App-ID).
	AppID []byte

	// MasterSecret and SessionID resume a session that never was (the older
	// gateways' way): 48 bytes that were sent over TLS, and the gateway's id.
	MasterSecret []byte
	SessionID    []byte
	// AES128 resumes with AES-128-GCM instead of AES-256-GCM.
	AES128 bool
	// PeerCertificate is the gateway's certificate from the TLS channel (DER);
	// a resumption shows none of its own.
	PeerCertificate []byte

	// MTU bounds the datagrams of the handshake, in bytes; 0 means 1200.
	MTU int
	// NoOffload never lets the kernel cut or merge datagrams (UDP_SEGMENT,
	// UDP_GRO).
	NoOffload bool
}

// repeatAfter is when a handshake's unanswered messages are first repeated; each
// pause is twice the one before. The usual second (RFC 6347, section 4.2.4.1)
// would leave room for two repetitions within HandshakeTimeout, which is not
// enough on a lossy path.
const repeatAfter = 300 * time.Millisecond

// pskIdentity is what a client calls itself; gateways ignore it.
const pskIdentity = "psk"

// Client makes the client's end of a channel over conn, a connection that keeps
// datagrams apart. It owns conn from then on, also when it fails.
func Client(ctx context.Context, conn net.Conn, cfg Config) (*Conn, error) {
	var agreed atomic.Pointer[channelKeys]
	gate := newGate(conn)
	library, err := dtls.ClientWithOptions(gate, conn.RemoteAddr(), cfg.clientOptions(&agreed)...)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("prepare DTLS handshake: %w", err)
	}
	return establish(ctx, conn, gate, library, &agreed, cfg)
}

// Server makes the gateway's end of a channel with a pre-shared key over conn.
// It owns conn from then on, also when it fails.
func Server(ctx context.Context, conn net.Conn, cfg Config) (*Conn, error) {
	var agreed atomic.Pointer[channelKeys]
	gate := newGate(conn)
	options := []dtls.ServerOption{
		dtls.WithCipherSuites(pskAES128GCM),
		withSuite(pskAES256GCM, &agreed),
		dtls.WithPSK(func([]byte) ([]byte, error) { return cfg.PSK, nil }),
		dtls.WithMTU(cfg.mtu()), dtls.WithFlightInterval(repeatAfter),
	}
	library, err := dtls.ServerWithOptions(gate, conn.RemoteAddr(), options...)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("prepare DTLS handshake: %w", err)
	}
	return establish(ctx, conn, gate, library, &agreed, cfg)
}

// withSuite puts one of our suites before the library's own.
func withSuite(id dtls.CipherSuiteID, agreed *atomic.Pointer[channelKeys]) dtls.Option {
	return dtls.WithCustomCipherSuites(func() []dtls.CipherSuite {
		return []dtls.CipherSuite{newSuite(id, agreed)}
	})
}

func (cfg Config) mtu() int {
	if cfg.MTU == 0 {
		return 1200
	}
	return cfg.MTU
}

func (cfg Config) clientOptions(agreed *atomic.Pointer[channelKeys]) []dtls.ClientOption {
	if cfg.PSK != nil {
		return []dtls.ClientOption{
			dtls.WithCipherSuites(pskAES128GCM),
			withSuite(pskAES256GCM, agreed),
			dtls.WithPSK(func([]byte) ([]byte, error) { return cfg.PSK, nil }),
			dtls.WithPSKIdentityHint([]byte(pskIdentity)),
			dtls.WithClientHelloMessageHook(func(hello handshake.MessageClientHello) handshake.Message {
				hello.SessionID = cfg.AppID
				return &hello
			}),
			dtls.WithMTU(cfg.mtu()), dtls.WithFlightInterval(repeatAfter),
		}
	}
	suite := rsaAES256GCM
	if cfg.AES128 {
		suite = rsaAES128GCM
	}
	return []dtls.ClientOption{
		dtls.WithCipherSuites(dtls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384),
		withSuite(suite, agreed),
		dtls.WithSessionStore(resumed{cfg, suite}),
		dtls.WithServerName("gateway"), // the key under which the session is looked up
		dtls.WithExtendedMasterSecret(dtls.DisableExtendedMasterSecret),
		// Nothing is left unverified here: the master secret came over the TLS
		// channel, whose certificate was, and a handshake that does not resume
		// that session is refused below.
		dtls.WithInsecureSkipVerify(true),
		dtls.WithVerifyPeerCertificate(cfg.refuseOthers),
		dtls.WithMTU(cfg.mtu()), dtls.WithFlightInterval(repeatAfter),
	}
}

// refuseOthers ends a handshake in which the gateway shows a certificate that
// is not the TLS channel's.
func (cfg Config) refuseOthers(shown [][]byte, _ [][]*x509.Certificate) error {
	if len(shown) != 1 || !bytes.Equal(shown[0], cfg.PeerCertificate) {
		return errors.New("the gateway did not resume the session")
	}
	return nil
}

// resumed is a session store that knows the one session that both ends agreed
// on over TLS.
type resumed struct {
	cfg   Config
	suite dtls.CipherSuiteID
}

func (r resumed) Get([]byte) (dtls.Session, error) {
	return dtls.Session{
		ID: r.cfg.SessionID, Secret: r.cfg.MasterSecret, Version: 1, IsClient: true,
		CipherSuiteID: r.suite, PeerCertificates: [][]byte{r.cfg.PeerCertificate},
	}, nil
}
func (r resumed) Set([]byte, dtls.Session) error { return nil }
func (r resumed) Del([]byte) error               { return nil }

// establish runs the handshake and takes its keys.
func establish(ctx context.Context, conn net.Conn, gate *gate, library *dtls.Conn, agreed *atomic.Pointer[channelKeys], cfg Config) (*Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, HandshakeTimeout)
	defer cancel()
	reader := startHandshakeReader(conn, gate)
	err := library.HandshakeContext(ctx)
	early := reader.stop()
	keys := agreed.Load()
	if err == nil && keys == nil {
		keys, err = builtInKeys(library)
	}
	var c *Conn
	if err == nil {
		c, err = newConn(conn, gate, library, keys, cfg)
	}
	if err != nil {
		library.Close()
		gate.Close()
		conn.Close()
		return nil, fmt.Errorf("DTLS handshake: %w", err)
	}
	c.early = early
	return c, nil
}

// handshakeReader feeds the gate during the handshake. Packets that overtake
// its end are kept, so that the change to this channel loses none.
type handshakeReader struct {
	conn  net.Conn
	done  sync.WaitGroup
	early [][]byte
}

// maxEarly bounds the packets kept.
const maxEarly = 256

func startHandshakeReader(conn net.Conn, gate *gate) *handshakeReader {
	r := &handshakeReader{conn: conn}
	r.done.Go(func() {
		buf := make([]byte, 1<<16)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				if isRefused(err) {
					continue // an ICMP error of the path; the handshake's own time limit decides
				}
				return
			}
			if n > 0 && buf[0] == recordData {
				if len(r.early) < maxEarly {
					r.early = append(r.early, bytes.Clone(buf[:n]))
				}
				continue
			}
			gate.put(buf[:n])
		}
	})
	return r
}

// stop ends the reader without losing a datagram and returns what came early.
func (r *handshakeReader) stop() [][]byte {
	r.conn.SetReadDeadline(time.Unix(1, 0))
	r.done.Wait()
	r.conn.SetReadDeadline(time.Time{})
	return r.early
}

// builtInKeys takes the keys of a suite that the library has itself, which
// tells nobody its keys, from the library's exported state
// (dtls.State.MarshalBinary, a gob of these names).
func builtInKeys(library *dtls.Conn) (*channelKeys, error) {
	state, ok := library.ConnectionState()
	if !ok {
		return nil, errors.New("no state after the handshake")
	}
	encoded, err := state.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("export state: %w", err)
	}
	var secrets struct {
		LocalRandom, RemoteRandom [handshake.RandomLength]byte
		CipherSuiteID             uint16
		MasterSecret              []byte
		IsClient                  bool
	}
	if err := gob.NewDecoder(bytes.NewReader(encoded)).Decode(&secrets); err != nil {
		return nil, fmt.Errorf("read exported state: %w", err)
	}
	kind, err := kindOf(dtls.CipherSuiteID(secrets.CipherSuiteID))
	if err != nil {
		return nil, err
	}
	client, server := secrets.LocalRandom[:], secrets.RemoteRandom[:]
	if !secrets.IsClient {
		client, server = server, client
	}
	keys := &channelKeys{kind: kind}
	keys.local, keys.remote, err = kind.keys(secrets.MasterSecret, client, server, secrets.IsClient)
	return keys, err
}

// SessionID returns the session id of a ClientHello, by which a gateway finds
// the session that a client's first datagram belongs to (RFC 6347, section 4.2).
func SessionID(datagram []byte) ([]byte, bool) {
	record, _, ok := splitRecord(datagram)
	const clientHello, idAt = 1, headerLen + 12 + 2 + handshake.RandomLength
	if !ok || record[0] != recordHandshake || len(record) < idAt+1 || record[headerLen] != clientHello {
		return nil, false
	}
	end := idAt + 1 + int(record[idAt])
	if end > len(record) {
		return nil, false
	}
	return record[idAt+1 : end], true
}
