package connections

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"torii/app/api"
	"torii/tunnel"
	"torii/ui/theme"
	"torii/ui/uitest"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

// fields are the entries that can be seen, in their order.
func (b *bench) fields() []*widgets.Entry { return widgettest.All[*widgets.Entry](b.canvas()) }

// selects chooses an option by its label, where one has it.
func (b *bench) selects(label string) {
	b.t.Helper()
	s := widgettest.Find(b.t, b.canvas(), func(s *widgets.Select) bool {
		for _, o := range s.Options {
			if o == label {
				return true
			}
		}
		return false
	})
	s.SetSelected(label)
}

// toggle is a toggle of the page, in its order: roaming, on demand, IPsec.
func (b *bench) toggle(at int) *widgets.Toggle {
	b.t.Helper()
	all := widgettest.All[*widgets.Toggle](b.canvas())
	if at >= len(all) {
		b.t.Fatalf("there are %d toggles", len(all))
	}
	return all[at]
}

// unfold opens what is behind "Advanced".
func (b *bench) unfold() {
	b.t.Helper()
	test.Tap(widgettest.Find(b.t, b.canvas(), func(*widgets.PressCard) bool { return true }))
}

// saved presses Save and returns the entry of the call.
func (b *bench) saved(method api.Method) (api.Entry, called) {
	b.t.Helper()
	b.press("Save")
	if len(b.calls) != 1 || b.calls[0].Method != method {
		b.t.Fatalf("called were %+v; the page says %q", b.calls, widgettest.Texts(b.canvas()))
	}
	c := b.calls[0]
	b.calls = nil
	return c.Params.(api.Entry), c
}

func TestEditorAdds(t *testing.T) {
	b := newBench(t, normal)
	b.Update(uitest.Disconnected())
	b.press("Add")
	b.press("Save")
	b.says("Give the connection a name.", "The server address is missing. It looks like vpn.example.com.",
		"Something is missing or not right. Look at the marked field.")
	fields := b.fields()
	if b.canvas().Focused() != fyne.Focusable(fields[0]) {
		t.Error("the first field with a fault has no keyboard")
	}
	fields[0].SetText("tokyo HQ")
	b.says("Another connection has this name already.")
	fields[0].SetText(" Nagoya ")
	b.press("Save")
	if b.wants(); b.canvas().Focused() != fyne.Focusable(fields[1]) {
		t.Error("the address, which is missing, has no keyboard")
	}
	test.Type(fields[1], "https://vpn.example.net:8443/staff")
	b.says("Server vpn.example.net, port 8443, group /staff")
	fields[2].SetText(" suzuki ")
	b.selects("Only programs that use its proxy")
	b.fields()[3].SetText("1080")
	got, call := b.saved(api.MethodAddEntry)
	want := api.Entry{Name: "Nagoya", Host: "vpn.example.net", Port: 8443, Path: "/staff", Protocol: "anyconnect", User: "suzuki",
		Mode: tunnel.ModeProxy, ProxyListen: netip.MustParseAddrPort("127.0.0.1:1080"), Roaming: true, Origin: api.OriginUser}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("saved was %+v, want %+v", got, want)
	}
	b.press("Save")
	b.wants() // while the first is on its way
	call.done(errDisk)
	b.says("In words: the disk is full. Try again.")
	_, call = b.saved(api.MethodAddEntry)
	call.done(nil)
	if b.editor != nil || !b.page.Visible() {
		t.Error("the list is not back")
	}
}

