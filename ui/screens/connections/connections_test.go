package connections

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"torii/app/api"
	"torii/tunnel"
	"torii/ui/uitest"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

func choose(id string) uitest.Call {
	return uitest.Call{Method: api.MethodChoose, Params: api.EntryRef{Entry: id}}
}

func connect(id string) uitest.Call {
	return uitest.Call{Method: api.MethodConnect, Params: api.ConnectRequest{Entry: id}}
}

var disconnect = uitest.Call{Method: api.MethodDisconnect}

func TestAPressChooses(t *testing.T) {
	b := newBench(t, normal)
	b.Update(uitest.Disconnected())
	test.Tap(b.rows["e1"].card) // it is the active one
	b.wants()
	test.Tap(b.rows["e2"].card)
	b.wants(choose("e2")).done(errDisk)
	b.says("In words: the disk is full.", "Try again.")
	test.Tap(b.rows["e2"].card)
	b.saysNot("In words: the disk is full.")
	b.wants(choose("e2"))
	b.Update(uitest.Connected())
	test.Tap(b.rows["e2"].card)
	b.wants() // by a press alone nothing that runs is ended
}

func TestADoublePressConnects(t *testing.T) {
	for name, open := range map[string]func(c *widgets.ListCard){
		"mouse":    func(c *widgets.ListCard) { test.DoubleTap(c) },
		"keyboard": func(c *widgets.ListCard) { c.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn}) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, normal)
			b.Update(uitest.Disconnected())
			open(b.rows["e1"].card)
			b.wants(connect("e1"))
			open(b.rows["e2"].card) // not the active one: it becomes that
			b.wants(choose("e2")).done(nil)
			b.wants(connect("e2")).done(errDisk)
			b.says("In words: the disk is full.")
			open(b.rows["e3"].card)
			b.wants(choose("e3")).done(errDisk)
			b.wants()
			b.Update(uitest.Connected())
			open(b.rows["e1"].card) // it is connected already
			b.wants()
		})
	}
}

func TestAnotherOneEndsTheRunningConnectionFirst(t *testing.T) {
	b := newBench(t, normal)
	b.Update(uitest.Connected())
	test.DoubleTap(b.rows["e2"].card)
	b.wants()
	b.says("Change to Osaka branch?", "Tokyo HQ is in use, and only one connection can be. Connecting to Osaka branch ends it first.")
	b.press("Cancel")
	b.wants()
	test.DoubleTap(b.rows["e2"].card)
	b.press("Disconnect and change")
	b.wants(disconnect).done(nil)
	b.Update(uitest.Connected()) // the agent has not begun yet
	b.Update(uitest.Disconnecting())
	b.wants()
	b.Update(uitest.Disconnected())
	b.wants(choose("e2")).done(nil)
	b.wants(connect("e2"))
	b.Update(uitest.Disconnected())
	b.wants() // once only
}

func TestWhatWaitsForTheEndCanComeToNothing(t *testing.T) {
	replace := func(t *testing.T) *bench {
		b := newBench(t, normal)
		b.Update(uitest.Connected())
		b.connect("e2")
		b.press("Disconnect and change")
		return b
	}
	t.Run("the agent refuses", func(t *testing.T) {
		b := replace(t)
		b.wants(disconnect).done(errDisk)
		b.says("In words: the disk is full.")
		b.Update(uitest.Disconnected())
		b.wants()
	})
	t.Run("the entry is gone", func(t *testing.T) {
		b := replace(t)
		b.wants(disconnect).done(nil)
		s := uitest.Disconnected()
		s.Entries = s.Entries[:1]
		b.Update(s)
		b.wants()
	})
	t.Run("it ended while the person was asked", func(t *testing.T) {
		b := newBench(t, normal)
		b.Update(uitest.Connected())
		b.connect("e2")
		b.Update(uitest.Failed())
		b.press("Disconnect and change")
		b.wants(choose("e2"))
	})
	t.Run("it ends by itself", func(t *testing.T) {
		b := newBench(t, normal)
		b.Update(uitest.Disconnecting())
		b.connect("e1")
		b.wants()
		b.Update(uitest.Disconnected())
		b.wants(connect("e1"))
	})
}

func TestMenu(t *testing.T) {
	b := newBench(t, normal)
	b.Update(origins())
	b.pick("e1", "Connect")
	b.wants(connect("e1"))
	b.pick("e1", "Duplicate")
	want := b.state.Entries[0]
	want.ID, want.Name, want.HasSecrets = "", "Tokyo HQ 2", false
	b.wants(uitest.Call{Method: api.MethodAddEntry, Params: want}).done(errDisk)
	b.says("In words: the disk is full.")
	b.pick("e1", "Clear credentials")
	b.wants(uitest.Call{Method: api.MethodForget, Params: api.EntryRef{Entry: "e1"}})
	b.pick("e1", "Delete…")
	b.says("Delete Tokyo HQ?", "The connection and its stored password are taken off this computer. They cannot be brought back.")
	b.press("Cancel")
	b.wants()
	b.pick("e2", "Delete…")
	b.press("Delete")
	b.wants(uitest.Call{Method: api.MethodDropEntry, Params: api.EntryRef{Entry: "e2"}})
	b.pick("e1", "Edit…")
	b.says("Edit connection")
}

