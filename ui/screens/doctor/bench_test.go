package doctor

import (
	"errors"
	"testing"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/tunnel"
	"torii/ui/screens/screentest"
	"torii/ui/theme"
	"torii/ui/uitest"
	"torii/ui/widgets/widgettest"
)

// looked is a look that waits for its end.
type looked struct {
	request api.DoctorRequest
	done    func(api.DoctorReport, error)
}

// bench is the screen in a window, before an agent that answers when it is
// told to.
type bench struct {
	*Doctor
	t      testing.TB
	window fyne.Window
	looks  []looked
	copied string
	left   int
}

func newBench(t testing.TB, mode theme.Mode, language string, size fyne.Size) *bench {
	t.Helper()
	b := &bench{t: t}
	w, texts := screentest.Window(t, mode, language)
	b.window = w
	b.Doctor = New(Deps{Texts: texts, Canvas: w.Canvas(),
		Diagnose: func(request api.DoctorRequest, done func(api.DoctorReport, error)) {
			b.looks = append(b.looks, looked{request, done})
		},
		Explain: func(err error) (string, string) { return "In words: " + err.Error() + ".", "Try again." },
		Copy:    func(text string) { b.copied = text }, Leave: func() { b.left++ },
	})
	w.SetContent(b.Object())
	w.Resize(size)
	return b
}

func english(t testing.TB) *bench { return newBench(t, theme.Light, "en", screentest.Normal) }

// next is the one look that waits.
func (b *bench) next() looked {
	b.t.Helper()
	if len(b.looks) != 1 {
		b.t.Fatalf("%d looks wait; the screen says %q", len(b.looks), widgettest.Texts(b.window.Canvas()))
	}
	l := b.looks[0]
	b.looks = nil
	return l
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

// report shows a report about the active connection's server.
func (b *bench) report(report api.DoctorReport) *bench {
	b.t.Helper()
	b.Update(uitest.Disconnected())
	b.Examine("")
	b.next().done(report, nil)
	return b
}

var errDisk = errors.New("the disk is full")

// pass are checks that are well.
func pass() []api.DoctorCheck {
	return []api.DoctorCheck{{Code: api.DoctorDNS, Status: api.DoctorPass, Seen: "203.0.113.7"},
		{Code: api.DoctorTLSVersion, Status: api.DoctorPass, Seen: "TLS 1.3"}, {Code: api.DoctorNameMismatch, Status: api.DoctorPass, Seen: "vpn.example.com"}}
}

func expired() api.DoctorCheck {
	return api.DoctorCheck{Code: api.DoctorExpired, Status: api.DoctorFail, Title: "The certificate has expired", Seen: "2026-11-21 08:00 UTC",
		Cause:  "The certificate of the server was valid until a day that has passed, and nobody has renewed it.",
		Remedy: "Nothing on this computer can mend it. Wait until the server has a new certificate.", Who: api.DoctorAdministrator,
		Tell: "The certificate of vpn.example.com expired on 2026-11-21. Please renew it."}
}

func clock() api.DoctorCheck {
	return api.DoctorCheck{Code: api.DoctorClock, Status: api.DoctorWarn, Title: "This computer's clock is wrong", Seen: "7 minutes behind",
		Cause:  "Date and time of this computer differ from the server's.",
		Remedy: "Turn the automatic time on, in the settings under Date & Time, and connect again.", Who: api.DoctorYou}
}

func well() api.DoctorReport { return api.DoctorReport{Host: "vpn.example.com", Checks: pass()} }

func failing() api.DoctorReport {
	return api.DoctorReport{Host: "vpn.example.com", Checks: append([]api.DoctorCheck{expired(), clock()}, pass()...)}
}

func mild() api.DoctorReport {
	return api.DoctorReport{Host: "vpn.example.com", Checks: append([]api.DoctorCheck{clock()}, pass()...)}
}

func silent() api.DoctorReport {
	return api.DoctorReport{Host: "vpn.example.com:8443", Checks: pass()[:1], Error: &tunnel.Failure{Code: tunnel.CodeUnreachable,
		Message: "vpn.example.com does not answer on port 8443.", Remedy: "Try another network."}}
}

// long is a report of which everything is longer than one expects.
func long() api.DoctorReport {
	one := expired()
	one.Seen = "remote-access.contractors.research-and-development.frankfurt.example.com, CN=Zertifizierungsstelle der Niederlassung Frankfurt am Main"
	one.Tell = "remote-access.contractors.research-and-development.frankfurt.example.com:8443 does not send 4F1A9C0077D24E314F1A9C0077D24E314F1A9C0077D24E31."
	r := api.DoctorReport{Host: "remote-access.contractors.research-and-development.frankfurt.example.com:8443"}
	for range 5 {
		r.Checks = append(r.Checks, one)
	}
	return r
}
