package tunnel

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"net/url"
)

// Mode says how packets of this machine reach the tunnel.
type Mode string

// The modes.
const (
	// ModeTUN gives the machine a network interface; it needs the helper.
	ModeTUN Mode = "tun"
	// ModeProxy serves SOCKS5 and HTTP CONNECT; it needs no privilege.
	ModeProxy Mode = "proxy"
)

// Config is everything a driver and a session need for one connection. It
// holds functions where certificates are concerned, so that the engine and the
// certificate store stay strangers.
type Config struct {
	Entry    string // the entry's name, for people
	Protocol string // the driver's name, e.g. "anyconnect"

	Host string // name or address of the gateway
	Port uint16
	// Path is the group URL's path and query ("/staff", "/?camouflage-secret");
	// it may carry a secret and is not logged.
	Path string

	User  string // suggested user name; may be empty
	Group string // login group to choose; may be empty

	Mode Mode
	// ProxyListen is where proxy mode listens; the zero value means
	// 127.0.0.1 and a free port.
	ProxyListen netip.AddrPort
	// UpstreamProxy is the proxy on the way to the gateway (http or socks5,
	// with user info where it wants a login); nil for none.
	UpstreamProxy *url.URL

	NoDTLS bool
	// Roaming keeps trying to reconnect until it works; without it the session
	// gives up after 20 seconds.
	Roaming bool
	// Once fails instead of reconnecting at all.
	Once bool

	Device DeviceIdentity

	// OldTLS lets the gateway speak TLS 1.0 and 1.1 and exchange keys by RSA.
	// Without it TLS 1.2 with forward secrecy is the least.
	OldTLS bool

	// Dial, when set, replaces this machine's network on the way to the
	// gateway (the practice gateway is reached in memory). Names are then
	// resolved by Dial.
	Dial Dialer

	Verify      ServerVerifier
	Certificate ClientCertificate
}

// Dialer opens a connection to "host:port". network is "tcp" or "udp"; a udp
// connection keeps datagrams apart.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// ServerIdentity is what a server showed in a TLS handshake, before any byte
// of a login is sent.
type ServerIdentity struct {
	Host  string // as the person or the redirect named it
	Port  uint16
	Chain []*x509.Certificate // leaf first, as sent
	// OCSP is the stapled response; nil for none.
	OCSP []byte
}

// ServerVerifier decides about a server. It is called for each TLS connection,
// for redirects and reconnects too, and asks the person where that is allowed.
// nil accepts; an error ends the connection (CodeServerCertificate).
type ServerVerifier func(ctx context.Context, server ServerIdentity, ask Asker) error

// ClientCertificate chooses the certificate that is shown to a gateway that
// asks for one. A certificate without chain means "none"; the private key may
// live anywhere (crypto.Signer). It may ask the person: which one, or for what
// opens its key.
type ClientCertificate func(ctx context.Context, request *tls.CertificateRequestInfo, ask Asker) (*tls.Certificate, error)

// DeviceIdentity is how a gateway recognises this device (reference 002:
// gateways admit a device by its serial number or a MAC address).
type DeviceIdentity struct {
	ClientVersion   string   `json:"client_version"`
	Platform        string   `json:"platform"` // "linux-64", "win", "mac-intel"
	PlatformVersion string   `json:"platform_version"`
	DeviceType      string   `json:"device_type"`
	UniqueID        string   `json:"unique_id"`
	UniqueIDSource  string   `json:"unique_id_source"` // "serial-number" or the fallback's name
	ComputerName    string   `json:"computer_name"`
	MACAddresses    []string `json:"mac_addresses"` // "12:34:56:78:90:ab"
}
