package api

import (
	"net/netip"

	"torii/tunnel"
)

// Version of the protocol between agent and faces. A face that speaks another
// one is refused with a sentence that says which side is older.
const Version = 1

// Method names a call.
type Method string

// The methods.
const (
	MethodHello      Method = "hello"      // Hello -> Hello; the first call on a connection
	MethodWatch      Method = "watch"      // nothing -> a stream of State
	MethodUnwatch    Method = "unwatch"    // Unwatch -> nothing; ends a stream
	MethodPing       Method = "ping"       // nothing -> nothing, at once: whether somebody is there
	MethodConnect    Method = "connect"    // ConnectRequest -> nothing; progress comes by watch
	MethodDisconnect Method = "disconnect" // nothing -> nothing; also cancels a connect
	MethodAnswer     Method = "answer"     // AnswerRequest -> nothing
	MethodConsent    Method = "consent"    // ConsentAnswer -> nothing
	MethodAddEntry   Method = "entry.add"  // Entry -> Entry
	MethodEditEntry  Method = "entry.edit" // Entry -> Entry, found by ID
	MethodDropEntry  Method = "entry.delete"
	MethodForget     Method = "entry.forget" // EntryRef -> nothing; deletes its stored credentials
	MethodChoose     Method = "entry.choose" // EntryRef -> nothing; makes it the active one
	MethodSet        Method = "settings.set" // SetSetting -> Setting
	MethodSystem     Method = "system.info"  // nothing -> []Fact
	MethodTraffic    Method = "traffic"      // nothing -> Traffic
	MethodOpenWindow Method = "window.open"  // OpenWindowRequest -> nothing; State.Raise grows
	MethodOpen       Method = "open"         // OpenRequest -> nothing; answered when what it wants has begun
	MethodPlace      Method = "window.place" // WindowPlace -> nothing; the next window begins with it
	MethodLink       Method = "link"         // LinkRequest -> nothing; answered when what it wants has begun
	MethodDiagnose   Method = "diagnose"     // DoctorRequest -> DoctorReport; takes up to half a minute
	MethodProbe      Method = "probe"        // Entry -> Probe; what answers there, before it is saved
	MethodPractice   Method = "practice"     // nothing -> nothing; starts the practice gateway and chooses it
	MethodQuit       Method = "quit"         // QuitRequest or nothing -> nothing; disconnects and ends the agent
)

// Hello opens a connection.
type Hello struct {
	Version int    `json:"version"`
	Program string `json:"program"` // "torii-window", "toriictl", "torii"
	Build   string `json:"build"`
	PID     int    `json:"pid"`
}

// State is all that a face shows. It comes whole, with a growing Revision.
type State struct {
	Revision uint64          `json:"revision"`
	Snapshot tunnel.Snapshot `json:"snapshot"`
	Entries  []Entry         `json:"entries"`
	// Active is the ID of the entry that the switch connects; "" for none.
	Active string `json:"active,omitempty"`
	// Current is the ID of the entry that the Snapshot is about, which may have
	// got another name meanwhile; "" where none was connected yet, or one that is
	// not saved.
	Current string `json:"current,omitempty"`
	// Practice tells how to log in to the practice gateway; nil where none runs.
	Practice *Practice `json:"practice,omitempty"`
	// Consent is a request of another program that waits for a yes or no; nil
	// for none.
	Consent *Consent `json:"consent,omitempty"`
	// KeyringError is a Code-like word when passwords cannot be kept
	// ("none", "locked", "no-bus"); "" when they can.
	KeyringError string `json:"keyring_error,omitempty"`
	// Language is the chosen language ("" follows the system).
	Language string `json:"language,omitempty"`
	// Settings are the application's preferences, in the order of their list.
	Settings []Setting `json:"settings,omitempty"`
	// Tray tells that a panel shows Torii's icon, so that a closed window is
	// found again.
	Tray bool `json:"tray,omitempty"`
	// Raise grows each time somebody asks for the window; an open window comes
	// to the front then and shows Page: "home", "connections", ...; "" leaves
	// it alone, and PageQuit asks whether to quit.
	Raise uint64 `json:"raise,omitempty"`
	Page  string `json:"page,omitempty"`
	// Unopened says in words why what a start of torii was given was not opened;
	// it belongs to Raise. nil for nothing.
	Unopened *tunnel.Failure `json:"unopened,omitempty"`
}

