package tunnel

import (
	"context"
	"net/netip"
)

// Headroom is the free space in front of every packet that the engine handles,
// in bytes: enough for a virtio header (10), a CSTP header (8) and a DTLS
// record with its explicit nonce and the type byte (22).
const Headroom = 32

// Tailroom is the free space (spare capacity) behind every packet, in bytes:
// enough for an AEAD tag.
const Tailroom = 32

// Device is what packets of this machine come from and go to. The methods have
// the meaning of golang.zx2c4.com/wireguard/tun.Device, which implements it.
// Write may be called from several goroutines; Read from one.
type Device interface {
	Read(bufs [][]byte, sizes []int, offset int) (n int, err error)
	Write(bufs [][]byte, offset int) (int, error)
	BatchSize() int
	Close() error
}

// Driver speaks one protocol.
type Driver interface {
	// Login authenticates. It asks through ask and reports its steps through
	// progress. The returned Login can open several transports, one after the
	// other, without a new login.
	Login(ctx context.Context, cfg Config, ask Asker, progress func(Phase)) (Login, error)
}

// Login is an authenticated session at a gateway.
type Login interface {
	// Open asks for the tunnel. previous holds the settings of the transport
	// before (nil at first), so that the gateway can give the same addresses.
	// CodeSessionEnded means that a new Driver.Login is needed.
	Open(ctx context.Context, previous *Settings, progress func(Phase)) (Transport, error)
	// Close forgets the session. It ends it at the gateway too where no
	// transport has done so already; ctx bounds the time for that.
	Close(ctx context.Context) error
}

// Transport carries the packets of one tunnel. It owns its sockets.
type Transport interface {
	// Settings are what the gateway gave. They do not change for the life of
	// a transport; a rekey by new tunnel is a new transport.
	Settings() Settings
	// Serve reads packets until the transport ends and gives them to deliver
	// in batches, each packet with Headroom bytes before bufs[i][offset]. The
	// buffers belong to the transport again when deliver returns. Serve may
	// call deliver from several goroutines. It returns an *Error: what ended
	// the transport, or ctx's error.
	Serve(ctx context.Context, deliver func(bufs [][]byte, offset int) error) error
	// Send sends packets, in order: bufs[i] holds Headroom free bytes and then
	// the packet, with Tailroom bytes of spare capacity. They may be
	// overwritten. Called from one goroutine. A packet that cannot be sent now
	// is dropped, as a network does; an error means that the transport ended.
	Send(bufs [][]byte) error
	// Status tells the present channel, cipher and endpoints.
	Status() TransportStatus
	// Changed receives a value after Status changed (DTLS up or down, MTU).
	Changed() <-chan struct{}
	// RekeyDue is closed when the transport wants to be replaced by a new one
	// (rekey by new tunnel). It goes on carrying packets until it is closed.
	RekeyDue() <-chan struct{}
	// Close ends the transport; end says whether the session ends at the
	// gateway too or is kept for a later Open.
	Close(end EndReason) error
}

// EndReason says why a transport is closed from this side.
type EndReason int

// The reasons to close a transport.
const (
	EndKeepSession EndReason = iota // reconnect or rekey: the session is kept
	EndSession                      // the person disconnects
)

// TransportStatus is what Details shows of a transport.
type TransportStatus struct {
	Transport string // "tls", "dtls", "esp", "udp", "tcp"
	Cipher    string // e.g. "DTLS 1.2, AES-256-GCM"
	Local     netip.AddrPort
	Gateway   netip.AddrPort
	MTU       int // bytes of an inner packet that the present path carries
}

// Network makes this machine use a tunnel.
type Network interface {
	// Open configures the machine for settings and returns the attachment.
	// When it fails it has undone what it began.
	Open(ctx context.Context, settings Settings) (Attachment, error)
}

// Attachment is this machine's side of a tunnel that is in place. When it is
// closed, the network is as it was before.
type Attachment interface {
	Device() Device
	// Update applies changed settings (a rekey brought another address, the
	// path carries less) with as little disturbance as it can.
	Update(ctx context.Context, settings Settings) error
	// Info tells what was made.
	Info() AttachmentInfo
	// Lost is closed when the machine's side broke (helper gone, device
	// deleted); the session then attaches anew.
	Lost() <-chan struct{}
	Close() error
}

// AttachmentInfo is what Details shows of an attachment.
type AttachmentInfo struct {
	Device    string         // interface name; empty in proxy mode
	Proxy     netip.AddrPort // where the proxy listens; zero in tun mode
	Secure    []netip.Prefix // routes through the tunnel
	NonSecure []netip.Prefix // routes that stay outside
}
