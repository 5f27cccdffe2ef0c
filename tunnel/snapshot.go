package tunnel

import "time"

// Snapshot is the whole truth about a connection at one moment. State goes up
// as a whole Snapshot with a revision; faces compare, they do not patch. The
// JSON names are a promise to scripts (`toriictl status --json`).
type Snapshot struct {
	// Revision grows with every change; 0 is no snapshot.
	Revision uint64 `json:"revision"`
	State    State  `json:"state"`
	Phase    Phase  `json:"phase,omitempty"`
	// Wanted says what the person wants, whatever State is.
	Wanted bool `json:"wanted"`

	Entry     string `json:"entry,omitempty"`
	Gateway   string `json:"gateway,omitempty"` // host or host:port as the entry names it
	Protocol  string `json:"protocol,omitempty"`
	Transport string `json:"transport,omitempty"`
	Cipher    string `json:"cipher,omitempty"`

	Addresses       []string `json:"addresses,omitempty"` // CIDR
	DNS             []string `json:"dns,omitempty"`
	SearchDomains   []string `json:"search_domains,omitempty"`
	SecureRoutes    []string `json:"secure_routes,omitempty"`     // CIDR
	NonSecureRoutes []string `json:"non_secure_routes,omitempty"` // CIDR
	MTU             int      `json:"mtu,omitempty"`               // bytes

	LocalEndpoint   string `json:"local_endpoint,omitempty"`   // addr:port
	GatewayEndpoint string `json:"gateway_endpoint,omitempty"` // addr:port

	Stats

	Since time.Time `json:"since,omitzero"` // when the connection came up
	// SessionEnds is when the gateway ends the session and wants a new login;
	// zero where it has not said so.
	SessionEnds time.Time `json:"session_ends,omitzero"`
	// Interface is the name of the tunnel's network interface; empty in proxy mode.
	Interface string `json:"interface,omitempty"`
	// Proxy is the addr:port that speaks SOCKS5 and HTTP CONNECT, in proxy mode.
	Proxy string `json:"proxy,omitempty"`

	// Banner is the gateway's text, already accepted.
	Banner string `json:"banner,omitempty"`
	// Device is what was told to the gateway about this machine.
	Device *DeviceIdentity `json:"device,omitempty"`

	Question *Question `json:"question,omitempty"`
	// Notes are what a person should know of this connection; the agent adds
	// them, the engine has none.
	Notes []Note   `json:"notes,omitempty"`
	Error *Failure `json:"error,omitempty"`
}

// Stats counts inner packets and their bytes since the connection came up.
type Stats struct {
	BytesReceived   uint64 `json:"bytes_received"`
	BytesSent       uint64 `json:"bytes_sent"`
	PacketsReceived uint64 `json:"packets_received"`
	PacketsSent     uint64 `json:"packets_sent"`
}

// Failure is an Error as a face shows it.
type Failure struct {
	Code    Code   `json:"code"`
	Message string `json:"message"` // one sentence: what happened
	Remedy  string `json:"remedy"`  // what to do
	// Detail is the cause for a helpdesk; never a secret.
	Detail string `json:"detail,omitempty"`
}
