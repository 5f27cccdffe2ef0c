package tray

import (
	"slices"
	"strings"

	"torii/app/api"
	"torii/assets"
	"torii/i18n"
	"torii/tunnel"
)

// Face is what the tray shows at one moment.
type Face struct {
	Mark    assets.Mark
	Tooltip string
	Menu    []Item
}

// Equal reports whether two faces look and act the same.
func (f Face) Equal(other Face) bool {
	return f.Mark == other.Mark && f.Tooltip == other.Tooltip && slices.EqualFunc(f.Menu, other.Menu, Item.Equal)
}

// Item is a line of the menu. Every menu has the same top-level items in the
// same order; those that do not apply are hidden. So a line keeps its meaning
// while the menu is open, and a click that comes late does what was read.
type Item struct {
	Label     string
	Separator bool
	Hidden    bool
	Disabled  bool
	// Tickable items have a place for a tick; Ticked ones have the tick.
	Tickable, Ticked bool
	Action           Action
	Items            []Item // of a submenu
}

// Equal reports whether two items look and act the same.
func (i Item) Equal(other Item) bool {
	return i.Label == other.Label && i.Separator == other.Separator && i.Hidden == other.Hidden &&
		i.Disabled == other.Disabled && i.Tickable == other.Tickable && i.Ticked == other.Ticked &&
		i.Action == other.Action && slices.EqualFunc(i.Items, other.Items, Item.Equal)
}

// Action is the call that a click makes; the zero Action is none.
type Action struct {
	Method api.Method
	Entry  string // the ID of an entry, for MethodChoose
	Page   string // of the window, for MethodOpenWindow; "" for the one it shows
}

// FaceOf computes the tray's face in the catalogue's language.
func FaceOf(state api.State, words *i18n.Catalogue) Face {
	snapshot := state.Snapshot
	line := stateLine(state, words)
	face := Face{Mark: markOf(snapshot), Tooltip: line}
	if snapshot.State == tunnel.StateFailed && snapshot.Error != nil && snapshot.Error.Message != "" {
		face.Tooltip += "\n" + snapshot.Error.Message
	}
	asked := snapshot.Question != nil
	down := !snapshot.State.Up() && !snapshot.State.Busy()
	trying := snapshot.State == tunnel.StateConnecting || snapshot.State == tunnel.StateReconnecting
	face.Menu = []Item{
		// A question is answered in the window, so its line opens that.
		{Label: line, Disabled: !asked, Action: Action{Method: api.MethodOpenWindow}},
		{Label: words.Text("tray.connect"), Hidden: !down, Disabled: state.Active == "", Action: Action{Method: api.MethodConnect}},
		{Label: words.Text("tray.cancel"), Hidden: !trying, Action: Action{Method: api.MethodDisconnect}},
		{Label: words.Text("tray.disconnect"), Hidden: down || trying, Disabled: !snapshot.State.Up(), Action: Action{Method: api.MethodDisconnect}},
		connections(state, words),
		{Separator: true},
		{Label: words.Text("tray.open"), Action: Action{Method: api.MethodOpenWindow}},
		page("statistics", words), page("diagnostics", words), page("settings", words), page("about", words),
		{Separator: true},
		{Label: words.Text("tray.quit"), Action: Action{Method: api.MethodQuit}},
	}
	return face
}

// page is the item that opens a page of the window.
func page(name string, words *i18n.Catalogue) Item {
	return Item{Label: words.Text("tray.page." + name), Action: Action{Method: api.MethodOpenWindow, Page: name}}
}

// connections is the submenu that lists the entries, the active one ticked.
func connections(state api.State, words *i18n.Catalogue) Item {
	menu := Item{Label: words.Text("tray.connections"), Disabled: len(state.Entries) == 0}
	for _, entry := range state.Entries {
		menu.Items = append(menu.Items, Item{
			Label:    entry.Name,
			Tickable: true,
			Ticked:   entry.ID == state.Active,
			Action:   Action{Method: api.MethodChoose, Entry: entry.ID},
		})
	}
	return menu
}

// markOf chooses the icon, as the window's home screen does.
func markOf(snapshot tunnel.Snapshot) assets.Mark {
	if snapshot.Question != nil {
		return assets.MarkNeeds
	}
	switch snapshot.State {
	case tunnel.StateConnected:
		return assets.MarkConnected
	case tunnel.StateConnecting, tunnel.StateReconnecting:
		return assets.MarkConnecting
	case tunnel.StateFailed:
		return assets.MarkFailed
	default:
		return assets.MarkDisconnected
	}
}

// stateLine says the state in one line.
func stateLine(state api.State, words *i18n.Catalogue) string {
	snapshot := state.Snapshot
	key := "tray.state.disconnected"
	switch {
	case snapshot.Question != nil:
		key = "tray.state.asking"
	case snapshot.State == tunnel.StateFailed, snapshot.State.Up(), snapshot.State.Busy():
		key = "tray.state." + string(snapshot.State)
	}
	return strings.TrimSpace(words.Text(key, i18n.Values{"Entry": connectionName(state)}))
}

// connectionName names the connection that the state is about.
func connectionName(state api.State) string {
	if state.Snapshot.Entry != "" {
		return state.Snapshot.Entry
	}
	if state.Snapshot.Gateway != "" {
		return state.Snapshot.Gateway
	}
	for _, entry := range state.Entries {
		if entry.ID == state.Active {
			return entry.Name
		}
	}
	return ""
}
