package tray

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"torii/app/api"
	"torii/assets"
	"torii/i18n"
	"torii/tunnel"
)

// english opens the English words.
func english(t *testing.T) *i18n.Catalogue {
	t.Helper()
	words, err := i18n.New("en")
	if err != nil {
		t.Fatal(err)
	}
	return words
}

// office is a State with two entries, "Office" being active.
func office(snapshot tunnel.Snapshot) api.State {
	return api.State{
		Snapshot: snapshot,
		Entries:  []api.Entry{{ID: "1", Name: "Office"}, {ID: "2", Name: "Lab_2"}},
		Active:   "1",
	}
}

// sketch draws a menu as text: "-" a separator, "(x)" disabled, "✓" ticked,
// "→" what a click does. Hidden items are left out.
func sketch(items []Item, indent string) string {
	var b strings.Builder
	for _, item := range items {
		if item.Hidden {
			continue
		}
		b.WriteString(indent)
		if item.Separator {
			b.WriteString("-\n")
			continue
		}
		if item.Ticked {
			b.WriteString("✓ ")
		}
		if item.Disabled {
			b.WriteString("(" + item.Label + ")\n")
		} else {
			b.WriteString(item.Label)
			if len(item.Items) == 0 {
				b.WriteString(" → " + strings.TrimSpace(string(item.Action.Method)+" "+item.Action.Entry+item.Action.Page))
			}
			b.WriteString("\n")
		}
		b.WriteString(sketch(item.Items, indent+"  "))
	}
	return b.String()
}

// rest is the part of the menu that stays the same.
const rest = `Connections
  ✓ Office → entry.choose 1
  Lab_2 → entry.choose 2
-
Open Torii → window.open
Statistics → window.open statistics
Diagnostics → window.open diagnostics
Settings → window.open settings
About → window.open about
-
Quit → quit
`

