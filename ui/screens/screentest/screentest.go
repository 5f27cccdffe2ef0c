// Package screentest holds what the tests of several screens share: a window
// in a language and a look, and States with everything in them. Only tests
// import it.
package screentest

import (
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/theme"
	"torii/ui/uitest"
	"torii/ui/widgets/widgettest"
)

// Normal, Small and Wide are the sizes at which screens are tested.
var (
	Normal = fyne.NewSize(420, 640)
	Small  = fyne.NewSize(360, 520)
	Wide   = fyne.NewSize(900, 700)
)

// Window opens an empty window and a catalogue.
func Window(t testing.TB, mode theme.Mode, language string) (fyne.Window, *i18n.Catalogue) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(mode))
	texts, err := i18n.New(language)
	if err != nil {
		t.Fatal(err)
	}
	w := test.NewTempWindow(t, widget.NewLabel(""))
	w.SetPadded(false)
	return w, texts
}

// Says fails where a text cannot be read.
func Says(t testing.TB, c fyne.Canvas, words ...string) {
	t.Helper()
	texts := widgettest.Texts(c)
	for _, w := range words {
		if !slices.Contains(texts, w) {
			t.Errorf("the screen does not say %q but %q", w, texts)
		}
	}
}

// SaysNot fails where a text can be read.
func SaysNot(t testing.TB, c fyne.Canvas, words ...string) {
	t.Helper()
	texts := widgettest.Texts(c)
	for _, w := range words {
		if slices.Contains(texts, w) {
			t.Errorf("the screen says %q", w)
		}
	}
}

// Full is a connection of which everything is known.
func Full() api.State {
	s := uitest.Connected()
	s.Snapshot.LocalEndpoint = "192.168.11.23:41022"
	s.Snapshot.DNS = []string{"10.99.0.1", "10.99.0.2"}
	s.Snapshot.SearchDomains = []string{"example.com", "corp.example.com"}
	s.Snapshot.SecureRoutes = []string{"10.99.0.0/24", "198.51.100.0/24", "fd00:99::/64"}
	s.Snapshot.NonSecureRoutes = []string{"192.168.11.0/24"}
	s.Snapshot.MTU, s.Snapshot.Interface = 1390, "torii0"
	s.Snapshot.PacketsReceived, s.Snapshot.PacketsSent = 241118, 60402
	s.Entries[0].FirstName = "vpn.example.com"
	s.Settings = Settings()
	return s
}

// Everything is such a connection that takes all traffic.
func Everything() api.State {
	s := Full()
	s.Snapshot.SecureRoutes = []string{"0.0.0.0/0", "::/0"}
	return s
}

// Long is a connection of which everything is longer than one expects.
func Long() api.State {
	s := uitest.Long()
	s.Snapshot.SecureRoutes = nil
	for i := range 340 {
		s.Snapshot.SecureRoutes = append(s.Snapshot.SecureRoutes, fmt.Sprintf("2001:db8:%x::/48", i))
	}
	s.Snapshot.LocalEndpoint = "[2001:db8:9999:2222:3333:4444:5555:6666]:61022"
	s.Snapshot.SearchDomains = []string{"abteilung-fuer-forschung-und-entwicklung.niederlassung-frankfurt.example.com"}
	s.Snapshot.DNS = []string{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:7"}
	s.Entries[0].FirstName = "remote-access.research-and-development.example.com"
	s.Settings = Settings()
	for i := range s.Settings {
		s.Settings[i].LockedBy = "Zentrale Informationstechnik der Niederlassung Frankfurt am Main"
	}
	return s
}

// Settings are all settings as the agent sends them.
func Settings() []api.Setting {
	onOff := []string{"on", "off"}
	all := []api.Setting{
		{Key: "block-untrusted-servers", Value: "on", Values: onOff, Sensitive: true},
		{Key: "external-control", Value: "prompt", Values: []string{"prompt", "enabled", "disabled"}, Sensitive: true},
		{Key: "revocation", Value: "soft", Values: []string{"soft", "hard", "off"}, Sensitive: true},
		{Key: "fips-mode", Value: "off", Values: onOff, Sensitive: true},
		{Key: "open-at-login", Value: "off", Values: onOff},
		{Key: "connect-when-opened", Value: "off", Values: onOff},
		{Key: "close-window", Value: "ask", Values: []string{"ask", "keep", "quit"}},
		{Key: "language"},
		{Key: "theme", Value: "system", Values: []string{"system", "light", "dark", "contrast"}},
		{Key: "debug-logs", Value: "off", Values: onOff},
	}
	for _, kind := range []string{"lost", "reconnected", "needs-you", "expiry", "failed"} {
		all = append(all, api.Setting{Key: "notify-" + kind, Value: "on", Values: onOff})
	}
	return all
}

// Certificates are a person's certificate and an authority.
func Certificates() []api.Certificate {
	mine := api.Certificate{Kind: api.CertificateUser, ID: "u1", Name: "Ichiro Suzuki", Keeping: api.KeepInKeyring}
	mine.IssuerName, mine.NotAfter, mine.Status = "Example Corp User CA", uitest.Now().AddDate(1, 1, 0), api.CertificateValid
	root := api.Certificate{Kind: api.CertificateAuthority, ID: "a1", Name: "Example Corp Root", Root: true}
	root.IssuerName, root.NotAfter, root.Status = "Example Corp Root", uitest.Now().AddDate(9, 0, 0), api.CertificateValid
	return []api.Certificate{mine, root}
}

// Report is what the doctor finds at a server whose certificate has expired.
func Report() api.DoctorReport {
	return api.DoctorReport{Host: "vpn.example.com", Checks: []api.DoctorCheck{
		{Code: api.DoctorExpired, Status: api.DoctorFail, Title: "The certificate has expired", Seen: "2026-11-21 08:00 UTC",
			Cause:  "The certificate of the server was valid until a day that has passed, and nobody has renewed it.",
			Remedy: "Nothing on this computer can mend it. Wait until the server has a new certificate.", Who: api.DoctorAdministrator,
			Tell: "The certificate of vpn.example.com expired on 2026-11-21. Please renew it."},
		{Code: api.DoctorDNS, Status: api.DoctorPass, Seen: "203.0.113.7"}, {Code: api.DoctorTLSVersion, Status: api.DoctorPass, Seen: "TLS 1.3"}}}
}

// Facts are the system information of a machine.
func Facts() []api.Fact {
	return []api.Fact{
		{Key: "version", Value: "1.0.0-12-gabc1234"}, {Key: "system", Value: "Debian GNU/Linux 12 (bookworm), Linux 6.1.0-30-amd64"},
		{Key: "device", Value: "ThinkPad X1 Carbon Gen 9"}, {Key: "device-id", Value: "4f1a9c0077d24e31b8a6e5f0c3d2918a (machine-id)"},
		{Key: "desktop", Value: "GNOME, wayland"}, {Key: "helper", Value: "ok"}, {Key: "keyring", Value: "none"},
		{Key: "runtime", Value: "go1.26.8 linux/amd64"}, {Key: "config", Value: "/home/suzuki/.config/torii"},
		{Key: "data", Value: "/home/suzuki/.local/share/torii"}, {Key: "state", Value: "/home/suzuki/.local/state/torii"},
	}
}

// Traffic are seconds of samples that go up and down.
func Traffic(seconds int) api.Traffic {
	var t api.Traffic
	for i := range seconds {
		wave := uint64(200_000 + (i*i*37)%900_000)
		t.Received = append(t.Received, wave)
		t.Sent = append(t.Sent, wave/5+uint64(i%9)*9_000)
	}
	return t
}