// Setting returns the value of a setting, "" where there is none of that name.
func (s State) Setting(key string) string {
	for _, setting := range s.Settings {
		if setting.Key == key {
			return setting.Value
		}
	}
	return ""
}

// Practice holds the practice gateway's credentials, which are no secret.
type Practice struct {
	Entry    string `json:"entry"` // the entry's name
	User     string `json:"user"`
	Password string `json:"password"`
	// Page is the URL of the web page inside, to be fetched through the tunnel.
	Page string `json:"page"`
}

// Setting is one preference of the application.
type Setting struct {
	Key     string   `json:"key"`
	Value   string   `json:"value"`
	Default string   `json:"default"`
	Values  []string `json:"values,omitempty"` // those that are allowed; none for free text
	// Sensitive settings are changed in the agent's own window or a terminal only.
	Sensitive bool `json:"sensitive,omitempty"`
	// LockedBy names who has fixed the value; "" for nobody.
	LockedBy string `json:"locked_by,omitempty"`
}

// SetSetting changes a Setting.
type SetSetting struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Origin says where an entry came from; others than OriginUser lock fields.
type Origin string

// The origins.
const (
	OriginUser     Origin = "user"
	OriginPractice Origin = "practice"
)

// Entry is a connection entry.
type Entry struct {
	ID   string `json:"id"`   // never changes; made by the store
	Name string `json:"name"` // unique
	Host string `json:"host"`
	Port uint16 `json:"port,omitempty"` // 0 means the protocol's default
	// Path is the group URL's path and query, with its leading "/".
	Path     string `json:"path,omitempty"`
	Protocol string `json:"protocol"`
	User     string `json:"user,omitempty"`
	Group    string `json:"group,omitempty"`

	Mode        tunnel.Mode    `json:"mode"`
	ProxyListen netip.AddrPort `json:"proxy_listen,omitzero"`
	// UpstreamProxy is a URL without credentials (http://host:port,
	// socks5://host:port); "" follows the environment, "none" goes direct.
	UpstreamProxy string `json:"upstream_proxy,omitempty"`
	NoDTLS        bool   `json:"no_dtls,omitempty"`
	Roaming       bool   `json:"roaming"`

	// Pin accepts exactly this leaf (64 hex digits of SHA-256) whatever else
	// is said against it.
	Pin string `json:"pin,omitempty"`
	// OldTLS lets this gateway speak TLS 1.0 and 1.1 and exchange keys by RSA,
	// which others can break. Faces say so in red.
	OldTLS bool `json:"old_tls,omitempty"`
	// CAFile adds roots; ClientCertFile is a PEM file with certificate and key.
	CAFile         string `json:"ca_file,omitempty"`
	ClientCertFile string `json:"client_cert_file,omitempty"`

	// Certificate is which of the person's certificates is shown to the gateway:
	// CertificateDisabled, CertificateAutomatic, or one by its name.
	Certificate string `json:"certificate,omitempty"`
	// OnDemand, IPsec, AppRules and AutoConnect are kept for what the engine
	// does not do yet; faces show them as not yet available.
	OnDemand    *OnDemand `json:"on_demand,omitempty"`
	IPsec       *IPsec    `json:"ipsec,omitempty"`
	AppRules    []string  `json:"app_rules,omitempty"`
	AutoConnect bool      `json:"auto_connect,omitempty"`

	Origin Origin `json:"origin"`
	// FirstName is the name that the entry came with, where it was renamed.
	FirstName string `json:"first_name,omitempty"`
	// Locked names the fields (by their JSON names) that somebody has fixed, and
	// LockedBy who that is.
	Locked   []string `json:"locked,omitempty"`
	LockedBy string   `json:"locked_by,omitempty"`
	// HasSecrets tells that credentials are stored in the keyring. The store
	// does not save it; the agent fills it in.
	HasSecrets bool `json:"has_secrets,omitempty"`
}

