package uitest

import (
	"net/netip"
	"strings"
	"time"

	"torii/app/api"
	"torii/tunnel"
)

// Now is the moment at which every State of this package is shown.
func Now() time.Time { return time.Date(2026, 11, 24, 9, 12, 0, 0, time.UTC) }

// Case is a State with a name.
type Case struct {
	Name  string
	State api.State
}

// entries are three connections of a remote worker.
func entries() []api.Entry {
	return []api.Entry{
		{ID: "e1", Name: "Tokyo HQ", Host: "vpn.example.com", Path: "/staff", Protocol: "anyconnect", User: "suzuki",
			Mode: tunnel.ModeTUN, Roaming: true, Origin: api.OriginUser},
		{ID: "e2", Name: "Osaka branch", Host: "osaka.example.net", Port: 8443, Protocol: "anyconnect",
			Mode: tunnel.ModeProxy, ProxyListen: netip.MustParseAddrPort("127.0.0.1:1080"), Roaming: true, Origin: api.OriginUser},
		{ID: "e3", Name: "Backup gateway", Host: "192.0.2.10", Protocol: "anyconnect", Mode: tunnel.ModeTUN, Origin: api.OriginUser},
	}
}

// base is a State of those entries.
func base(state tunnel.State) api.State {
	return api.State{
		Revision: 1, Entries: entries(), Active: "e1", Current: "e1",
		Snapshot: tunnel.Snapshot{Revision: 1, State: state, Entry: "Tokyo HQ", Gateway: "vpn.example.com", Protocol: "anyconnect"},
	}
}

// Disconnected is nothing going on.
func Disconnected() api.State { return base(tunnel.StateDisconnected) }

// Empty is a fresh installation.
func Empty() api.State {
	return api.State{Revision: 1, Snapshot: tunnel.Snapshot{State: tunnel.StateDisconnected}}
}

// FirstRun is a fresh installation whose first run is due.
func FirstRun() api.State {
	s := Empty()
	s.Settings = []api.Setting{{Key: "first-run", Value: "due", Default: "due", Values: []string{"due", "done"}}}
	return s
}

// Connecting is a connect under way.
func Connecting() api.State {
	s := base(tunnel.StateConnecting)
	s.Snapshot.Wanted, s.Snapshot.Phase = true, tunnel.PhaseVerifying
	return s
}

// Connected is a tunnel with traffic.
func Connected() api.State {
	s := base(tunnel.StateConnected)
	s.Snapshot.Wanted = true
	s.Snapshot.Transport, s.Snapshot.Cipher = "dtls", "DTLS 1.2, PSK, AES-256-GCM"
	s.Snapshot.Addresses = []string{"10.99.0.190/24", "fd00:99::be/64"}
	s.Snapshot.GatewayEndpoint = "203.0.113.7:443"
	s.Snapshot.Since = Now().Add(-42*time.Minute - 10*time.Second)
	s.Snapshot.Stats = tunnel.Stats{BytesReceived: 318_000_000, BytesSent: 22_100_000}
	return s
}

// ConnectedByProxy is a tunnel without privileges, with the gateway's banner.
func ConnectedByProxy() api.State {
	s := Connected()
	s.Active, s.Current, s.Snapshot.Entry, s.Snapshot.Gateway = "e2", "e2", "Osaka branch", "osaka.example.net:8443"
	s.Snapshot.Transport, s.Snapshot.Cipher = "tls", "TLS 1.3, AES-256-GCM"
	s.Snapshot.Proxy = "127.0.0.1:1080"
	s.Snapshot.Banner = "Maintenance on Sunday from 02:00 to 04:00. Save your work before."
	return s
}

// Reconnecting is a connection that broke and is being mended.
func Reconnecting() api.State {
	s := Connected()
	s.Snapshot.State, s.Snapshot.Phase = tunnel.StateReconnecting, tunnel.PhaseReaching
	return s
}

// Disconnecting is a tunnel on its way down.
func Disconnecting() api.State {
	s := Connected()
	s.Snapshot.State, s.Snapshot.Wanted = tunnel.StateDisconnecting, false
	return s
}

// Failed is a connect that came to nothing.
func Failed() api.State {
	s := base(tunnel.StateFailed)
	s.Snapshot.Error = &tunnel.Failure{
		Code: tunnel.CodeUnreachable, Message: "vpn.example.com does not answer on port 443.",
		Remedy: "Your network works, the gateway is down or blocked here. Try another network, for instance your phone's hotspot.",
	}
	return s
}

// FailedAtCertificate is a connect that came to nothing because of the server's
// certificate.
func FailedAtCertificate() api.State {
	s := base(tunnel.StateFailed)
	s.Snapshot.Error = &tunnel.Failure{
		Code: tunnel.CodeServerCertificate, Message: "vpn.example.com cannot prove who it is.",
		Remedy: "Do not enter a password. Ask your administrator.",
	}
	return s
}