func TestEditorSpeaksWhileTyping(t *testing.T) {
	b := newBench(t, normal)
	b.Update(uitest.Disconnected())
	b.Add()
	address := b.fields()[1]
	for text, words := range map[string]string{
		"":                       "A name, an address, or a group's URL such as vpn.example.com/staff",
		"http://vpn.example.com": "Only https:// may stand before the server's name.",
		"me@vpn.example.com":     "Leave out the user and the @: they have a field of their own.",
		"vpn.example.com:0":      "The port after the colon is a number from 1 to 65535.",
		"[vpn]":                  "Square brackets belong around an IPv6 address, such as [2001:db8::1].",
		"192.0.2":                "An address of numbers has four of them up to 255, such as 192.0.2.10.",
		"vpn example":            "This is no server name. It looks like vpn.example.com, without blanks.",
		"vpn.example.com/%zz":    "What follows the server's name does not read as a group, such as /staff.",
		"vpn.example.com:444":    "Server vpn.example.com, port 444",
		"[2001:db8::1]/a":        "Server 2001:db8::1, group /a",
	} {
		address.SetText(text)
		b.says(words)
	}
}

func TestEditorKeepsWhatItWasGiven(t *testing.T) {
	for name, entry := range map[string]api.Entry{
		"plain": {ID: "e1", Name: "Tokyo HQ", Host: "2001:db8::1", Port: 8443, Path: "/?secret", Protocol: "anyconnect", Group: "g",
			Mode: tunnel.ModeProxy, ProxyListen: netip.MustParseAddrPort("127.0.0.1:1080"), NoDTLS: true, Pin: "aa", CAFile: "/ca.pem",
			Origin: api.OriginUser, FirstName: "HQ", AutoConnect: true},
		"full": full(),
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, normal)
			s := uitest.Disconnected()
			s.Entries[0] = entry
			b.Update(s)
			b.Edit("e1")
			if got, _ := b.saved(api.MethodEditEntry); !reflect.DeepEqual(got, entry) {
				t.Errorf("saved was %+v, want %+v", got, entry)
			}
		})
	}
}

func TestEditorAsksBeforeChangesAreLost(t *testing.T) {
	b := newBench(t, normal)
	b.Update(uitest.Disconnected())
	b.Edit("e1")
	widgettest.Key(t, b.canvas(), fyne.KeyEscape)
	if b.editor != nil || b.canvas().Focused() != fyne.Focusable(b.rows["e1"].card) {
		t.Fatal("Esc does not lead back to the row")
	}
	b.Edit("e1")
	b.field("suzuki").SetText("sato")
	widgettest.Key(t, b.canvas(), fyne.KeyEscape)
	b.says("Throw the changes away?")
	b.press("Cancel")
	if b.editor == nil {
		t.Fatal("the changes are gone")
	}
	b.press("Cancel")
	b.press("Throw away")
	if b.wants(); b.editor != nil {
		t.Error("the editor stays")
	}
}

func TestEditorHearsOfOtherNames(t *testing.T) {
	b := newBench(t, normal)
	b.Update(uitest.Disconnected())
	b.Add()
	b.fields()[0].SetText("Nagoya")
	s := uitest.Disconnected()
	s.Entries[2].Name = "nagoya"
	b.Update(s)
	b.says("Another connection has this name already.")
}

func TestLockedFieldsSayWhoLockedThem(t *testing.T) {
	b := newBench(t, wide)
	b.Update(origins())
	b.Edit("m1")
	b.says("Fixed by Example Corp", "Only for connections that you made yourself")
	fields := b.fields()
	if !fields[0].Disabled() || !fields[1].Disabled() || fields[2].Disabled() {
		t.Error("not the name and the address are what is locked")
	}
	if b.canvas().Focused() != fyne.Focusable(fields[2]) {
		t.Error("the user name, which is not locked, has no keyboard")
	}
	for at, locked := range []bool{true, true, false} {
		if b.toggle(at).Disabled() != locked {
			t.Errorf("toggle %d: locked is %v", at, !locked)
		}
	}
	fields[2].SetText("suzuki")
	want := b.state.Entries[4]
	want.User = "suzuki"
	if got, _ := b.saved(api.MethodEditEntry); !reflect.DeepEqual(got, want) {
		t.Errorf("saved was %+v, want %+v", got, want)
	}
}

