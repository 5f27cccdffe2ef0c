package home

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"torii/app/api"
	"torii/i18n"
	"torii/tunnel"
	"torii/ui/theme"
	"torii/ui/uitest"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

// notes are Actions that write down what was asked of them.
type notes struct{ calls []string }

func (n *notes) Connect()              { n.calls = append(n.calls, "connect") }
func (n *notes) Disconnect()           { n.calls = append(n.calls, "disconnect") }
func (n *notes) ChooseEntry(id string) { n.calls = append(n.calls, "choose "+id) }
func (n *notes) AddEntry()             { n.calls = append(n.calls, "add") }
func (n *notes) EditEntry(id string)   { n.calls = append(n.calls, "edit "+id) }
func (n *notes) Copy(text string)      { n.calls = append(n.calls, "copy "+text) }
func (n *notes) CheckCertificate()     { n.calls = append(n.calls, "check") }
func (n *notes) Close()                { n.calls = append(n.calls, "close") }

// bench is the screen in a window.
type bench struct {
	*Home
	*notes
	window fyne.Window
	now    time.Time
}

func newBench(t *testing.T, size fyne.Size) *bench {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	texts, err := i18n.New("en")
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{notes: &notes{}, now: uitest.Now()}
	b.window = test.NewTempWindow(t, widget.NewLabel(""))
	b.window.SetPadded(false)
	b.Home = New(Deps{Texts: texts, Actions: b.notes, Now: func() time.Time { return b.now }, Canvas: b.window.Canvas()})
	b.window.SetContent(b.Object())
	b.window.Resize(size)
	return b
}

func (b *bench) calledJust(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(b.calls, want) {
		t.Errorf("called were %q, want %q", b.calls, want)
	}
	b.calls = nil
}

func (b *bench) says(t *testing.T, words ...string) {
	t.Helper()
	texts := widgettest.Texts(b.window.Canvas())
	for _, w := range words {
		if !slices.Contains(texts, w) {
			t.Errorf("the screen does not say %q but %q", w, texts)
		}
	}
}

var normal = fyne.NewSize(420, 640)

func TestScreens(t *testing.T) {
	for _, c := range uitest.Screens() {
		t.Run(c.Name, func(t *testing.T) {
			b := newBench(t, normal)
			b.Show(c.State)
			test.AssertRendersToMarkup(t, c.Name+".xml", b.window.Canvas())
		})
	}
	t.Run("starting", func(t *testing.T) {
		test.AssertRendersToMarkup(t, "starting.xml", newBench(t, normal).window.Canvas())
	})
	t.Run("lost", func(t *testing.T) {
		b := newBench(t, normal)
		b.Show(uitest.Connected())
		b.Lost()
		test.AssertRendersToMarkup(t, "lost.xml", b.window.Canvas())
	})
}

func TestNothingIsCutOrCovered(t *testing.T) {
	for _, size := range []fyne.Size{normal, fyne.NewSize(360, 520), fyne.NewSize(900, 700), fyne.NewSize(1200, 900)} {
		for _, c := range uitest.Screens() {
			t.Run(fmt.Sprintf("%s at %v", c.Name, size.Width), func(t *testing.T) {
				b := newBench(t, size)
				b.Show(c.State)
				if fault := widgettest.Overlaps(b.window.Canvas()); fault != "" {
					t.Error(fault)
				}
			})
		}
	}
}

func TestSwitch(t *testing.T) {
	tests := []struct {
		name  string
		state api.State
		stand widgets.Stand
		calls []string
		after widgets.Stand
	}{
		{"disconnected connects", uitest.Disconnected(), widgets.Off, []string{"connect"}, widgets.Middle},
		{"failed connects again", uitest.Failed(), widgets.Off, []string{"connect"}, widgets.Middle},
		{"connecting cancels", uitest.Connecting(), widgets.Middle, []string{"disconnect"}, widgets.Middle},
		{"reconnecting cancels", uitest.Reconnecting(), widgets.Middle, []string{"disconnect"}, widgets.Middle},
		{"connected disconnects", uitest.Connected(), widgets.On, []string{"disconnect"}, widgets.On},
		{"disconnecting waits", uitest.Disconnecting(), widgets.Off, nil, widgets.Off},
		{"nothing to connect asks for an entry", uitest.Empty(), widgets.Off, []string{"add"}, widgets.Off},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, normal)
			b.Show(tt.state)
			toggle := widgettest.Find(t, b.window.Canvas(), func(*widgets.Switch) bool { return true })
			if toggle.Stands() != tt.stand {
				t.Errorf("it stands %v, want %v", toggle.Stands(), tt.stand)
			}
			test.Tap(toggle)
			b.calledJust(t, tt.calls...)
			if toggle.Stands() != tt.after {
				t.Errorf("after the press it stands %v, want %v", toggle.Stands(), tt.after)
			}
		})
	}
}

func TestGivingUpIsNoFailure(t *testing.T) {
	b := newBench(t, normal)
	state := uitest.Failed()
	state.Snapshot.Error = &tunnel.Failure{Code: tunnel.CodeCancelled, Message: "Cancelled."}
	b.Show(state)
	b.says(t, "Disconnected")
	if b.failure.object.Visible() {
		t.Error("a card says that something failed")
	}
}

func TestFailureOffersAnotherTry(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.Failed())
	b.says(t, "vpn.example.com does not answer on port 443.")
	widgettest.Press(t, b.window.Canvas(), "Try again")
	b.calledJust(t, "connect")
	b.Show(uitest.Connected())
	if b.failure.object.Visible() {
		t.Error("the failure stays although the tunnel is up")
	}
}