// Noted is a tunnel of which a person should know something.
func Noted() api.State {
	s := Connected()
	s.Snapshot.Notes = []tunnel.Note{
		{Code: tunnel.NoteOldTLS, Serious: true,
			Message: "This connection may use old encryption (before TLS 1.2) that others can break. Ask your administrator to renew the gateway."},
		{Code: tunnel.NoteRevocationUnreachable,
			Message: "Nobody answered whether the certificate of vpn.example.com has been revoked. Torii connected all the same."},
	}
	return s
}

// Practice is a fresh installation with the practice gateway.
func Practice() api.State {
	return api.State{
		Revision: 1, Active: "p",
		Entries: []api.Entry{{ID: "p", Name: "Practice gateway", Host: "practice.torii.invalid", Protocol: "anyconnect",
			Mode: tunnel.ModeProxy, Origin: api.OriginPractice}},
		Practice: &api.Practice{Entry: "Practice gateway", User: "demo", Password: "torii", Page: "http://inside.torii.invalid/"},
		Snapshot: tunnel.Snapshot{State: tunnel.StateDisconnected},
	}
}

// Long is a connection of which everything is longer than one expects.
func Long() api.State {
	s := Connected()
	s.Entries[0].Name = "Niederlassung Frankfurt am Main, Forschung und Entwicklung"
	s.Entries[0].Host, s.Entries[0].Path = "remote-access.research-and-development.example.com", "/contractors-without-a-device"
	s.Snapshot.Entry = s.Entries[0].Name
	s.Snapshot.Addresses = []string{"2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff/128"}
	s.Snapshot.GatewayEndpoint = "[2001:db8:1111:2222:3333:4444:5555:6666]:8443"
	s.Snapshot.Cipher = "DTLS 1.2, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
	s.Snapshot.Since = Now().Add(-1000 * time.Hour)
	s.Snapshot.Stats = tunnel.Stats{BytesReceived: 999_900_000_000, BytesSent: 1_234_567_890_123}
	s.Snapshot.Banner = strings.Repeat("Unbefugten ist die Benutzung dieses Systems untersagt. ", 8)
	return s
}

// LongFailure is a failure of which everything is long.
func LongFailure() api.State {
	s := Failed()
	s.Entries = Long().Entries
	s.Snapshot.Error.Message = "remote-access.research-and-development.example.com could not prove that it is the right server, so Torii did not connect."
	s.Snapshot.Error.Remedy = strings.Repeat("Check that the date and time of this computer are right. ", 6)
	return s
}

// asking is a connect that waits for a person.
func asking(question tunnel.Question) api.State {
	s := Connecting()
	s.Snapshot.Phase = tunnel.PhaseAuthenticating
	s.Snapshot.Question = &question
	return s
}

// Login is a login form with everything in it.
func Login() api.State {
	return asking(tunnel.Question{
		ID: "q1", Kind: tunnel.QuestionLogin, Message: "Welcome to Example Corp. Use your office account.",
		Form: &tunnel.Form{Round: 1, Fields: []tunnel.Field{
			{Name: "group_list", Label: "Group:", Kind: tunnel.FieldSelect, Value: "staff", Group: true,
				Options: []tunnel.Option{{Value: "staff", Label: "Staff"}, {Value: "guests", Label: "Guests"}}},
			{Name: "username", Label: "Username:", Kind: tunnel.FieldText, Value: "suzuki"},
			{Name: "password", Label: "Password:", Kind: tunnel.FieldPassword, StoreKey: "password"},
			{Name: "answer", Kind: tunnel.FieldCode},
		}},
		Choices: []tunnel.Choice{tunnel.ChoiceOK, tunnel.ChoiceCancel},
	})
}

// LoginRefused is a login form that comes again, on a machine without keyring.
func LoginRefused() api.State {
	s := asking(tunnel.Question{
		ID: "q2", Kind: tunnel.QuestionLogin, Title: "Example Corp", Message: "Please enter your username.", Error: "Login failed.",
		Form: &tunnel.Form{Round: 2, Attempt: 1, Fields: []tunnel.Field{
			{Name: "username", Label: "Username:", Kind: tunnel.FieldText},
			{Name: "password", Label: "Password:", Kind: tunnel.FieldPassword, StoreKey: "password"},
		}},
		Choices: []tunnel.Choice{tunnel.ChoiceOK, tunnel.ChoiceCancel},
	})
	s.KeyringError = "none"
	return s
}

// NewPassword is a password that has to be changed.
func NewPassword() api.State {
	return asking(tunnel.Question{
		ID: "q3", Kind: tunnel.QuestionLogin, Message: "Your password has expired. Choose a new one.",
		Form: &tunnel.Form{Round: 2, Fields: []tunnel.Field{
			{Name: "new", Label: "New password", Kind: tunnel.FieldNewPassword},
			{Name: "again", Label: "Verify password", Kind: tunnel.FieldNewPassword},
		}},
		Choices: []tunnel.Choice{tunnel.ChoiceOK, tunnel.ChoiceCancel},
	})
}

