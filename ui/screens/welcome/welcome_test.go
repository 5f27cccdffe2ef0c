package welcome

import (
	"context"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/tunnel"
	"torii/ui/uitest"
)

func TestDue(t *testing.T) {
	with := func(value string, entries ...api.Entry) api.State {
		return api.State{Entries: entries, Settings: []api.Setting{{Key: Setting, Value: value}}}
	}
	practice, own := api.Entry{Origin: api.OriginPractice}, api.Entry{Origin: api.OriginUser}
	for name, c := range map[string]struct {
		state api.State
		due   bool
	}{
		"fresh": {with("due"), true}, "with practice": {with("due", practice), true}, "with an entry": {with("due", practice, own), false},
		"over": {with("done"), false}, "an agent that does not know it": {api.State{}, false},
	} {
		if got := Due(c.state); got != c.due {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestInByKeyboard goes through all three steps without a mouse.
func TestInByKeyboard(t *testing.T) {
	b := newBench(t)
	b.key(fyne.KeyReturn) // the first way
	b.wants("Step 2 of 3")
	b.key(fyne.KeyReturn) // nothing typed yet
	b.wants("The server address is missing. It looks like vpn.example.com.")
	b.write("vpn.example.com:8443/staff")
	b.wants("Server vpn.example.com, port 8443, group /staff")
	b.key(fyne.KeyReturn)
	b.wants("Step 3 of 3", "To vpn.example.com:8443/staff")
	b.key(fyne.KeyReturn) // Connect has the keyboard
	call := b.call(api.MethodAddEntry)
	got := call.Params.(api.Entry)
	if got.Name != "vpn.example.com" || got.Host != "vpn.example.com" || got.Port != 8443 || got.Path != "/staff" ||
		got.Protocol != "anyconnect" || got.Mode != tunnel.ModeTUN || !got.Roaming || got.User != "" {
		t.Errorf("saved was %+v", got)
	}
	b.press("Connect") // twice
	b.press("Save only")
	if len(b.calls) != 0 {
		t.Fatalf("it does the same twice: %+v", b.calls)
	}
	call.result.(*api.Entry).ID = "e9"
	call.done(nil)
	choose := b.call(api.MethodChoose)
	if choose.Params != (api.EntryRef{Entry: "e9"}) {
		t.Errorf("chosen was %+v", choose.Params)
	}
	choose.done(nil)
	b.noted()
	if b.left != 1 || b.connect != 1 {
		t.Errorf("left %d times, connected %d times", b.left, b.connect)
	}
	b.wants("Welcome to Torii") // for who comes back
}

func TestNameUserAndSaveOnly(t *testing.T) {
	b := newBench(t)
	state := uitest.FirstRun()
	state.Entries = []api.Entry{{ID: "p", Name: "Vpn.Example.com", Origin: api.OriginPractice}}
	b.Update(state)
	b.choose(0)
	b.write("vpn.example.com")
	b.press("Next")
	entries := b.entries()
	if entries[0].Text != "vpn.example.com 2" {
		t.Errorf("the name begins as %q", entries[0].Text)
	}
	entries[0].SetText("")
	b.canvas().Focus(entries[1])
	b.write("suzuki")
	b.key(fyne.KeyReturn)
	b.wants("Give the connection a name.")
	if b.canvas().Focused() != fyne.Focusable(entries[0]) {
		t.Error("the name does not get the keyboard")
	}
	b.write("VPN.example.com")
	b.wants("Another connection has this name already.")
	b.write(" Tokyo")
	b.press("Save only")
	call := b.call(api.MethodAddEntry)
	if got := call.Params.(api.Entry); got.Name != "VPN.example.com Tokyo" || got.User != "suzuki" {
		t.Errorf("saved was %+v", got)
	}
	call.done(tunnel.Errorf(tunnel.CodeInternal, "save", "disk full"))
	b.wants("In words: save: disk full (internal). Try again.")
	b.press("Save only")
	b.call(api.MethodAddEntry).done(nil)
	b.call(api.MethodChoose).done(nil)
	b.noted()
	if b.left != 1 || b.connect != 0 {
		t.Errorf("left %d times, connected %d times", b.left, b.connect)
	}
}

// TestEachStepCanBeSkipped, by the button; Esc goes back, and out at the first.
func TestEachStepCanBeSkipped(t *testing.T) {
	for name, to := range map[string]func(*bench){
		"ways":    func(*bench) {},
		"address": func(b *bench) { b.choose(0) },
		"link":    func(b *bench) { b.choose(1) },
		"file":    func(b *bench) { b.choose(2) },
		"connect": func(b *bench) { b.choose(0); b.write("vpn.example.com"); b.press("Next") },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			to(b)
			b.press("Not now")
			b.noted()
			if b.left != 1 || b.connect != 0 {
				t.Errorf("left %d times, connected %d times", b.left, b.connect)
			}
			b = newBench(t)
			to(b)
			for range 3 {
				if b.draft.step != stepWays {
					b.key(fyne.KeyEscape)
				}
			}
			b.wants("Welcome to Torii")
			b.key(fyne.KeyEscape)
			b.noted()
		})
	}
}

func TestBackKeepsWhatWasTyped(t *testing.T) {
	b := newBench(t)
	b.choose(0)
	b.write("vpn.example.com")
	b.press("Next")
	b.key(fyne.KeyEscape, fyne.KeyEscape)
	b.choose(0)
	if got := b.entries()[0].Text; got != "vpn.example.com" {
		t.Errorf("the address is %q now", got)
	}
	// So does a window that is built anew, for another language.
	again := New(b.deps)
	if again.draft.address != "vpn.example.com" || again.draft.step != stepAddress {
		t.Errorf("a new screen begins with %+v", again.draft)
	}
}

func TestPractising(t *testing.T) {
	b := newBench(t)
	b.choose(3)
	b.choose(3)
	call := b.call(api.MethodPractice)
	call.done(tunnel.Errorf(tunnel.CodeInternal, "start", "no"))
	b.wants("In words: start: no (internal). Try again.")
	b.choose(3)
	b.call(api.MethodPractice).done(nil)
	b.noted()
	if b.left != 1 || b.connect != 1 {
		t.Errorf("left %d times, connected %d times", b.left, b.connect)
	}
}

func TestFileIsHonest(t *testing.T) {
	b := newBench(t)
	b.choose(2)
	b.wants("Torii cannot read files yet")
	b.key(fyne.KeyReturn)
	b.wants("Where is your gateway?")
}

func TestLink(t *testing.T) {
	b := newBench(t)
	b.choose(1)
	b.key(fyne.KeyReturn)
	b.wants("Paste the link here first.")
	b.write(" anyconnect://connect?host=vpn.example.com ")
	b.key(fyne.KeyReturn)
	call := b.call(api.MethodLink)
	if call.Params != (api.LinkRequest{Link: "anyconnect://connect?host=vpn.example.com"}) {
		t.Errorf("opened was %+v", call.Params)
	}
	call.done(tunnel.Errorf(tunnel.CodeBadImport, "read the link", "no host"))
	b.wants("In words: read the link: no host (bad-import). Try again.")
	b.press("Open")
	b.call(api.MethodLink).done(context.DeadlineExceeded) // the person takes long to allow it
	b.noted()
	if b.left != 1 {
		t.Errorf("left %d times", b.left)
	}
	b.choose(1)
	if got := b.entries()[0].Text; got != "" {
		t.Errorf("%q of the link is still there", got)
	}
}

// TestLook: the agent looks a moment after the last key, once, and what it saw
// is gone with the next key.
func TestLook(t *testing.T) {
	b := newBench(t)
	b.choose(0)
	b.wait() // nothing is typed
	b.write("vpn.example.co")
	b.Tick() // at once
	b.now = b.now.Add(pause - time.Millisecond)
	b.Tick()
	if len(b.calls) != 0 {
		t.Fatalf("it looks too early: %+v", b.calls)
	}
	b.wait()
	first := b.call(api.MethodProbe)
	if got := first.Params.(api.Entry); got.Host != "vpn.example.co" {
		t.Errorf("it looks at %+v", got)
	}
	b.wants("Looking who answers at vpn.example.co")
	b.wait()
	if len(b.calls) != 0 {
		t.Error("it looks twice")
	}
	b.write("m")
	if b.says("Looking who answers at vpn.example.co") {
		t.Error("it still looks where nobody wants to go")
	}
	b.wait()
	second := b.call(api.MethodProbe)
	first.result.(*api.Probe).Code = tunnel.CodeUnreachable
	first.done(nil) // comes late, and is about another address
	b.wants("Looking who answers at vpn.example.com")
	*second.result.(*api.Probe) = api.Probe{Gateway: "anyconnect", Server: &tunnel.ServerCertificate{}}
	second.done(nil)
	b.wants("A VPN gateway answers at vpn.example.com.", "Its certificate is trusted.")
	b.wait()
	b.press("Next")
	b.key(fyne.KeyEscape)
	b.wait()
	if len(b.calls) != 0 {
		t.Error("it looks again at what it has seen")
	}
	b.wants("Its certificate is trusted.")
	b.write("x")
	if b.says("Its certificate is trusted.") {
		t.Error("it says of another address what it saw at this one")
	}
}

// TestWhatIsFound is put into words, and keeps nobody from going on.
func TestWhatIsFound(t *testing.T) {
	const anyway = "You may go on all the same and connect later."
	untrusted := &tunnel.ServerCertificate{Host: "vpn.example.com", Problems: []string{"self-signed"}}
	for name, c := range map[string]struct {
		probe api.Probe
		err   error
		says  []string
	}{
		"certificate": {api.Probe{Gateway: "anyconnect", Server: &tunnel.ServerCertificate{}, Code: tunnel.CodeClientCertificate}, nil,
			[]string{"A VPN gateway answers at vpn.example.com.", "It wants to see a certificate of yours. Your administrator can give you one."}},
		"unsupported": {api.Probe{Gateway: "anyconnect", Code: tunnel.CodeUnsupported}, nil,
			[]string{"It asks for a login that Torii does not do yet. Ask your administrator for another way."}},
		"untrusted": {api.Probe{Server: untrusted}, nil, []string{"vpn.example.com answers, but cannot prove who it is.",
			"The server has issued the certificate to itself. Ask your administrator before you connect."}},
		"nobody": {api.Probe{Code: tunnel.CodeUnreachable}, nil, []string{"vpn.example.com does not answer.", anyway}},
		"no name": {api.Probe{Code: tunnel.CodeNameNotFound}, nil,
			[]string{"There is no server named vpn.example.com, as far as this computer can find out.", anyway}},
		"a web server": {api.Probe{Server: &tunnel.ServerCertificate{}, Code: tunnel.CodeProtocol}, nil,
			[]string{"vpn.example.com gave an answer that Torii does not understand.", anyway}},
		"too slow":        {api.Probe{Code: tunnel.CodeTimeout}, nil, []string{"It took too long, and Torii gave up.", anyway}},
		"from the future": {api.Probe{Code: "moved"}, nil, []string{anyway}},
		"no look":         {api.Probe{}, tunnel.Errorf(tunnel.CodeInternal, "look", "no"), []string{"In words: look: no (internal).", anyway}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.choose(0)
			b.write("vpn.example.com")
			b.wait()
			call := b.call(api.MethodProbe)
			*call.result.(*api.Probe) = c.probe
			call.done(c.err)
			b.wants(c.says...)
			b.press("Next")
			b.wants("Ready to connect")
		})
	}
}

// TestMistypedIsNotLookedFor.
func TestMistypedIsNotLookedFor(t *testing.T) {
	b := newBench(t)
	b.choose(0)
	b.write("http://vpn.example.com")
	b.wants("Only https:// may stand before the server's name.")
	b.wait()
	b.press("Next")
	if len(b.calls) != 0 || b.draft.step != stepAddress {
		t.Errorf("it went on with %+v", b.calls)
	}
}
