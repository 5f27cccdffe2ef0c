//go:build screenshots

package window

import (
	"context"
	"flag"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"

	"torii/app/api"
	"torii/i18n"
	"torii/tunnel"
	"torii/ui/screens/screentest"
	"torii/ui/theme"
	"torii/ui/uitest"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

var (
	out   = flag.String("out", "", "folder for the pictures of TestScreenshots")
	only  = flag.String("only", "", "draw those pictures alone whose name contains this")
	scale = flag.Float64("scale", 1, "pixels for each device-independent pixel")
	faces = flag.String("faces", "light-en,dark-en,contrast-en,light-ja-JP,dark-ja-JP,light-de-DE,dark-de-DE",
		"themes and languages of the pictures")
)

// TestScreenshots draws every screen and prompt, for people to look at.
func TestScreenshots(t *testing.T) {
	if *out == "" {
		t.Skip("no -out")
	}
	sizes := map[string]fyne.Size{"": {Width: 420, Height: 640}, "small-": {Width: 360, Height: 520}, "wide-": {Width: 900, Height: 700}}
	cases := slices.Concat(uitest.Screens(), uitest.Prompts(), pictures(), firstRun())
	for face := range strings.SplitSeq(*faces, ",") {
		mode, language, ok := strings.Cut(face, "-")
		if !ok {
			t.Fatalf("%q is no theme and language, such as light-en", face)
		}
		for prefix, size := range sizes {
			for _, c := range cases {
				name := face + "/" + prefix + c.Name
				if strings.Contains(name, *only) {
					shoot(t, filepath.Join(*out, name+".png"), theme.Mode(mode), language, size, c)
				}
			}
		}
	}
}

// pictures are States that the window gets to by more than a State.
func pictures() []uitest.Case {
	return []uitest.Case{{Name: "menu", State: uitest.Disconnected()}, {Name: "editor", State: uitest.Disconnected()},
		{Name: "editor-error", State: uitest.Disconnected()}, {Name: "change", State: uitest.Connected()},
		{Name: "untrusted-details", State: uitest.Untrusted()}, {Name: "lost", State: uitest.Connected()}, {Name: "silent", State: uitest.Connected()}, {Name: "no-font", State: uitest.Disconnected()},
		{Name: "page-connections", State: screentest.Full()}, {Name: "page-details", State: screentest.Full()},
		{Name: "page-details-long", State: screentest.Long()}, {Name: "page-details-none", State: uitest.Disconnected()},
		{Name: "page-diagnostics", State: screentest.Full()}, {Name: "page-certificates", State: screentest.Full()},
		{Name: "page-doctor", State: screentest.Full()}, {Name: "doctor-found", State: uitest.FailedAtCertificate()},
		{Name: "certificates-import", State: screentest.Full()}, {Name: "certificates-choose", State: screentest.Full()}, {Name: "page-settings", State: screentest.Full()},
		{Name: "page-settings-long", State: screentest.Long()}, {Name: "page-about", State: screentest.Full()},
		{Name: "help", State: uitest.Disconnected()}, {Name: "quit", State: uitest.Connected()}}
}

// firstRun are the steps of the first run, each in all that it can look like.
func firstRun() []uitest.Case {
	var all []uitest.Case
	for _, name := range []string{"", "-address", "-mistyped", "-looking", "-found", "-untrusted", "-nobody", "-link", "-link-empty", "-file",
		"-connect", "-connect-long", "-connect-unnamed"} {
		all = append(all, uitest.Case{Name: "welcome" + name, State: uitest.FirstRun()})
	}
	return all
}

// playFirstRun goes as far as the picture of that name.
func playFirstRun(b *bench, name string) {
	const long = "remote-access.contractors.research-and-development.frankfurt.example.com:8443/contractors-without-a-device"
	canvas := b.window.Canvas()
	card := map[string]int{"link": 1, "link-empty": 1, "file": 2}
	test.Tap(widgettest.All[*widgets.PressCard](canvas)[card[name]])
	address := map[string]string{"address": "", "mistyped": "192.0.2", "untrusted": long, "connect-long": long}
	text, ok := address[name]
	if !ok {
		text = "vpn.example.com"
	}
	if _, typed := card[name]; !typed {
		test.Type(canvas.Focused(), text)
	}
	probe := map[string]api.Probe{
		"found":     {Gateway: "anyconnect", Server: &tunnel.ServerCertificate{}},
		"untrusted": {Server: &tunnel.ServerCertificate{Names: []string{"old.example.com"}, Problems: []string{"name-mismatch", "self-signed"}}},
		"nobody":    {Code: tunnel.CodeUnreachable},
	}
	b.agent.Answer = func(ctx context.Context, call uitest.Call, result any) error {
		found, seen := probe[name]
		if !seen || call.Method != api.MethodProbe {
			<-ctx.Done()
			return ctx.Err()
		}
		*result.(*api.Probe) = found
		return nil
	}
	if _, seen := probe[name]; seen || name == "looking" {
		b.now = b.now.Add(time.Second)
		b.Window.welcome.Tick()
		b.called()
		host, _, _ := strings.Cut(text, ":")
		looking := b.texts.Text("welcome.check.looking", i18n.Values{"Host": host})
		b.until("what was found is shown", func() bool { return b.says(looking) == (name == "looking") })
	}
	if name == "link-empty" || strings.HasPrefix(name, "connect") {
		widgettest.Key(b.t, canvas, fyne.KeyReturn)
	}
	if name == "connect-unnamed" {
		widgettest.All[*widgets.Entry](canvas)[0].SetText("")
	}
}

func shoot(t *testing.T, file string, mode theme.Mode, language string, size fyne.Size, c uitest.Case) {
	b := newBench(t, mode, language)
	defer b.Stop()
	b.window.Canvas().(software.WindowlessCanvas).SetScale(float32(*scale))
	b.resize(size)
	b.show(c.State)
	play(b, c)
	save(t, file, b.window.Canvas().Capture())
}

// play does what a person did before the picture.
func play(b *bench, c uitest.Case) {
	a := &actions{b.Window}
	if c.State.Snapshot.State.Up() {
		traffic(b, c.State)
	}
	if page, ok := strings.CutPrefix(c.Name, "page-"); ok {
		b.answers()
		page, _, _ = strings.Cut(page, "-")
		b.open(page)
		if page == pageDetails && c.State.Snapshot.State.Up() || page == pageDiagnostics || page == pageSettings || page == pageCertificates {
			b.called()
			b.until("the answer is there", func() bool { return answered(b, page) })
		}
	}
	if step, ok := strings.CutPrefix(c.Name, "welcome-"); ok {
		playFirstRun(b, step)
	}
	switch c.Name {
	case "help":
		b.help()
	case "quit":
		b.quit()
	case "menu":
		b.home.OpenEntries()
	case "editor":
		a.EditEntry("e1")
	case "editor-error":
		a.AddEntry()
		widgettest.Press(b.t, b.window.Canvas(), b.texts.Text("connections.editor.save"))
	case "change":
		a.ChooseEntry("e2")
	case "untrusted-details":
		widgettest.Press(b.t, b.window.Canvas(), b.texts.Text("prompt.trust.details"))
	case "doctor-found":
		b.answers()
		a.CheckCertificate()
		b.until("what was found is shown", func() bool { return b.says("The certificate has expired") })
	case "certificates-import", "certificates-choose":
		b.open(pageCertificates)
		b.Window.certificates.Import()
		if c.Name == "certificates-choose" {
			widgettest.Press(b.t, b.window.Canvas(), b.texts.Text("certs.import.choose"))
		}
	case "silent":
		b.hear(true)
	case "no-font":
		b.unfit = "ja-JP"
		b.notice.tell(b.Window)
	case "lost":
		b.agent.Leave()
		b.until("the agent is gone", func() bool { return b.lost })
	}
}

// answered reports whether a page shows what it asked for.
func answered(b *bench, page string) bool {
	switch page {
	case pageDetails:
		return !b.says(b.texts.Text("details.graph.rate", i18n.Values{"Amount": "0 B"}))
	case pageCertificates:
		return !b.says(b.texts.Text("certs.wait"))
	case pageSettings:
		return !b.says(b.texts.Text("settings.stored.wait"))
	}
	return !b.says(b.texts.Text("diagnostics.wait"))
}

// traffic lets a minute of it pass.
func traffic(b *bench, state api.State) {
	for i := range 60 {
		b.now = b.now.Add(time.Second)
		wave := 600e3 + 500e3*math.Sin(float64(i)/3)*math.Cos(float64(i)/7) + float64(i%7)*60e3
		state.Snapshot.BytesReceived += uint64(wave)
		state.Snapshot.BytesSent += uint64(wave / 15)
		b.show(state)
		b.home.Tick()
	}
}

func save(t *testing.T, file string, picture image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, picture); err != nil {
		t.Fatal(err)
	}
}