// The choices of Entry.Certificate beside a certificate's name.
const (
	CertificateDisabled  = ""
	CertificateAutomatic = "automatic"
)

// OnDemand says for which domains the connection is made by itself (000,
// Connect On Demand). The lists hold domain suffixes.
type OnDemand struct {
	Enabled  bool     `json:"enabled"`
	Never    []string `json:"never,omitempty"`
	IfNeeded []string `json:"if_needed,omitempty"`
	Always   []string `json:"always,omitempty"`
}

// IPsec says how an entry connects by IPsec (000, Connect with IPsec).
type IPsec struct {
	Enabled bool `json:"enabled"`
	// Authentication is one of IPsecAuthentications; Identity goes with the
	// last three of them only.
	Authentication string `json:"authentication,omitempty"`
	Identity       string `json:"identity,omitempty"`
}

// IPsecAuthentications are the ways to authenticate, the default first.
func IPsecAuthentications() []string {
	return []string{"EAP-AnyConnect", "IKE-RSA", "EAP-GTC", "EAP-MD5", "EAP-MSCHAPv2"}
}

// Fact is one line of the system information.
type Fact struct {
	Key   string `json:"key"` // "version", "system", ...: the catalogue's "system.<key>"
	Value string `json:"value"`
}

// Traffic is how the counters of the connection moved, a sample each second,
// the oldest first and the newest last; at most an hour.
type Traffic struct {
	Received []uint64 `json:"received"` // bytes in that second
	Sent     []uint64 `json:"sent"`
}

// EntryRef names an entry by ID or by name.
type EntryRef struct {
	Entry string `json:"entry"`
}

// ConnectRequest connects an entry, or a target that is not saved.
type ConnectRequest struct {
	// Entry is an ID or a name; "" connects the active entry.
	Entry string `json:"entry,omitempty"`
	// Target connects without an entry being saved; it wins over Entry.
	Target *Entry `json:"target,omitempty"`
	// Once fails instead of reconnecting.
	Once bool `json:"once,omitempty"`
}

// AnswerRequest answers Snapshot.Question.
type AnswerRequest struct {
	ID     string            `json:"id"`
	Choice tunnel.Choice     `json:"choice"`
	Fields map[string]string `json:"fields,omitempty"`
	// Certificate is the ID of the one that was chosen.
	Certificate string `json:"certificate,omitempty"`
	Remember    bool   `json:"remember,omitempty"`
}

// OpenRequest is what a start of torii was given: links and files. A link may
// hold a password.
type OpenRequest struct {
	Arguments []string `json:"arguments"` // at most 16, of at most 8 KiB
	// Folder is what the files are relative to, an absolute path.
	Folder string `json:"folder"`
}

// WindowPlace is how the person left the window.
type WindowPlace struct {
	// Width and Height are in device-independent pixels; 0 for unknown.
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Page   string `json:"page"` // "home", "connections", ...
}

// PageQuit is no page: the window asks whether to quit.
const PageQuit = "quit"

// QuitRequest ends the agent.
type QuitRequest struct {
	// Ask has the window ask first where a connection would end by it. Asked
	// again within half a minute, the agent ends without another question.
	Ask bool `json:"ask,omitempty"`
}

// LinkRequest carries a link out ("anyconnect:", "torii:"), as far as External
// Control and the person allow it. It may hold a password.
type LinkRequest struct {
	Link string `json:"link"`
}

// OpenWindowRequest asks the agent to show the window.
type OpenWindowRequest struct {
	Page string `json:"page,omitempty"` // "home", "connections", ...
}
