// Package gateway is the practice gateway: a gateway that speaks the
// AnyConnect protocol inside this process, with a small network behind it on a
// user-space stack. It demonstrates a connection on a machine that has no
// gateway (`torii --demo`), rehearses faults by name, and gives the engine's
// tests a peer that can be told to misbehave.
//
// It listens nowhere: Dial reaches it in memory and has the type
// tunnel.Dialer. Benchmarks and tests against foreign clients may ask for a
// socket with Listen.
package gateway

import (
	"crypto/x509"
	"net/netip"
	"time"

	"github.com/sirupsen/logrus"

	"torii/tunnel"
)

// What a Config without further words gives.
const (
	DefaultHost     = "gateway.practice.test"
	DefaultUser     = "practice"
	DefaultPassword = "gate"
	// DefaultCode answers the one-time code form of FaultOneTimeCode.
	DefaultCode = "123456"
	// Domain is the domain inside; its names are resolved inside.
	Domain = "practice.test"
	// PageName is the name of the web page inside, which says from which
	// address it was asked.
	PageName = "intranet." + Domain
)

// CertificateWish says whether a client certificate is asked for.
type CertificateWish int

// The wishes.
const (
	CertificateNone CertificateWish = iota
	// CertificateOptional asks for a certificate and goes on without one.
	CertificateOptional
	// CertificateRequired refuses a login without one.
	CertificateRequired
)

// Config says what the gateway offers. The zero value is a gateway that works,
// with one user and split routes.
type Config struct {
	// Host is the name that the certificate is for. Names are further names
	// and addresses of it.
	Host  string
	Names []string

	User string
	// Password is no secret of a person: a practice gateway shows it.
	Password string
	// CertificateOnly asks for no user and password at all; with
	// CertificateRequired.
	CertificateOnly bool
	Certificate     CertificateWish
	// ClientCAs verifies client certificates; nil means the gateway's own
	// authority, which issues them with UserCertificate.
	ClientCAs *x509.CertPool

	// Groups are the login groups, for a choice in the form or by the URL's
	// path ("/staff"); none for no choice.
	Groups []string
	// OneTimeCode, SecondPassword and NewPassword add to the login: a second
	// round with a code, a second password in the form, and a password that
	// must be changed (it stays changed as long as the gateway lives).
	OneTimeCode    string
	SecondPassword string
	NewPassword    bool
	// LegacyLogin speaks the older login without XML requests.
	LegacyLogin bool
	// Camouflage hides the gateway from everybody whose URL does not carry
	// this secret ("/?secret").
	Camouflage string
	// MaxAttempts is how often a password may be wrong (3 when 0).
	MaxAttempts int

	// RegistersDevices gives no address to a device that it sees for the first
	// time: that connection only registers the device (reference 002, 3-2).
	RegistersDevices bool

	Banner string

	// Network4 and Network6 are the networks inside; the first address is the
	// gateway's own, with the inside services. The zero value means
	// 10.98.0.0/24 and fd00:98::/64. NoIPv6 gives no IPv6 address.
	Network4 netip.Prefix
	Network6 netip.Prefix
	NoIPv6   bool
	// FullTunnel sends no routes, so that everything goes through the tunnel.
	FullTunnel bool
	// Include and Exclude are the split routes; an empty Include means the two
	// networks.
	Include []netip.Prefix
	Exclude []netip.Prefix
	MTU     int // bytes of an inner packet; 1400 when 0

	NoDTLS    bool
	DPD       time.Duration // 30 s when 0
	Keepalive time.Duration // 20 s when 0
	// Rekey asks the client for a new tunnel after this time; 0 for never.
	Rekey time.Duration
	// MoveAddress gives a session another address with each tunnel.
	MoveAddress bool
	// SessionTimeout and IdleTimeout are told to the client; 0 for none. The
	// gateway ends a session at its timeout.
	SessionTimeout time.Duration
	IdleTimeout    time.Duration
	// KeepSession is how long a session without a tunnel can be taken up
	// again (5 minutes when 0).
	KeepSession time.Duration

	// Inside, when set, is the network behind the gateway instead of the
	// user-space stack: a kernel TUN for the bench. The gateway closes it.
	Inside tunnel.Device

	// Fault is the fault to begin with.
	Fault Fault
	// Log receives what the gateway does, at debug level; nil for nothing.
	Log logrus.FieldLogger
}

// withDefaults fills in what is not said.
func (c Config) withDefaults() Config {
	c.Host = or(c.Host, DefaultHost)
	c.User = or(c.User, DefaultUser)
	c.Password = or(c.Password, DefaultPassword)
	c.MaxAttempts = or(c.MaxAttempts, 3)
	c.Network4 = or(c.Network4, netip.MustParsePrefix("10.98.0.0/24"))
	c.Network6 = or(c.Network6, netip.MustParsePrefix("fd00:98::/64"))
	c.MTU = or(c.MTU, 1400)
	c.DPD = or(c.DPD, 30*time.Second)
	c.Keepalive = or(c.Keepalive, 20*time.Second)
	c.KeepSession = or(c.KeepSession, 5*time.Minute)
	if len(c.Include) == 0 && !c.FullTunnel {
		c.Include = []netip.Prefix{c.Network4}
		if !c.NoIPv6 {
			c.Include = append(c.Include, c.Network6)
		}
	}
	return c
}

// or returns value, or fallback where value is the zero value.
func or[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}
