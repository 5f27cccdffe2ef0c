package details

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"torii/app/api"
	"torii/ui/screens/screentest"
	"torii/ui/theme"
	"torii/ui/uitest"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

// notes are Calls that write down what was asked of them.
type notes struct {
	copied string
	asked  []func(api.Traffic, error)
}

func (n *notes) Copy(text string)                      { n.copied = text }
func (n *notes) Traffic(done func(api.Traffic, error)) { n.asked = append(n.asked, done) }

// answer gives an answer to the oldest question that waits.
func (n *notes) answer(t *testing.T, traffic api.Traffic, err error) {
	t.Helper()
	if len(n.asked) == 0 {
		t.Fatal("nobody asked for the samples")
	}
	done := n.asked[0]
	n.asked = n.asked[1:]
	done(traffic, err)
}

// bench is the screen in a window.
type bench struct {
	*Details
	*notes
	window fyne.Window
	now    time.Time
}

func newBench(t *testing.T, mode theme.Mode, language string, size fyne.Size) *bench {
	t.Helper()
	b := &bench{notes: &notes{}, now: uitest.Now()}
	w, texts := screentest.Window(t, mode, language)
	b.window = w
	b.Details = New(Deps{Texts: texts, Calls: b.notes, Now: func() time.Time { return b.now }, Canvas: w.Canvas(),
		Explain: func(err error) string { return "explained: " + err.Error() }})
	w.SetContent(b.Object())
	w.Resize(size)
	b.Details.Show()
	return b
}

func english(t *testing.T) *bench { return newBench(t, theme.Light, "en", screentest.Normal) }

// cases are the States in which the screen is shown.
func cases() []uitest.Case {
	return []uitest.Case{{Name: "empty", State: uitest.Empty()}, {Name: "failed", State: uitest.Failed()},
		{Name: "full", State: screentest.Full()}, {Name: "everything", State: screentest.Everything()},
		{Name: "noted", State: uitest.Noted()}, {Name: "reconnecting", State: uitest.Reconnecting()}, {Name: "long", State: screentest.Long()}}
}

func TestScreens(t *testing.T) {
	t.Setenv("TZ", "UTC")
	for _, c := range cases() {
		t.Run(c.Name, func(t *testing.T) {
			b := english(t)
			b.Update(c.State)
			test.AssertRendersToMarkup(t, c.Name+".xml", b.window.Canvas())
		})
	}
}

func TestNothingIsCutOrCovered(t *testing.T) {
	for _, size := range []fyne.Size{screentest.Normal, screentest.Small, screentest.Wide} {
		for _, language := range []string{"en", "ja-JP"} {
			for _, c := range cases() {
				t.Run(fmt.Sprintf("%s %s at %v", c.Name, language, size.Width), func(t *testing.T) {
					b := newBench(t, theme.Light, language, size)
					b.Update(c.State)
					if fault := widgettest.Overlaps(b.window.Canvas()); fault != "" {
						t.Error(fault)
					}
				})
			}
		}
	}
}

func TestNonSecureRoutesInAFullTunnelOnly(t *testing.T) {
	b := english(t)
	b.Update(screentest.Full())
	screentest.Says(t, b.window.Canvas(), "Secure Routes", "10.99.0.0/24\n198.51.100.0/24\nfd00:99::/64")
	screentest.SaysNot(t, b.window.Canvas(), "Non-Secure Routes")
	b.Update(screentest.Everything())
	screentest.Says(t, b.window.Canvas(), "Non-Secure Routes", "192.168.11.0/24")
	b.Update(uitest.Disconnected())
	screentest.SaysNot(t, b.window.Canvas(), "Secure Routes", "Non-Secure Routes", "Statistics")
}

func TestFactsFollowTheState(t *testing.T) {
	b := english(t)
	b.Update(screentest.Full())
	want := map[string]string{"state": "Connected", "duration": "00:42:10", "server": "203.0.113.7:443", "outside": "192.168.11.23:41022",
		"inside": "10.99.0.190/24\nfd00:99::be/64", "transport": "DTLS", "mtu": "1390", "first-name": "vpn.example.com",
		"protocol": "AnyConnect", "bytes-received": "318 MB (318,000,000)", "packets-sent": "60,402", "proxy": ""}
	for key, value := range want {
		row := b.facts.rows[key]
		if row.Value() != value || row.Visible() != (value != "") {
			t.Errorf("%s is %q (visible: %v), want %q", key, row.Value(), row.Visible(), value)
		}
	}
	limited := screentest.Full()
	limited.Snapshot.SessionEnds = time.Date(2026, 11, 25, 17, 30, 0, 0, time.Local)
	b.Update(limited)
	screentest.Says(t, b.window.Canvas(), "Session ends", "2026-11-25 17:30:00")
	b.Update(screentest.Full())
	screentest.SaysNot(t, b.window.Canvas(), "Session ends")
	b.now = b.now.Add(5 * time.Second)
	b.Tick()
	if got := b.facts.rows["duration"].Value(); got != "00:42:15" {
		t.Errorf("five seconds later it is up for %s", got)
	}
}

func TestCopyAll(t *testing.T) {
	b := english(t)
	b.Update(screentest.Everything())
	widgettest.Press(t, b.window.Canvas(), "Copy all")
	for _, line := range []string{"Status: Connected\n", "DNS servers: 10.99.0.1, 10.99.0.2\n", "MTU: 1390\n", "Packets received: 241,118\n",
		"Secure Routes: 0.0.0.0/0, ::/0\n", "Non-Secure Routes: 192.168.11.0/24\n"} {
		if !strings.Contains(b.copied, line) {
			t.Errorf("%q is not among what was copied:\n%s", line, b.copied)
		}
	}
	if strings.Contains(b.copied, "Proxy") {
		t.Errorf("what is not there was copied:\n%s", b.copied)
	}
	screentest.Says(t, b.window.Canvas(), "Copied")
}

