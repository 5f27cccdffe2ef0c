package certificates

import (
	"errors"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"torii/app/api"
	"torii/ui/prompts"
	"torii/ui/screens/screentest"
	"torii/ui/theme"
	"torii/ui/uitest"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

// called is a call that waits for its end.
type called struct {
	uitest.Call
	result any
	done   func(error)
}

// bench is the screen in a window, before an agent that answers when it is
// told to, and a person who agrees at once.
type bench struct {
	*Certificates
	t      testing.TB
	window fyne.Window
	calls  []called
	asked  []prompts.Confirmation
	copied string
	left   int
	picked func(path string)
}

func newBench(t testing.TB, mode theme.Mode, language string, size fyne.Size) *bench {
	t.Helper()
	b := &bench{t: t}
	w, texts := screentest.Window(t, mode, language)
	b.window = w
	b.Certificates = New(Deps{Texts: texts, Canvas: w.Canvas(), Now: uitest.Now,
		Call: func(method api.Method, params, result any, done func(error)) {
			b.calls = append(b.calls, called{uitest.Call{Method: method, Params: params}, result, done})
		},
		Explain: func(err error) (string, string) { return "In words: " + err.Error() + ".", "Try again." },
		Confirm: func(c prompts.Confirmation) { b.asked = append(b.asked, c) },
		Copy:    func(text string) { b.copied = text }, Pick: func(done func(string)) { b.picked = done },
		Leave: func() { b.left++ },
	})
	w.SetContent(b.Object())
	w.Resize(size)
	b.Update(state())
	b.Show()
	return b
}

func english(t testing.TB) *bench { return newBench(t, theme.Light, "en", screentest.Normal) }

// next is the call that was made last, which must be of a method.
func (b *bench) next(method api.Method) called {
	b.t.Helper()
	if len(b.calls) != 1 || b.calls[0].Method != method {
		b.t.Fatalf("called were %+v, want %s; the screen says %q", b.calls, method, widgettest.Texts(b.window.Canvas()))
	}
	c := b.calls[0]
	b.calls = nil
	return c
}

// listed answers with a list.
func (b *bench) listed(list []api.Certificate) *bench {
	b.t.Helper()
	c := b.next(api.MethodCertificates)
	*c.result.(*[]api.Certificate) = list
	c.done(nil)
	return b
}

// tab turns to a kind.
func (b *bench) tab(kind api.CertificateKind) *bench {
	tabs := widgettest.Find(b.t, b.window.Canvas(), func(*widgets.Segments) bool { return true })
	for i, k := range api.CertificateKinds() {
		if k == kind {
			tabs.Tapped(&fyne.PointEvent{Position: fyne.NewPos(tabs.Size().Width*(float32(i)+0.5)/3, 5)})
		}
	}
	return b
}

// open opens the certificate of a name.
func (b *bench) open(name string) *bench {
	b.t.Helper()
	for _, card := range widgettest.All[*widgets.PressCard](b.window.Canvas()) {
		for _, o := range test.WidgetRenderer(card).Objects() {
			if contains(o, name) {
				test.Tap(card)
				return b
			}
		}
	}
	b.t.Fatalf("there is no card of %q", name)
	return nil
}

func contains(o fyne.CanvasObject, words string) bool {
	switch o := o.(type) {
	case *widgets.Text:
		return o.Text() == words
	case *fyne.Container:
		for _, child := range o.Objects {
			if contains(child, words) {
				return true
			}
		}
	}
	return false
}

// entry is the line to type in of a place.
func (b *bench) entry(at int) *widgets.Entry {
	b.t.Helper()
	all := widgettest.All[*widgets.Entry](b.window.Canvas())
	if at >= len(all) {
		b.t.Fatalf("there are %d entries", len(all))
	}
	return all[at]
}

func (b *bench) press(text string) { b.t.Helper(); widgettest.Press(b.t, b.window.Canvas(), text) }

func (b *bench) says(words ...string) {
	b.t.Helper()
	screentest.Says(b.t, b.window.Canvas(), words...)
}

func (b *bench) saysNot(words ...string) {
	b.t.Helper()
	screentest.SaysNot(b.t, b.window.Canvas(), words...)
}

var errDisk = errors.New("the disk is full")

// state is a State whose first connection shows a certificate.
func state() api.State {
	s := uitest.Disconnected()
	s.Entries[0].Certificate = "Ichiro Suzuki"
	return s
}

// made is a certificate that ends some days from now.
func made(kind api.CertificateKind, id, name, issuer string, days int) api.Certificate {
	end := uitest.Now().AddDate(0, 0, days).Add(time.Hour)
	status := api.CertificateValid
	if days < 0 {
		status = api.CertificateExpired
	}
	return api.Certificate{Kind: kind, ID: id, Name: name, Added: uitest.Now().AddDate(-1, 0, 0), CertificateDetails: api.CertificateDetails{
		Subject: "CN=" + name + ",O=Example Corp,C=JP", Issuer: "CN=" + issuer + ",O=Example Corp,C=JP", IssuerName: issuer,
		Serial: "4f1a9c0077d24e31", NotBefore: end.AddDate(-2, 0, 0), NotAfter: end, Status: status,
		KeyUsages: []string{"digitalSignature"}, ExtendedKeys: []string{"clientAuth"}, Key: "ECDSA P-256", Signature: "ECDSA-SHA256",
		Fingerprint: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	}}
}

// store is a store with all kinds of certificates in it.
func store() []api.Certificate {
	mine := made(api.CertificateUser, "u1", "Ichiro Suzuki", "Example Corp User CA", 400)
	mine.Names, mine.Keeping = []string{"suzuki@example.com"}, api.KeepInKeyring
	mine.Chain = []api.CertificateDetails{made(api.CertificateAuthority, "", "Example Corp User CA", "Example Corp Root", 2000).CertificateDetails}
	ending := made(api.CertificateUser, "u2", "Suzuki, contractor", "Example Corp User CA", 12)
	ending.Locked, ending.Keeping = true, api.KeepUnderPassphrase
	past := made(api.CertificateUser, "u3", "Ichiro Suzuki (2024)", "Example Corp User CA", -60)
	past.Keeping = api.KeepInMemory
	lab := made(api.CertificateServer, "s1", "lab.example.com", "lab.example.com", 0)
	lab.Host, lab.Port = "lab.example.com", 8443
	root := made(api.CertificateAuthority, "a1", "Example Corp Root", "Example Corp Root", 2000)
	root.Root = true
	middle := made(api.CertificateAuthority, "a2", "Example Corp Server CA", "Example Corp Root", 900)
	early := made(api.CertificateAuthority, "a3", "Example Corp Root G2", "Example Corp Root G2", 3000)
	early.Status, early.NotBefore, early.Root = api.CertificateNotYetValid, uitest.Now().AddDate(0, 1, 0), true
	return []api.Certificate{mine, ending, past, lab, root, middle, early}
}

// long is a store in which everything is longer than one expects.
func long() []api.Certificate {
	one := made(api.CertificateUser, "l1", "suzuki@contractors.research-and-development.frankfurt.example.com",
		"Zertifizierungsstelle der Niederlassung Frankfurt am Main für freie Mitarbeiter", 3)
	one.Subject = "CN=suzuki@contractors.research-and-development.frankfurt.example.com,OU=Forschung und Entwicklung,O=Example Corp,L=Frankfurt am Main,C=DE"
	one.Names = []string{"suzuki@contractors.research-and-development.frankfurt.example.com", "一郎.鈴木@東京本社第二別館地下研究室.example.jp"}
	one.KeyUsages = []string{"digitalSignature", "contentCommitment", "keyEncipherment", "dataEncipherment", "keyAgreement"}
	one.Keeping = api.KeepInMemory
	all := []api.Certificate{one}
	for i := range 8 {
		all = append(all, made(api.CertificateUser, string(rune('m'+i)), "Ichiro Suzuki", "Example Corp User CA", 30*i))
	}
	return all
}