func TestRunningConnectionKeepsItsName(t *testing.T) {
	b := newBench(t, normal)
	b.Update(uitest.Connected())
	b.Edit("e1")
	b.says("This connection is in use. Changes count from the next time you connect.", "Disconnect first to change it")
	if !b.fields()[0].Disabled() {
		t.Error("the name can be changed")
	}
}

func TestOnDemand(t *testing.T) {
	b := newBench(t, wide)
	b.Update(uitest.Disconnected())
	b.Edit("e1")
	b.unfold()
	b.says("Needs a certificate: choose one above first.")
	if !b.toggle(1).Disabled() {
		t.Fatal("it can be switched on without a certificate")
	}
	b.selects("Automatic")
	b.says("Torii chooses one that fits and has not expired, each time you connect.")
	test.Tap(b.toggle(1))
	b.says("vpn.example.com", "The gateway itself, so that its web pages open without connecting")
	var add []*widgets.Button // of the lists Never, if needed, Always
	for _, a := range widgettest.All[*widgets.Button](b.canvas()) {
		if a.Text() == "Add Domain" {
			add = append(add, a)
		}
	}
	if len(add) != 3 {
		t.Fatalf("there are %d places to add a domain", len(add))
	}
	test.Tap(add[2])
	entry := b.canvas().Focused().(*widgets.Entry)
	for text, words := range map[string]string{
		"10.0.0.1": "Addresses cannot stand here, only names.", "*.example.com": "Write .example.com instead of *.example.com.",
		"VPN.example.com": "It is on the list “Never Connect” already.", "a b": "This is no domain. It looks like .example.com.",
	} {
		entry.SetText(text)
		b.says(words)
	}
	b.press("Save")
	b.wants() // what is typed and wrong keeps it from being saved
	entry.SetText(".Example.com")
	widgettest.Key(t, b.canvas(), fyne.KeyReturn)
	b.says(".example.com")
	entry.SetText("example.org")
	got, call := b.saved(api.MethodEditEntry) // takes over what was typed and not yet added
	want := &api.OnDemand{Enabled: true, Never: []string{"vpn.example.com"}, Always: []string{".example.com", "example.org"}}
	if !reflect.DeepEqual(got.OnDemand, want) || got.Certificate != api.CertificateAutomatic {
		t.Errorf("saved was %+v with %q, want %+v", got.OnDemand, got.Certificate, want)
	}
	call.done(errDisk)

	b.selects("Disabled")
	b.says("Connect On Demand needs a certificate. Choose one above, or turn it off.")
	b.press("Save")
	b.wants()
	if _, ok := b.canvas().Focused().(*widgets.Select); !ok {
		t.Error("the certificate has no keyboard")
	}
	test.Tap(b.toggle(1))
	if got, _ := b.saved(api.MethodEditEntry); got.OnDemand.Enabled || len(got.OnDemand.Always) != 2 {
		t.Errorf("saved was %+v", got.OnDemand)
	}
}

// domainMenu opens the menu of a domain and does what a line of it says.
func (b *bench) domainMenu(at int, label string) {
	b.t.Helper()
	var dots []*widgets.Button
	for _, a := range widgettest.All[*widgets.Button](b.canvas()) {
		if a.Text() == "" {
			dots = append(dots, a)
		}
	}
	test.Tap(dots[at+1]) // the first leads back
	menu := widgettest.Find(b.t, b.canvas(), func(*widgets.Menu) bool { return true })
	for _, item := range menu.Items() {
		if item.Label == label {
			menu.Close()
			item.Do()
			return
		}
	}
	b.t.Fatalf("there is no %s in %+v", label, menu.Items())
}