func TestGraphAsksOncePerSecondAndOnlyInView(t *testing.T) {
	b := english(t)
	b.Update(uitest.Disconnected())
	b.Tick()
	if len(b.asked) != 0 {
		t.Error("it asks although nothing is connected")
	}
	b.Update(screentest.Full())
	b.Tick()
	b.Tick()
	if len(b.asked) != 1 {
		t.Fatalf("%d questions are under way, want 1", len(b.asked))
	}
	b.answer(t, screentest.Traffic(100), nil)
	b.Tick()
	if len(b.asked) != 1 {
		t.Errorf("a second later %d questions are under way, want 1", len(b.asked))
	}
	b.Hide()
	b.answer(t, api.Traffic{}, nil)
	for range 5 {
		b.Tick()
	}
	if len(b.asked) != 0 {
		t.Error("it asks although nobody looks")
	}
	b.Details.Show()
	if len(b.asked) != 1 {
		t.Error("it does not ask as soon as somebody looks")
	}
}

func TestLongSpansAskLessOften(t *testing.T) {
	b := english(t)
	b.Update(screentest.Full())
	b.Tick()
	b.answer(t, screentest.Traffic(3600), nil)
	choice := widgettest.Find(t, b.window.Canvas(), func(*widgets.Segments) bool { return true })
	choice.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	asked := 0
	for range 50 {
		b.Tick()
		for len(b.asked) > 0 {
			asked++
			b.answer(t, screentest.Traffic(3600), nil)
		}
	}
	if asked < 9 || asked > 11 {
		t.Errorf("in 50 seconds it asked %d times, want about 10", asked)
	}
}

func TestPause(t *testing.T) {
	b := english(t)
	b.Update(screentest.Full())
	b.Tick()
	b.answer(t, screentest.Traffic(100), nil)
	shown := b.received()
	widgettest.Press(t, b.window.Canvas(), "Pause")
	screentest.Says(t, b.window.Canvas(), "Paused at 09:12:00")
	b.Tick()
	if len(b.asked) != 0 || b.received() != shown {
		t.Error("it goes on although it is paused")
	}
	widgettest.Press(t, b.window.Canvas(), "Go on")
	b.answer(t, api.Traffic{Received: []uint64{7_000_000}, Sent: []uint64{0}}, nil)
	screentest.Says(t, b.window.Canvas(), "7.00 MB/s", "Upper edge: 7.00 MB/s")
}

// received is the rate on the screen.
func (b *bench) received() string { return b.graph.received.Text() }

func TestFailedSamplesAreExplained(t *testing.T) {
	b := english(t)
	b.Update(screentest.Full())
	b.Tick()
	b.answer(t, api.Traffic{}, errors.New("no"))
	screentest.Says(t, b.window.Canvas(), "explained: no")
	b.Tick()
	b.answer(t, screentest.Traffic(3), nil)
	screentest.SaysNot(t, b.window.Canvas(), "explained: no")
}

func TestPoints(t *testing.T) {
	samples := []uint64{100, 10, 20, 30, 40}
	if got := points(samples, span{4, 1}); !slices.Equal(got, []float64{10, 20, 30, 40}) {
		t.Errorf("the last four are %v", got)
	}
	if got := points(samples, span{8, 2}); !slices.Equal(got, []float64{0, 50, 15, 35}) {
		t.Errorf("in pairs they are %v", got)
	}
	if got := points(nil, span{4, 2}); !slices.Equal(got, []float64{0, 0}) {
		t.Errorf("nothing is %v", got)
	}
}

func TestManyRoutesHaveAListOfTheirOwn(t *testing.T) {
	b := english(t)
	b.Update(screentest.Long())
	widgettest.Press(t, b.window.Canvas(), "Show all 340")
	screentest.Says(t, b.window.Canvas(), "2001:db8:0::/48")
	if n := len(widgettest.Texts(b.window.Canvas())); n > 60 {
		t.Errorf("%d texts are drawn for a list that shows a dozen", n)
	}
	widgettest.Key(t, b.window.Canvas(), fyne.KeyEscape)
	if b.window.Canvas().Overlays().Top() != nil {
		t.Error("the list stays")
	}
	widgettest.Press(t, b.window.Canvas(), "Show all 340")
	widgettest.Press(t, b.window.Canvas(), "Copy all")
	if got := strings.Count(b.copied, "\n"); got != 340 {
		t.Errorf("%d routes were copied, want 340", got)
	}
}

func TestHelp(t *testing.T) {
	for _, topic := range english(t).Help() {
		if topic.Name == "" || len(topic.Text) < 20 || strings.HasPrefix(topic.Name, "details.") {
			t.Errorf("the help says %+v", topic)
		}
	}
}

func TestNotesAreToldAndCopied(t *testing.T) {
	b := english(t)
	b.Update(uitest.Noted())
	note := uitest.Noted().Snapshot.Notes[1].Message
	screentest.Says(t, b.window.Canvas(), "Worth knowing", note)
	widgettest.Press(t, b.window.Canvas(), "Copy all")
	if !strings.Contains(b.copied, "Worth knowing: "+note+"\n") {
		t.Errorf("copied was %q", b.copied)
	}
	b.Update(uitest.Connected())
	screentest.SaysNot(t, b.window.Canvas(), "Worth knowing", note)
}