// PracticeLogin is the practice gateway's login form.
func PracticeLogin() api.State {
	s, login := Practice(), LoginRefused()
	s.Snapshot = login.Snapshot
	s.Current, s.Snapshot.Entry, s.Snapshot.Gateway = "p", "Practice gateway", "practice.torii.invalid"
	s.Snapshot.Question.Error, s.Snapshot.Question.Title = "", ""
	return s
}

// Banner is a text to accept.
func Banner() api.State {
	return asking(tunnel.Question{
		ID: "q4", Kind: tunnel.QuestionBanner,
		Message: "This network belongs to Example Corp. Use is recorded.\n\nMaintenance on Sunday from 02:00 to 04:00.",
		Choices: []tunnel.Choice{tunnel.ChoiceOK, tunnel.ChoiceCancel},
	})
}

// Untrusted is a server that could not be verified.
func Untrusted() api.State {
	s := asking(tunnel.Question{
		ID: "q5", Kind: tunnel.QuestionUntrustedServer, Sensitive: true,
		Server: &tunnel.ServerCertificate{
			Host: "vpn.example.com", Port: 443,
			Fingerprint: "4f1a9c0077d24e31b8a6e5f0c3d2918ad4b7725e6f908172635445362718090a",
			Subject:     "CN=old.example.com,O=Example Corp,C=JP", Issuer: "CN=Example Corp Internal CA,O=Example Corp,C=JP",
			Names:     []string{"old.example.com", "vpn-old.example.com"},
			NotBefore: time.Date(2024, 11, 19, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC),
			Problems: []string{"name-mismatch", "expired", "unknown-issuer"},
		},
		Choices: []tunnel.Choice{tunnel.ChoiceCancel, tunnel.ChoiceContinue, tunnel.ChoiceImport},
	})
	s.Snapshot.Phase = tunnel.PhaseVerifying
	return s
}

// UntrustedBlocked is such a server where going on is not allowed.
func UntrustedBlocked() api.State {
	s := Untrusted()
	s.Snapshot.Question.ID = "q6"
	s.Snapshot.Question.Choices = []tunnel.Choice{tunnel.ChoiceCancel, tunnel.ChoiceSettings}
	s.Snapshot.Question.Server.Problems = []string{"self-signed"}
	return s
}

// CertificateChoice is a gateway that asks which certificate is to be shown.
func CertificateChoice() api.State {
	return asking(tunnel.Question{
		ID: "q7", Kind: tunnel.QuestionCertificate,
		Certificates: []tunnel.CertificateOption{
			{ID: "c1", Name: "Ichiro Suzuki (2024)", Issuer: "Example Corp User CA", NotAfter: Now().AddDate(0, -2, 0), Expired: true},
			{ID: "c2", Name: "Ichiro Suzuki", Issuer: "Example Corp User CA", NotAfter: Now().AddDate(1, 0, 0)},
			{ID: "c3", Name: "suzuki@contractors.research-and-development.example.com",
				Issuer: "Example Corp Contractors and Suppliers Issuing Authority G2", NotAfter: Now().AddDate(0, 3, 0)},
		},
		Choices: []tunnel.Choice{tunnel.ChoiceOK, tunnel.ChoiceCancel},
	})
}

// Consent is another program's request, beside a connection that is up.
func Consent(action api.ConsentAction) api.State {
	s := Connected()
	s.Consent = &api.Consent{ID: "c-" + string(action), Action: action, Until: Now().Add(2 * time.Minute)}
	if action.NamesHost() {
		s.Consent.Host = "vpn.example.com"
	}
	return s
}

// LongConsent is a request for a host with a long name.
func LongConsent() api.State {
	s := Consent(api.ConsentCreate)
	s.Consent.ID, s.Consent.Host = "c-long", "remote-access.contractors.research-and-development.frankfurt.example.com:8443"
	return s
}

// Screens are the States of Home, each with its name.
func Screens() []Case {
	return []Case{
		{"disconnected", Disconnected()}, {"empty", Empty()}, {"connecting", Connecting()}, {"connected", Connected()},
		{"connected-proxy", ConnectedByProxy()}, {"reconnecting", Reconnecting()}, {"disconnecting", Disconnecting()},
		{"failed", Failed()}, {"failed-certificate", FailedAtCertificate()}, {"noted", Noted()}, {"practice", Practice()},
		{"long", Long()}, {"long-failure", LongFailure()},
	}
}

// Prompts are the States with a question, each with its name.
func Prompts() []Case {
	all := []Case{
		{"login", Login()}, {"login-refused", LoginRefused()}, {"login-new-password", NewPassword()},
		{"login-practice", PracticeLogin()}, {"banner", Banner()}, {"untrusted", Untrusted()},
		{"untrusted-blocked", UntrustedBlocked()}, {"certificate", CertificateChoice()}, {"consent-long", LongConsent()},
	}
	for _, action := range api.ConsentActions() {
		all = append(all, Case{"consent-" + string(action), Consent(action)})
	}
	return all
}
