package prompts

import (
	"errors"
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"torii/app/api"
	"torii/tunnel"
	"torii/ui/uitest"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

func TestAddEntry(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.Disconnected())
	var saved []api.Entry
	var done func(error)
	b.EditEntry(EntryQuestion{Save: func(e api.Entry, d func(error)) { saved, done = append(saved, e), d }})
	test.AssertRendersToMarkup(t, "entry-add.xml", b.canvas)

	says := func(words string) {
		t.Helper()
		if !slices.Contains(widgettest.Texts(b.canvas), words) {
			t.Errorf("it does not say %q but %q", words, widgettest.Texts(b.canvas))
		}
	}
	fields := b.entries()
	widgettest.Press(t, b.canvas, "Save")
	says("Give the connection a name.")
	test.Type(fields[0], "tokyo hq")
	widgettest.Press(t, b.canvas, "Save")
	says("Another connection has this name already.")
	test.Type(fields[0], " 2")
	test.Type(fields[1], "vpn example")
	widgettest.Press(t, b.canvas, "Save")
	says("This is no server address. It looks like vpn.example.com, perhaps with a port (:8443) or a group (/staff).")
	if len(saved) != 0 {
		t.Fatalf("saved was %+v", saved)
	}
	fields[1].SetText("")
	test.Type(fields[1], " https://vpn.example.net:8443/staff ")
	test.Type(fields[2], "suzuki")
	widgettest.Find(t, b.canvas, func(*widgets.Select) bool { return true }).SetSelected("Only programs that use its proxy")
	b.canvas.Focus(fields[2])
	widgettest.Key(t, b.canvas, fyne.KeyReturn)
	widgettest.Press(t, b.canvas, "Save") // while the first is on its way
	want := api.Entry{Name: "tokyo hq 2", Host: "vpn.example.net", Port: 8443, Path: "/staff", User: "suzuki",
		Protocol: "anyconnect", Mode: tunnel.ModeProxy, Roaming: true, Origin: api.OriginUser}
	if len(saved) != 1 || !reflect.DeepEqual(saved[0], want) {
		t.Fatalf("saved was %+v, want %+v", saved, want)
	}
	done(errors.New("the disk is full"))
	says("In words: the disk is full")
	widgettest.Press(t, b.canvas, "Save")
	done(nil)
	if b.Open() || len(saved) != 2 {
		t.Errorf("open %v, saved %d times", b.Open(), len(saved))
	}
}

func TestEditEntryKeepsWhatItDoesNotShow(t *testing.T) {
	b := newBench(t, normal)
	b.Show(uitest.Disconnected()) // its own name, e1's, is not taken
	entry := api.Entry{ID: "e1", Name: "Tokyo HQ", Host: "2001:db8::1", Port: 8443, Path: "/?secret", Protocol: "anyconnect", Group: "g",
		Mode: tunnel.ModeProxy, ProxyListen: netip.MustParseAddrPort("127.0.0.1:1080"), NoDTLS: true, Pin: "aa", Origin: api.OriginUser}
	var saved api.Entry
	deleted := 0
	question := EntryQuestion{Entry: &entry, Save: func(e api.Entry, done func(error)) { saved = e; done(nil) }, Delete: func() { deleted++ }}
	b.EditEntry(question)
	test.AssertRendersToMarkup(t, "entry-edit.xml", b.canvas)
	widgettest.Press(t, b.canvas, "Save")
	if !reflect.DeepEqual(saved, entry) {
		t.Errorf("saved was %+v, want %+v", saved, entry)
	}
	b.EditEntry(question)
	widgettest.Press(t, b.canvas, "Delete…")
	if deleted != 1 || b.Open() {
		t.Errorf("deleted %d times, open %v", deleted, b.Open())
	}
}

func TestSetAddress(t *testing.T) {
	good := map[string]api.Entry{
		"vpn.example.com":             {Host: "vpn.example.com"},
		"  vpn.example.com/ ":         {Host: "vpn.example.com"},
		"https://vpn.example.com":     {Host: "vpn.example.com"},
		"vpn.example.com:8443/staff":  {Host: "vpn.example.com", Port: 8443, Path: "/staff"},
		"vpn.example.com/?camouflage": {Host: "vpn.example.com", Path: "/?camouflage"},
		"192.0.2.1:444":               {Host: "192.0.2.1", Port: 444},
		"2001:db8::1":                 {Host: "2001:db8::1"},
		"[2001:db8::1]:8443":          {Host: "2001:db8::1", Port: 8443},
		"vpn.例え.jp":                   {Host: "vpn.例え.jp"},
	}
	for text, want := range good {
		var got api.Entry
		if !setAddress(&got, text) || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, want %+v", text, got, want)
		}
		var again api.Entry
		if !setAddress(&again, address(got)) || !reflect.DeepEqual(again, got) {
			t.Errorf("%q does not survive as %q: %+v", text, address(got), again)
		}
	}
	for _, bad := range []string{
		"", " ", "http://vpn.example.com", "ftp://x", "vpn example.com", "vpn.example.com:0", "vpn.example.com:70000", "vpn.example.com:x",
		"user:pw@vpn.example.com", "https://", ":443", "[2001:db8::1",
	} {
		var got api.Entry
		if setAddress(&got, bad) {
			t.Errorf("%q is taken as %+v", bad, got)
		}
	}
}