func TestDomainsMove(t *testing.T) {
	b := newBench(t, wide)
	s := uitest.Disconnected()
	s.Entries[0] = full() // Never vpn.example.com, if needed .example.com and wiki.example.net
	b.Update(s)
	b.Edit("e1")
	b.domainMenu(1, "Move to “Always Connect”")
	b.domainMenu(0, "Remove") // the server may be taken off
	b.domainMenu(0, "Change…")
	entry := b.canvas().Focused().(*widgets.Entry)
	if entry.Text != "wiki.example.net" {
		t.Fatalf("changed is %q", entry.Text)
	}
	entry.SetText("wiki.example.org")
	b.press("Add to the list")
	got, _ := b.saved(api.MethodEditEntry)
	if want := (&api.OnDemand{Enabled: true, Never: []string{}, IfNeeded: []string{"wiki.example.org"}, Always: []string{".example.com"}}); !reflect.DeepEqual(got.OnDemand, want) {
		t.Errorf("saved was %+v, want %+v", got.OnDemand, want)
	}
}

func TestServerIsFollowed(t *testing.T) {
	b := newBench(t, wide)
	s := uitest.Disconnected()
	s.Entries[0] = full()
	b.Update(s)
	b.Edit("e1")
	b.fields()[1].SetText("vpn.example.net")
	got, call := b.saved(api.MethodEditEntry)
	if want := []string{"vpn.example.net"}; !reflect.DeepEqual(got.OnDemand.Never, want) {
		t.Errorf("never is %q", got.OnDemand.Never)
	}
	call.done(errDisk)
	b.domainMenu(0, "Remove")
	b.fields()[1].SetText("vpn.example.org")
	if got, _ := b.saved(api.MethodEditEntry); len(got.OnDemand.Never) != 0 {
		t.Errorf("a server that was taken off is back: %q", got.OnDemand.Never)
	}
}

func TestProbeTellsTheList(t *testing.T) {
	b := newBench(t, wide)
	s := uitest.Disconnected()
	s.Entries[0] = full()
	b.Update(s)
	b.Edit("e1")
	probe := widgettest.Find(t, b.canvas(), func(e *widgets.Entry) bool { return e.PlaceHolder == "wiki.example.com" })
	for name, words := range map[string]string{
		"vpn.example.com": "Never Connect, by “vpn.example.com”.", "www.example.com": "Connect if needed, by “.example.com”.",
		"www.example.org": "On no list: no connection is made for it.",
		"10.0.0.1":        "Only full host names count, not addresses or short names: no connection is made for it.",
		"":                "Tells which list a host name would hit.",
	} {
		probe.SetText(name)
		b.says(words)
	}
}

func TestIPsec(t *testing.T) {
	b := newBench(t, wide)
	b.Update(uitest.Disconnected())
	b.Edit("e1")
	b.unfold()
	b.saysNot("IKE Identity", "Authentication")
	test.Tap(b.toggle(2))
	b.says("Authentication", "Not yet available")
	b.saysNot("IKE Identity")
	for way, identity := range map[string]bool{"IKE-RSA": false, "EAP-GTC": true, "EAP-AnyConnect (default)": false, "EAP-MD5": true, "EAP-MSCHAPv2": true} {
		b.selects(way)
		if identity {
			b.says("IKE Identity")
		} else {
			b.saysNot("IKE Identity")
		}
	}
	b.selects("EAP-MD5")
	widgettest.Find(t, b.canvas(), func(e *widgets.Entry) bool { return e.Text == "" && e.PlaceHolder == "" }).SetText(" me ")
	got, call := b.saved(api.MethodEditEntry)
	if want := (&api.IPsec{Enabled: true, Authentication: "EAP-MD5", Identity: "me"}); !reflect.DeepEqual(got.IPsec, want) {
		t.Errorf("saved was %+v, want %+v", got.IPsec, want)
	}
	call.done(errDisk)
	b.selects("IKE-RSA")
	if got, _ := b.saved(api.MethodEditEntry); got.IPsec.Identity != "" {
		t.Errorf("IKE-RSA has the identity %q", got.IPsec.Identity)
	}
}

