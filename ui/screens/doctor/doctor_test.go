package doctor

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/screens/screentest"
	"torii/ui/theme"
	"torii/ui/uitest"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

// scene is the screen as a person sees it after some presses.
type scene struct {
	name string
	play func(b *bench)
}

// scenes are all that the screen can look like.
func scenes() []scene {
	shows := func(report api.DoctorReport) func(*bench) { return func(b *bench) { b.report(report) } }
	return []scene{
		{"start", func(b *bench) { b.Update(uitest.Disconnected()) }},
		{"no-connection", func(b *bench) { b.Update(uitest.Empty()) }},
		{"looking", func(b *bench) { b.Update(uitest.Disconnected()); b.Check() }},
		{"well", shows(well())},
		{"failing", shows(failing())},
		{"mild", shows(mild())},
		{"silent", shows(silent())},
		{"long", shows(long())},
		{"failed", func(b *bench) {
			b.Update(uitest.Disconnected())
			b.Check()
			b.next().done(api.DoctorReport{}, errDisk)
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

func TestLooksAtTheActiveConnection(t *testing.T) {
	b := english(t)
	b.Update(uitest.Disconnected())
	b.press("Check")
	b.says("Looking at vpn.example.com", "This takes up to half a minute.")
	b.press("Check") // once is enough
	l := b.next()
	if l.request != (api.DoctorRequest{Entry: "e1"}) {
		t.Errorf("looked at was %+v", l.request)
	}
	l.done(well(), nil)
	b.says("All is well", "Nothing is wrong with vpn.example.com.", "In order", "name, TLS 1.3, names", "Check again")
	b.saysNot("Looking at vpn.example.com")
}

func TestLooksAtAnotherAddress(t *testing.T) {
	b := english(t)
	b.Update(uitest.Disconnected())
	widgettest.Find(t, b.window.Canvas(), func(*widgets.Select) bool { return true }).SetSelected("Another address")
	b.press("Check")
	if len(b.looks) != 0 {
		t.Fatal("nothing was looked at, because nothing was typed")
	}
	widgettest.Find(t, b.window.Canvas(), func(*widgets.Entry) bool { return true }).SetText("lab.example.com:8443/staff")
	b.press("Check")
	target := b.next().request.Target
	if target == nil || target.Host != "lab.example.com" || target.Port != 8443 || target.Path != "/staff" || target.Protocol == "" {
		t.Errorf("looked at was %+v", target)
	}
	// A new State takes nothing away from who types.
	state := uitest.Disconnected()
	state.Entries = state.Entries[:2]
	b.Update(state)
	if b.address.Text != "lab.example.com:8443/staff" || b.chosen() != another {
		t.Errorf("typed is %q, chosen %q", b.address.Text, b.chosen())
	}
}

func TestFindingsSayWhoMustAct(t *testing.T) {
	b := english(t).report(failing())
	b.says("One thing is wrong", "The certificate has expired", "2026-11-21 08:00 UTC", "For the administrator",
		"Tell the administrator", "The certificate of vpn.example.com expired on 2026-11-21. Please renew it.",
		"This computer's clock is wrong", "You can act")
	texts := strings.Join(widgettest.Texts(b.window.Canvas()), "\n")
	if strings.Index(texts, "has expired") > strings.Index(texts, "clock is wrong") {
		t.Error("what warns stands before what fails")
	}
	b.press("Copy all")
	for _, line := range []string{"vpn.example.com\nOne thing is wrong\n", "\nThe certificate has expired (expired)\n", "Seen: 2026-11-21 08:00 UTC\n",
		"For the administrator: Nothing on", "\nIn order: name, TLS 1.3, names\n"} {
		if !strings.Contains(b.copied, line) {
			t.Errorf("%q is not among what was copied:\n%s", line, b.copied)
		}
	}
	b.says("Copied")
	for range 3 {
		b.Tick()
	}
	b.says("Copy all")
}

func TestVerdicts(t *testing.T) {
	english(t).report(mild()).says("A connection works", "vpn.example.com", "This computer's clock is wrong")
	english(t).report(silent()).says("vpn.example.com:8443 could not be looked at",
		"vpn.example.com does not answer on port 8443. Try another network.")
	two := failing()
	two.Checks = append([]api.DoctorCheck{expired()}, two.Checks...)
	english(t).report(two).says("2 things are wrong")
}

func TestFailureOfTheCallIsSaid(t *testing.T) {
	b := english(t)
	b.Update(uitest.Disconnected())
	b.Check()
	b.next().done(api.DoctorReport{}, errDisk)
	b.says("vpn.example.com could not be looked at", "In words: the disk is full. Try again.", "Check again")
	b.saysNot("Copy all")
}

func TestOnlyTheLastLookCounts(t *testing.T) {
	b := english(t)
	b.Update(uitest.Disconnected())
	b.Check()
	old := b.next()
	b.Examine("e2") // Home asks while another one is looked at
	b.says("Looking at osaka.example.net")
	old.done(failing(), nil)
	b.says("Looking at osaka.example.net")
	b.saysNot("One thing is wrong")
	l := b.next()
	if l.request.Entry != "e2" {
		t.Errorf("looked at was %+v", l.request)
	}
	l.done(well(), nil)
	b.says("All is well")
}

func TestEscLeaves(t *testing.T) {
	b := english(t)
	b.Update(uitest.Disconnected())
	b.window.Canvas().Focus(b.FocusTarget())
	widgettest.Key(t, b.window.Canvas(), fyne.KeyEscape)
	if b.left != 1 {
		t.Error("Esc does not leave")
	}
}

func TestHelp(t *testing.T) {
	for _, topic := range english(t).Help() {
		if len(topic.Text) < 20 || strings.HasPrefix(topic.Name, "check.") {
			t.Errorf("the help says %+v", topic)
		}
	}
}