func TestFaceOf(t *testing.T) {
	question := &tunnel.Question{ID: "q", Kind: tunnel.QuestionLogin}
	for _, c := range []struct {
		name    string
		state   api.State
		mark    assets.Mark
		tooltip string
		menu    string
	}{
		{
			"disconnected", office(tunnel.Snapshot{State: tunnel.StateDisconnected}),
			assets.MarkDisconnected, "Not connected", "(Not connected)\nConnect → connect\n" + rest,
		},
		{
			"before the first connect", office(tunnel.Snapshot{}),
			assets.MarkDisconnected, "Not connected", "(Not connected)\nConnect → connect\n" + rest,
		},
		{
			"connecting", office(tunnel.Snapshot{State: tunnel.StateConnecting, Entry: "Office", Wanted: true}),
			assets.MarkConnecting, "Connecting to Office", "(Connecting to Office)\nCancel → disconnect\n" + rest,
		},
		{
			"a question", office(tunnel.Snapshot{State: tunnel.StateConnecting, Entry: "Office", Question: question}),
			assets.MarkNeeds, "Office is waiting for your answer",
			"Office is waiting for your answer → window.open\nCancel → disconnect\n" + rest,
		},
		{
			"connected", office(tunnel.Snapshot{State: tunnel.StateConnected, Entry: "Office", Stats: tunnel.Stats{BytesSent: 7}}),
			assets.MarkConnected, "Connected to Office", "(Connected to Office)\nDisconnect → disconnect\n" + rest,
		},
		{
			"connected to what is not saved", office(tunnel.Snapshot{State: tunnel.StateConnected, Gateway: "vpn.example.org"}),
			assets.MarkConnected, "Connected to vpn.example.org", "(Connected to vpn.example.org)\nDisconnect → disconnect\n" + rest,
		},
		{
			"reconnecting", office(tunnel.Snapshot{State: tunnel.StateReconnecting, Entry: "Office"}),
			assets.MarkConnecting, "Restoring the connection to Office", "(Restoring the connection to Office)\nCancel → disconnect\n" + rest,
		},
		{
			"disconnecting", office(tunnel.Snapshot{State: tunnel.StateDisconnecting, Entry: "Office"}),
			assets.MarkDisconnected, "Disconnecting from Office", "(Disconnecting from Office)\n(Disconnect)\n" + rest,
		},
		{
			"failed", office(tunnel.Snapshot{State: tunnel.StateFailed, Entry: "Office", Error: &tunnel.Failure{Message: "It does not answer."}}),
			assets.MarkFailed, "No connection to Office\nIt does not answer.", "(No connection to Office)\nConnect → connect\n" + rest,
		},
		{
			"no entries", api.State{Snapshot: tunnel.Snapshot{State: tunnel.StateDisconnected}},
			assets.MarkDisconnected, "Not connected",
			"(Not connected)\n(Connect)\n(Connections)\n-\nOpen Torii → window.open\nStatistics → window.open statistics\nDiagnostics → window.open diagnostics\nSettings → window.open settings\nAbout → window.open about\n-\nQuit → quit\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			face := FaceOf(c.state, english(t))
			if face.Mark != c.mark || face.Tooltip != c.tooltip {
				t.Errorf("mark %q, tooltip %q; want %q, %q", face.Mark, face.Tooltip, c.mark, c.tooltip)
			}
			if diff := cmp.Diff(c.menu, sketch(face.Menu, "")); diff != "" {
				t.Errorf("menu (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFacesOfOneState holds that what the menu does not show does not change
// it, and that what it shows does.
func TestFacesOfOneState(t *testing.T) {
	words := english(t)
	base := office(tunnel.Snapshot{State: tunnel.StateConnected, Entry: "Office", Revision: 1})
	counted := base
	counted.Revision, counted.Snapshot.Revision = 9, 9
	counted.Snapshot.BytesReceived = 1 << 20
	if !FaceOf(base, words).Equal(FaceOf(counted, words)) {
		t.Error("counting bytes changes the face")
	}
	for name, change := range map[string]func(*api.State){
		"state":  func(s *api.State) { s.Snapshot.State = tunnel.StateReconnecting },
		"active": func(s *api.State) { s.Active = "2" },
		"name":   func(s *api.State) { s.Entries = []api.Entry{{ID: "1", Name: "Office"}, {ID: "2", Name: "Lab"}} },
		"fewer":  func(s *api.State) { s.Entries = s.Entries[:1] },
	} {
		changed := base
		change(&changed)
		if FaceOf(base, words).Equal(FaceOf(changed, words)) {
			t.Errorf("another %s does not change the face", name)
		}
	}
	japanese, err := i18n.New("ja-JP")
	if err != nil {
		t.Fatal(err)
	}
	if FaceOf(base, words).Equal(FaceOf(base, japanese)) {
		t.Error("another language does not change the face")
	}
}

// TestMenusHaveOneShape holds the rule that lets the painter keep its items.
func TestMenusHaveOneShape(t *testing.T) {
	words := english(t)
	first := FaceOf(office(tunnel.Snapshot{}), words).Menu
	for _, state := range []tunnel.State{tunnel.StateConnecting, tunnel.StateConnected, tunnel.StateReconnecting, tunnel.StateDisconnecting, tunnel.StateFailed} {
		menu := FaceOf(office(tunnel.Snapshot{State: state}), words).Menu
		if len(menu) != len(first) {
			t.Fatalf("the menu of %s has %d items, that of no state %d", state, len(menu), len(first))
		}
		for i := range menu {
			if menu[i].Separator != first[i].Separator || menu[i].Tickable != first[i].Tickable {
				t.Errorf("item %d of %s is another kind of item", i, state)
			}
			if menu[i].Action.Method != first[i].Action.Method {
				t.Errorf("item %d of %s means %q, elsewhere %q", i, state, menu[i].Action.Method, first[i].Action.Method)
			}
		}
	}
}
