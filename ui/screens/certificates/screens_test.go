package certificates

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/screens/screentest"
	"torii/ui/theme"
	"torii/ui/widgets/widgettest"
)

// scene is the screen as a person sees it after some presses.
type scene struct {
	name string
	play func(b *bench)
}

// scenes are all that the screen can look like.
func scenes() []scene {
	kind := func(k api.CertificateKind) func(*bench) { return func(b *bench) { b.listed(store()).tab(k) } }
	none := func(k api.CertificateKind) func(*bench) { return func(b *bench) { b.listed(nil).tab(k) } }
	wanted := func(wants ...api.Want) func(*bench) {
		return func(b *bench) {
			b.listed(nil).Import()
			b.entry(0).SetText("/home/suzuki/suzuki.p12")
			for _, want := range wants {
				b.coming.want(want)
			}
		}
	}
	return []scene{
		{"waiting", func(*bench) {}},
		{"failed", func(b *bench) { b.next(api.MethodCertificates).done(errDisk) }},
		{"user", kind(api.CertificateUser)},
		{"server", kind(api.CertificateServer)},
		{"authority", kind(api.CertificateAuthority)},
		{"empty-user", none(api.CertificateUser)},
		{"empty-server", none(api.CertificateServer)},
		{"empty-authority", none(api.CertificateAuthority)},
		{"long", func(b *bench) { b.listed(long()) }},
		{"details", func(b *bench) { b.listed(store()).open("Ichiro Suzuki") }},
		{"details-expired", func(b *bench) { b.listed(store()).open("Ichiro Suzuki (2024)") }},
		{"details-long", func(b *bench) {
			b.listed(long()).open("suzuki@contractors.research-and-development.frankfurt.example.com")
		}},
		{"import", wanted()},
		{"import-password", wanted(api.WantOtherPassword)},
		{"import-keep", wanted(api.WantPassword, api.WantKeep)},
		{"import-passphrase", wanted(api.WantOtherPassphrase)},
		{"import-server", wanted(api.WantServer)},
		{"imported", func(b *bench) {
			b.listed(store())
			b.Import()
			b.coming.done(api.ImportedCertificates{Added: store()[:2], Left: 1})
			b.listed(store())
		}},
	}
}

func TestScenes(t *testing.T) {
	for _, s := range scenes() {
		t.Run(s.name, func(t *testing.T) {
			b := english(t)
			s.play(b)
			test.AssertRendersToMarkup(t, s.name+".xml", b.window.Canvas())
		})
	}
}

func TestNothingIsCutOrCovered(t *testing.T) {
	for _, size := range []fyne.Size{screentest.Normal, screentest.Small, screentest.Wide} {
		for _, language := range i18n.Languages() {
			if size != screentest.Small && language != "en" {
				continue // what fits into the smallest window fits into the others
			}
			for _, s := range scenes() {
				t.Run(fmt.Sprintf("%s %s at %v", s.name, language, size.Width), func(t *testing.T) {
					// What is scrolled out of sight counts as seen, so everything has to fit.
					b := newBench(t, theme.Light, language, fyne.NewSize(size.Width, 3000))
					s.play(b)
					if fault := widgettest.Overlaps(b.window.Canvas()); fault != "" {
						t.Error(fault)
					}
				})
			}
		}
	}
}