func TestFailureOfACertificateOffersTheDoctor(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.FailedAtCertificate())
	widgettest.Press(t, b.window.Canvas(), "Check the certificate")
	b.calledJust(t, "check")
	other := uitest.FailedAtCertificate()
	other.Snapshot.Error.Code = tunnel.CodeUnreachable
	unsaved := uitest.FailedAtCertificate()
	unsaved.Current = ""
	for name, state := range map[string]api.State{"another failure": other, "nothing that is saved": unsaved, "a tunnel": uitest.Connected()} {
		if b.Show(state); b.failure.check.Visible() {
			t.Errorf("the doctor is offered for %s", name)
		}
	}
}

func TestNotesAreThereWhileTheyHold(t *testing.T) {
	b := newBench(t, normal)
	state := uitest.Noted()
	b.Show(state)
	b.says(t, state.Snapshot.Notes[0].Message, state.Snapshot.Notes[1].Message)
	b.Lost()
	if b.Home.notes.object.Visible() {
		t.Error("what nobody can know any more is still said")
	}
	b = newBench(t, normal)
	b.Show(state)
	b.Show(uitest.Connected())
	if b.Home.notes.object.Visible() {
		t.Error("a note stays that does not hold any more")
	}
}

func TestFailedCallIsSaidUntilTheNextPress(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.Disconnected())
	test.Tap(b.status.toggle)
	b.ShowFailure("The agent did not answer.", "Try again.")
	b.says(t, "The agent did not answer.", "Disconnected")
	if b.status.toggle.Stands() != widgets.Off {
		t.Error("the switch stays in the middle")
	}
	test.Tap(b.status.toggle)
	b.Show(uitest.Connecting())
	if b.failure.object.Visible() {
		t.Error("the old failure stays")
	}
}

func TestLost(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.Connected())
	b.Lost()
	test.Tap(b.status.toggle)
	b.calledJust(t)
	b.says(t, "Torii has ended", "The program behind this window has ended.")
	widgettest.Press(t, b.window.Canvas(), "Close this window")
	b.calledJust(t, "close")
}

func TestEntries(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.Disconnected())
	test.Tap(b.entry.object)
	if b.window.Canvas().Overlays().Top() == nil {
		t.Fatal("no list opened")
	}
	items := b.entry.menu()
	var labels []string
	for _, item := range items {
		labels = append(labels, item.Label)
	}
	if got := strings.Join(labels, "|"); got != "Tokyo HQ|Osaka branch|Backup gateway|Add a connection…|Edit Tokyo HQ…" {
		t.Errorf("the list is %s", got)
	}
	if !items[0].Checked || items[1].Checked {
		t.Error("the active entry is not the one that is ticked")
	}
	for _, i := range []int{0, 1, 3, 4} {
		items[i].Do()
	}
	b.calledJust(t, "choose e2", "add", "edit e1")

	b.Show(uitest.Practice())
	for _, item := range b.entry.menu() {
		if strings.HasPrefix(item.Label, "Edit") {
			t.Error("the practice gateway, which is not the person's, can be edited")
		}
	}
	b.Show(uitest.Empty())
	test.Tap(b.entry.object)
	b.calledJust(t, "add")
}

func TestCopy(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.ConnectedByProxy())
	widgettest.Press(t, b.window.Canvas(), "Copy")
	b.calledJust(t, "copy 127.0.0.1:1080")
}

func TestTrafficHasRates(t *testing.T) {
	b := newBench(t, normal)
	state := uitest.Connected()
	b.Show(state)
	b.says(t, "0 B/s", "318 MB received", "22.1 MB sent")
	b.now = b.now.Add(2 * time.Second)
	state.Snapshot.BytesReceived += 2_480_000
	state.Snapshot.BytesSent += 168_000
	b.Show(state)
	b.Tick()
	b.says(t, "1.24 MB/s", "84.0 kB/s", "00:42:12 · 10.99.0.190")
	// Another connection begins anew.
	state.Snapshot.Since, state.Snapshot.Stats = b.now, tunnel.Stats{BytesReceived: 10}
	b.Show(state)
	b.says(t, "0 B/s", "10 B received", "00:00:00 · 10.99.0.190")
}

func TestServer(t *testing.T) {
	for want, e := range map[string]api.Entry{
		"vpn.example.com":           {Host: "vpn.example.com"},
		"vpn.example.com:8443":      {Host: "vpn.example.com", Port: 8443},
		"vpn.example.com/staff":     {Host: "vpn.example.com", Path: "/staff"},
		"[2001:db8::1]:443":         {Host: "2001:db8::1", Port: 443},
		"hidden.example.com":        {Host: "hidden.example.com", Path: "/?secret"},
		"hidden.example.com/groups": {Host: "hidden.example.com", Path: "/groups?secret"},
	} {
		if got := server(e); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestTransportIsSaidOnce(t *testing.T) {
	for _, tt := range []struct{ transport, cipher, want string }{
		{"dtls", "DTLS 1.2, PSK, AES-256-GCM", "DTLS 1.2, PSK, AES-256-GCM"}, {"tls", "AES-256-GCM", "TLS, AES-256-GCM"},
		{"tls", "TLS_AES_256_GCM_SHA384", "TLS, TLS_AES_256_GCM_SHA384"}, {"esp", "", "ESP"}, {"", "AES", "AES"},
	} {
		b := newBench(t, normal)
		state := uitest.Connected()
		state.Snapshot.Transport, state.Snapshot.Cipher = tt.transport, tt.cipher
		b.Show(state)
		b.says(t, tt.want)
	}
}