func TestUpstreamProxyAndRoaming(t *testing.T) {
	b := newBench(t, wide)
	b.Update(uitest.Disconnected())
	b.Edit("e1")
	b.unfold()
	b.says("None: every program may use this connection.", "When the network breaks or changes, Torii tries until it is back.")
	test.Tap(b.toggle(0))
	b.says("When the network breaks or changes, Torii tries for 20 seconds and then stops.")
	b.selects("This one")
	b.press("Save")
	b.says("The proxy's address is missing.")
	b.wants()
	url := b.canvas().Focused().(*widgets.Entry)
	url.SetText("http://u:p@proxy:1")
	b.says("A user and a password do not belong here.")
	url.SetText("proxy.example.com:3128")
	got, call := b.saved(api.MethodEditEntry)
	if got.UpstreamProxy != "http://proxy.example.com:3128" || got.Roaming {
		t.Errorf("saved was %+v", got)
	}
	call.done(errDisk)
	b.selects("None, straight to the gateway")
	if got, _ := b.saved(api.MethodEditEntry); got.UpstreamProxy != "none" {
		t.Errorf("saved was %+v", got)
	}
}

func TestCertificatesOfTheStoreCanBeChosen(t *testing.T) {
	mine := func(name string, status api.CertificateStatus) api.Certificate {
		return api.Certificate{Kind: api.CertificateUser, ID: name, Name: name, CertificateDetails: api.CertificateDetails{Status: status}}
	}
	open := func(store []api.Certificate, locked error, chosen string) *bench {
		b := newBench(t, normal)
		b.store, b.locked = store, locked
		state := uitest.Disconnected()
		state.Entries[0].Certificate = chosen
		b.Update(state)
		b.Edit("e1")
		if chosen == api.CertificateDisabled {
			b.unfold()
		}
		return b
	}
	store := []api.Certificate{mine("Suzuki 2027", api.CertificateValid), mine("Suzuki 2025", api.CertificateExpired)}
	b := open(store, nil, api.CertificateDisabled)
	b.says("No certificate of yours is shown to the gateway.")
	b.selects("Suzuki 2027")
	b.says("This certificate is shown to the gateway.")
	if got, _ := b.saved(api.MethodEditEntry); got.Certificate != "Suzuki 2027" {
		t.Errorf("saved was %q", got.Certificate)
	}
	for _, tt := range []struct {
		store  []api.Certificate
		locked error
		chosen string
		says   string
	}{
		{store, nil, "Suzuki 2025", "It has expired. Ask your administrator for a new one."},
		{store, nil, "Suzuki 2020", "There is no such certificate any more. Import it in Diagnostics, under Certificates, or choose another one."},
		{store, nil, api.CertificateAutomatic, "Torii chooses one that fits and has not expired, each time you connect."},
		{nil, nil, api.CertificateAutomatic, "You have no certificate yet. Import one in Diagnostics, under Certificates."},
		{nil, errDisk, "Suzuki 2027", "Your certificates could not be listed: In words: the disk is full."},
	} {
		b := open(tt.store, tt.locked, tt.chosen)
		b.says(tt.says)
		if got, _ := b.saved(api.MethodEditEntry); got.Certificate != tt.chosen {
			t.Errorf("%s: saved was %q, although nothing was chosen", tt.says, got.Certificate)
		}
	}
}

func TestOldEncryptionIsSaidInRed(t *testing.T) {
	b := newBench(t, normal)
	b.Update(uitest.Disconnected())
	b.Edit("e1")
	b.unfold()
	b.says("TLS 1.2 or newer, as it should be.")
	test.Tap(b.toggle(3))
	said := widgettest.Find(t, b.canvas(), func(w *canvas.Text) bool { return strings.HasPrefix(w.Text, "Others may be able") })
	if red := theme.New(theme.Light).Color(theme.ColorBad, 0); said.Color != red {
		t.Errorf("it is said in %v, want %v", said.Color, red)
	}
	if got, _ := b.saved(api.MethodEditEntry); !got.OldTLS {
		t.Error("it was not saved")
	}
}
