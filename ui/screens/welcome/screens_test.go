package welcome

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"torii/app/api"
	"torii/tunnel"
	"torii/ui/widgets/widgettest"
)

// scene is the screen as a person sees it after some presses.
type scene struct {
	name string
	play func(b *bench)
}

// scenes are all that the screen can look like.
func scenes() []scene {
	typed := func(address string) func(*bench) {
		return func(b *bench) { b.choose(0); b.write(address) }
	}
	found := func(address string, probe api.Probe) func(*bench) {
		return func(b *bench) {
			typed(address)(b)
			b.wait()
			call := b.call(api.MethodProbe)
			*call.result.(*api.Probe) = probe
			call.done(nil)
		}
	}
	const long = "remote-access.contractors.research-and-development.frankfurt.example.com:8443/contractors-without-a-device"
	next := func(address string) func(*bench) {
		return func(b *bench) { typed(address)(b); b.key(fyne.KeyReturn) }
	}
	return []scene{
		{"ways", func(*bench) {}},
		{"address", func(b *bench) { b.choose(0) }},
		{"address-mistyped", typed("192.0.2")},
		{"address-looking", func(b *bench) { typed("vpn.example.com")(b); b.wait() }},
		{"address-found", found("vpn.example.com", api.Probe{Gateway: "anyconnect", Server: &tunnel.ServerCertificate{}})},
		{"address-untrusted", found(long, api.Probe{Server: &tunnel.ServerCertificate{Names: []string{"old.example.com"},
			Problems: []string{"name-mismatch", "self-signed"}}})},
		{"address-nobody", found("vpn.example.com", api.Probe{Code: tunnel.CodeUnreachable})},
		{"link", func(b *bench) { b.choose(1) }},
		{"link-empty", func(b *bench) { b.choose(1); b.key(fyne.KeyReturn) }},
		{"file", func(b *bench) { b.choose(2) }},
		{"connect", next("vpn.example.com")},
		{"connect-long", next(long)},
		{"connect-failed", func(b *bench) {
			next("vpn.example.com")(b)
			b.key(fyne.KeyReturn)
			b.call(api.MethodAddEntry).done(tunnel.Errorf(tunnel.CodeInternal, "save", "disk full"))
		}},
	}
}

func TestScreens(t *testing.T) {
	for _, s := range scenes() {
		t.Run(s.name, func(t *testing.T) {
			b := newBench(t)
			s.play(b)
			test.AssertRendersToMarkup(t, s.name+".xml", b.canvas())
		})
	}
}

func TestNothingIsCutOrCovered(t *testing.T) {
	small := fyne.NewSize(360, 520)
	for _, in := range []struct {
		language string
		size     fyne.Size
	}{{"en", small}, {"de-DE", small}, {"ja-JP", small}, {"en", fyne.NewSize(1200, 900)}} {
		for _, s := range scenes() {
			b := newBenchIn(t, in.size, in.language)
			s.play(b)
			for _, e := range b.entries() {
				e.SetText("") // what is typed scrolls inside its field
			}
			if fault := widgettest.Overlaps(b.canvas()); fault != "" {
				t.Errorf("%s in %s at %v: %s", s.name, in.language, in.size.Width, fault)
			}
		}
	}
}