func TestMenuOfARunningConnection(t *testing.T) {
	b := newBench(t, normal)
	b.Update(uitest.Connected())
	b.pick("e1", "Disconnect")
	b.wants(disconnect)
	b.reasons("e1", map[string]string{"Rename…": "Disconnect first", "Delete…": "Disconnect first"})
}

// reasons checks what cannot be done with an entry, and why.
func (b *bench) reasons(id string, want map[string]string) {
	b.t.Helper()
	got := map[string]string{}
	for _, item := range b.items(id) {
		if item.Do == nil {
			got[item.Label] = item.Reason
		}
	}
	widgettest.Find(b.t, b.canvas(), func(*widgets.Menu) bool { return true }).Close()
	for label, reason := range want {
		if got[label] != reason {
			b.t.Errorf("%s of %s: the reason is %q, want %q", label, id, got[label], reason)
		}
	}
	for _, label := range []string{"Auto-connect", "Update policy"} { // no entry of today's has them
		if got[label] == "" {
			b.t.Errorf("%s of %s has no reason", label, id)
		}
	}
}

func TestWhyNot(t *testing.T) {
	b := newBench(t, normal)
	s := origins()
	s.Entries[1].AutoConnect = true
	b.Update(s)
	b.reasons("e1", map[string]string{"Auto-connect": "Only for connections from a provisioning file",
		"Update policy": "Only for connections from a provisioning file", "Delete…": "", "Clear credentials": ""})
	b.reasons("e2", map[string]string{"Clear credentials": "No password is stored for it",
		"Auto-connect": "Wanted by this connection, and not yet available"})
	b.reasons("p", map[string]string{"Edit…": "The practice gateway comes and goes by itself", "Duplicate": "The practice gateway comes and goes by itself",
		"Rename…": "The practice gateway comes and goes by itself", "Delete…": "The practice gateway comes and goes by itself"})
	b.reasons("m1", map[string]string{"Edit…": "", "Rename…": "Fixed by Example Corp",
		"Delete…": "It goes with the profile “Example Corp”: delete the profile in Diagnostics"})
}

func TestADuplicateIsThePersonsOwn(t *testing.T) {
	b := newBench(t, normal)
	b.Update(origins())
	b.pick("a1", "Duplicate")
	e := b.calls[0].Params.(api.Entry)
	if e.Origin != api.OriginUser || e.LockedBy != "" || e.Locked != nil || e.AppRules != nil || e.Name != "Sales apps 2" || e.Host != "apps.example.jp" {
		t.Errorf("the copy is %+v", e)
	}
}

func TestRename(t *testing.T) {
	b := newBench(t, normal)
	b.Update(uitest.Disconnected())
	b.pick("e2", "Rename…")
	name := b.canvas().Focused().(*widgets.Entry)
	if name.Text != "Osaka branch" || name.SelectedText() != "Osaka branch" {
		t.Errorf("in the field is %q, selected %q", name.Text, name.SelectedText())
	}
	name.SetText("TOKYO hq ")
	b.says("Another connection has this name already.")
	b.press("Rename")
	name.SetText("")
	b.press("Rename")
	b.says("Give the connection a name.")
	b.wants()
	name.SetText("東京本社第二別館地下研究室")
	b.says("26 characters wide. Up to 24 fit everywhere (a kanji counts as two).")
	name.SetText(" Nagoya ")
	b.Update(uitest.Disconnected()) // what is typed stays
	widgettest.Key(t, b.canvas(), fyne.KeyReturn)
	want := b.state.Entries[1]
	want.Name = "Nagoya"
	b.press("Rename") // while the first is on its way
	call := b.wants(uitest.Call{Method: api.MethodEditEntry, Params: want})
	call.done(errDisk)
	b.says("In words: the disk is full. Try again.")
	b.press("Rename")
	b.wants(uitest.Call{Method: api.MethodEditEntry, Params: want}).done(nil)
	if b.renaming != nil || b.canvas().Focused() != fyne.Focusable(b.rows["e2"].card) {
		t.Error("the row is not back, with the keyboard")
	}
	b.pick("e1", "Rename…")
	widgettest.Key(t, b.canvas(), fyne.KeyEscape)
	b.pick("e1", "Rename…")
	b.press("Rename") // unchanged
	if b.wants(); b.renaming != nil {
		t.Error("an unchanged name does not close the card")
	}
}

