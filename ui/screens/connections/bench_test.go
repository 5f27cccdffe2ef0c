package connections

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"torii/app/api"
	"torii/i18n"
	"torii/tunnel"
	"torii/ui/prompts"
	"torii/ui/theme"
	"torii/ui/uitest"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

// called is a call that waits for its end.
type called struct {
	uitest.Call
	done func(error)
}

// bench is the screen in a window, before an agent that answers when it is
// told to.
type bench struct {
	*Connections
	t       testing.TB
	window  fyne.Window
	prompts *prompts.Prompts
	calls   []called
	store   []api.Certificate // the person's certificates
	locked  error             // why they cannot be listed
}

var (
	normal = fyne.NewSize(420, 640)
	small  = fyne.NewSize(360, 520)
	wide   = fyne.NewSize(900, 700)
)

func newBench(t testing.TB, size fyne.Size) *bench { return newBenchIn(t, size, theme.Light, "en") }

func newBenchIn(t testing.TB, size fyne.Size, mode theme.Mode, language string) *bench {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(mode))
	texts, err := i18n.New(language)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, store: []api.Certificate{{Kind: api.CertificateUser, ID: "c1", Name: "suzuki@example.com (2027)",
		CertificateDetails: api.CertificateDetails{Status: api.CertificateValid}}}}
	b.window = test.NewTempWindow(t, widget.NewLabel(""))
	b.window.SetPadded(false)
	canvas := b.window.Canvas()
	b.prompts = prompts.New(prompts.Deps{Texts: texts, Canvas: canvas,
		Answer: func(api.AnswerRequest, func(error)) {}, Explain: func(err error) string { return err.Error() }})
	b.Connections = New(Deps{
		Texts: texts, Canvas: canvas, Confirm: b.prompts.Confirm,
		Call: func(method api.Method, params, result any, done func(error)) {
			if method == api.MethodCertificates {
				*result.(*[]api.Certificate) = b.store
				done(b.locked)
				return
			}
			b.calls = append(b.calls, called{uitest.Call{Method: method, Params: params}, done})
		},
		Explain: func(err error) (string, string) { return "In words: " + err.Error() + ".", "Try again." },
	})
	b.window.SetContent(b.Object())
	b.window.Resize(size)
	return b
}

// wants checks the calls since the last look, and returns the last one.
func (b *bench) wants(want ...uitest.Call) called {
	b.t.Helper()
	var got []uitest.Call
	last := called{}
	for _, c := range b.calls {
		got, last = append(got, c.Call), c
	}
	if !reflect.DeepEqual(got, want) {
		b.t.Errorf("called were %+v, want %+v", got, want)
	}
	b.calls = nil
	return last
}

func (b *bench) canvas() fyne.Canvas { return b.window.Canvas() }

func (b *bench) press(text string) {
	b.t.Helper()
	widgettest.Press(b.t, b.canvas(), text)
}

// items are the lines of the menu of a row, which is open then.
func (b *bench) items(id string) []widgets.MenuItem {
	b.t.Helper()
	test.Tap(b.rows[id].more)
	return widgettest.Find(b.t, b.canvas(), func(*widgets.Menu) bool { return true }).Items()
}

// pick does what a line of a row's menu says.
func (b *bench) pick(id, label string) {
	b.t.Helper()
	items := b.items(id)
	at := slices.IndexFunc(items, func(i widgets.MenuItem) bool { return i.Label == label })
	if at < 0 || items[at].Do == nil {
		b.t.Fatalf("%s cannot be done with %s: %+v", label, id, items)
	}
	widgettest.Find(b.t, b.canvas(), func(*widgets.Menu) bool { return true }).Close()
	items[at].Do()
}

func (b *bench) says(words ...string) {
	b.t.Helper()
	texts := widgettest.Texts(b.canvas())
	for _, w := range words {
		if !slices.Contains(texts, w) {
			b.t.Errorf("the window does not say %q but %q", w, texts)
		}
	}
}

func (b *bench) saysNot(words ...string) {
	b.t.Helper()
	texts := widgettest.Texts(b.canvas())
	for _, w := range words {
		if slices.Contains(texts, w) {
			b.t.Errorf("the window says %q", w)
		}
	}
}

// field is the entry, among those that can be seen, that holds a text.
func (b *bench) field(text string) *widgets.Entry {
	b.t.Helper()
	return widgettest.Find(b.t, b.canvas(), func(e *widgets.Entry) bool { return e.Text == text })
}

// origins is a State with connections from everywhere.
func origins() api.State {
	s := uitest.Disconnected()
	s.Entries[0].HasSecrets = true
	s.Entries = append(s.Entries,
		api.Entry{ID: "p", Name: "Practice gateway", Host: "practice.torii.invalid", Protocol: "anyconnect", Mode: tunnel.ModeProxy,
			Roaming: true, Origin: api.OriginPractice},
		api.Entry{ID: "m1", Name: "Kyoto lab", Host: "kyoto.example.com", Path: "/lab", Protocol: "anyconnect", Mode: tunnel.ModeTUN,
			Roaming: true, Certificate: api.CertificateAutomatic, Origin: "profile", LockedBy: "Example Corp",
			Locked: []string{"name", "host", "port", "path", "roaming", "certificate"}},
		api.Entry{ID: "a1", Name: "Sales apps", Host: "apps.example.jp", Protocol: "anyconnect", Mode: tunnel.ModeTUN, Origin: "profile",
			LockedBy: "Example Corp", AppRules: []string{"com.example.crm", "com.example.mail"}},
	)
	return s
}

// long is a State with long names and addresses.
func long() api.State {
	s := uitest.Connected()
	s.Entries[0].Name = "Niederlassung Frankfurt am Main, Forschung und Entwicklung"
	s.Entries[0].Host, s.Entries[0].Path = "remote-access.research-and-development.example.com", "/contractors-without-a-device"
	s.Snapshot.Entry = s.Entries[0].Name
	s.Entries[1].Name = "東京本社第二別館地下研究室経由大阪支店行き非常用接続"
	for i := range 12 {
		s.Entries = append(s.Entries, api.Entry{ID: fmt.Sprint("x", i), Name: fmt.Sprintf("Branch %02d", i+1),
			Host: fmt.Sprintf("branch-%02d.example.net", i+1), Mode: tunnel.ModeTUN, Origin: api.OriginUser})
	}
	return s
}

// full is an entry that has everything.
func full() api.Entry {
	e := uitest.Disconnected().Entries[0]
	e.Port, e.Certificate = 8443, "suzuki@example.com (2027)"
	e.OnDemand = &api.OnDemand{Enabled: true, Never: []string{"vpn.example.com"}, IfNeeded: []string{".example.com", "wiki.example.net"}}
	e.IPsec = &api.IPsec{Enabled: true, Authentication: "EAP-GTC", Identity: "*$AnyConnectClient$*"}
	e.UpstreamProxy = "http://proxy.example.com:3128"
	e.AppRules = []string{"com.example.crm"}
	return e
}

var errDisk = errors.New("the disk is full")
