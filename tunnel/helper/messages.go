package helper

import (
	"net/netip"

	"torii/tunnel"
)

// Version of the messages. Client and helper come from one package; one that
// speaks another version is refused with a sentence that says so.
const Version = 1

// DefaultSocket is where the helper listens.
const DefaultSocket = "/run/torii/helper.sock"

// Method names what is asked of the helper.
type Method string

// The methods. The lease begins with MethodOpen, once a connection, and is
// kept by a message at least every Heartbeat.
const (
	MethodOpen   Method = "open"   // Settings -> Lease and the TUN's descriptor
	MethodUpdate Method = "update" // Settings -> Lease
	MethodClose  Method = "close"  // nothing -> nothing, when all is undone
	MethodPing   Method = "ping"   // nothing -> nothing
	MethodSerial Method = "serial" // nothing -> Serial
	MethodRepair Method = "repair" // nothing -> Repaired
)

// Request is a message to the helper.
type Request struct {
	Version int    `json:"version"`
	ID      uint64 `json:"id"` // from 1
	Method  Method `json:"method"`
	// Settings are set for MethodOpen and MethodUpdate, without their Banner.
	Settings *tunnel.Settings `json:"settings,omitempty"`
}

// Reply is a message from the helper: the answer to the Request of the same
// ID, or an event, whose ID is 0.
type Reply struct {
	ID       uint64   `json:"id"`
	Failure  *Failure `json:"failure,omitempty"`
	Lease    *Lease   `json:"lease,omitempty"`
	Serial   string   `json:"serial,omitempty"`
	Repaired []string `json:"repaired,omitempty"`
	Event    *Event   `json:"event,omitempty"`
}

// Failure is an error that crosses the socket.
type Failure struct {
	Code    tunnel.Code `json:"code"`
	Message string      `json:"message"`
}

// Lease says what was made.
type Lease struct {
	Link      string         `json:"link"`
	MTU       int            `json:"mtu"` // bytes
	Secure    []netip.Prefix `json:"secure,omitempty"`
	NonSecure []netip.Prefix `json:"non_secure,omitempty"`
}

// Event tells of the link what its holder cannot see without privileges.
type Event struct {
	// Gone means that somebody deleted the link; the lease is over.
	Gone bool `json:"gone,omitempty"`
	Up   bool `json:"up"`
	MTU  int  `json:"mtu"` // bytes
}