func TestRenameEndsWithItsEntry(t *testing.T) {
	b := newBench(t, normal)
	b.Update(uitest.Disconnected())
	b.pick("e2", "Rename…")
	s := uitest.Disconnected()
	s.Entries = s.Entries[:1]
	b.Update(s)
	if b.renaming != nil {
		t.Error("the card of an entry that is gone stays")
	}
}

func TestKeyboardReachesEverything(t *testing.T) {
	b := newBench(t, normal)
	b.Update(uitest.Disconnected())
	var got []string
	for range 7 {
		b.canvas().FocusNext()
		switch o := b.canvas().Focused().(type) {
		case *widgets.Button:
			got = append(got, "button "+o.Text())
		case *widgets.ListCard:
			got = append(got, "card")
		}
	}
	if want := "button Add|card|button |card|button |card|button "; strings.Join(got, "|") != want {
		t.Errorf("Tab walks %q", got)
	}
	b.canvas().Focus(b.rows["e2"].card)
	widgettest.Key(t, b.canvas(), desktop.KeyMenu)
	for range 2 {
		widgettest.Key(t, b.canvas(), fyne.KeyDown)
	}
	widgettest.Key(t, b.canvas(), fyne.KeyReturn) // Duplicate
	if len(b.calls) != 1 || b.calls[0].Method != api.MethodAddEntry {
		t.Errorf("called were %+v", b.calls)
	}
	b.calls = nil
	for _, step := range []struct {
		key  fyne.KeyName
		want string
	}{{fyne.KeyDown, "e3"}, {fyne.KeyDown, "e3"}, {fyne.KeyUp, "e2"}, {fyne.KeyUp, "e1"}, {fyne.KeyUp, "e1"}, {fyne.KeyDown, "e2"}, {fyne.KeyDown, "e3"}} {
		widgettest.Key(t, b.canvas(), step.key)
		if b.canvas().Focused() != fyne.Focusable(b.rows[step.want].card) {
			t.Errorf("%s does not lead to %s", step.key, step.want)
		}
	}
	widgettest.Key(t, b.canvas(), fyne.KeySpace)
	b.wants(choose("e3"))
}

func TestCardsStayWhileStatesCome(t *testing.T) {
	b := newBench(t, normal)
	b.Update(uitest.Disconnected())
	card := b.rows["e2"].card
	b.canvas().Focus(card)
	b.Update(uitest.Connected())
	if b.rows["e2"].card != card || b.canvas().Focused() != fyne.Focusable(card) {
		t.Error("the card was made anew, and the keyboard is lost")
	}
}

func TestAConnectionWithoutAnEntryIsNamedByItsGateway(t *testing.T) {
	b := newBench(t, normal)
	s := uitest.Connected()
	s.Current, s.Snapshot.Entry, s.Snapshot.Gateway = "", "", "guest.example.com"
	b.Update(s)
	b.connect("e1")
	b.says("guest.example.com is in use, and only one connection can be. Connecting to Tokyo HQ ends it first.")
}

func TestCountersDrawNothing(t *testing.T) {
	a := uitest.Connected()
	b := uitest.Connected()
	b.Snapshot.BytesReceived, b.Revision = 999, 7
	if !alike(a, b) {
		t.Error("other counters draw the list anew")
	}
	for name, change := range map[string]func(s *api.State){
		"the state": func(s *api.State) { s.Snapshot.State = tunnel.StateReconnecting }, "the active one": func(s *api.State) { s.Active = "e2" },
		"a name": func(s *api.State) { s.Entries[2].Name = "x" }, "secrets": func(s *api.State) { s.Entries[1].HasSecrets = true },
		"a question": func(s *api.State) { s.Snapshot.Question = &tunnel.Question{} }, "an entry": func(s *api.State) { s.Entries = s.Entries[:2] },
	} {
		c := uitest.Connected()
		change(&c)
		if alike(a, c) {
			t.Errorf("%s is not seen", name)
		}
	}
}

func TestLost(t *testing.T) {
	b := newBench(t, normal)
	b.Update(uitest.Connected())
	b.Edit("e2")
	b.Lost()
	b.says("The program behind this window has ended.")
	b.saysNot("Edit connection", "Connected")
	test.DoubleTap(b.rows["e2"].card)
	test.Tap(b.rows["e2"].more)
	b.Add()
	b.connect("e2")
	if b.wants(); b.canvas().Overlays().Top() != nil || b.editor != nil {
		t.Error("something can still be done")
	}
}

func TestHelp(t *testing.T) {
	b := newBench(t, normal)
	b.Update(uitest.Disconnected())
	list := b.Help()
	b.Add()
	edit := b.Help()
	if len(list) == 0 || len(edit) == 0 || list[0].Name == edit[0].Name {
		t.Errorf("help is %+v and %+v", list, edit)
	}
	for _, topic := range append(list, edit...) {
		if topic.Name == "" || topic.Text == "" || strings.HasPrefix(topic.Text, "connections.") {
			t.Errorf("a topic says %+v", topic)
		}
	}
}
