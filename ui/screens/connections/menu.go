package connections

import (
	"slices"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/prompts"
	"torii/ui/screens/connections/rules"
	"torii/ui/widgets"
)

// menu shows what can be done with the entry of a row, at a place on the
// canvas; nil is below the row's button.
func (r *row) menu(at *fyne.Position) {
	e, ok := r.screen.entry(r.id)
	if !ok || r.screen.lost {
		return
	}
	r.screen.forgetNotice()
	menu := widgets.NewMenu(r.screen.items(e))
	if at == nil {
		menu.OpenBelow(r.screen.deps.Canvas, r.more)
	} else {
		menu.Open(r.screen.deps.Canvas, *at)
	}
}

// items are what can be done with an entry, and why something cannot.
func (c *Connections) items(e api.Entry) []widgets.MenuItem {
	say := func(key string) string { return c.deps.Texts.Text("connections.menu." + key) }
	item := func(key, reason string, do func()) widgets.MenuItem {
		if reason != "" {
			return widgets.MenuItem{Label: say(key), Reason: reason}
		}
		return widgets.MenuItem{Label: say(key), Do: do}
	}
	running := statusOf(c.state, e).running
	first := item("connect", "", func() { c.connect(e.ID) })
	if running {
		first = item("disconnect", "", c.disconnect)
	}
	ours := ""
	if e.Origin == api.OriginPractice {
		ours = say("why.practice")
	}
	busy := ours
	if running && busy == "" {
		busy = say("why.running")
	}
	rename := busy
	if rename == "" && slices.Contains(e.Locked, "name") {
		rename = c.deps.Texts.Text("connections.menu.why.locked", i18n.Values{"Name": e.LockedBy})
	}
	items := []widgets.MenuItem{
		first,
		item("edit", ours, func() { c.Edit(e.ID) }),
		item("duplicate", ours, func() { c.duplicate(e) }),
		item("rename", rename, func() { c.rename(e) }),
		item("forget", c.whyNotForget(e), func() { c.order(api.MethodForget, api.EntryRef{Entry: e.ID}) }),
		{Label: say("auto-connect"), Reason: c.whyNoAutoConnect(e), Apart: true},
		{Label: say("update-policy"), Reason: say("why.policy")},
		item("delete", c.whyNotDelete(e, busy), func() { c.delete(e) }),
	}
	items[len(items)-1].Apart = true
	return items
}

func (c *Connections) whyNotForget(e api.Entry) string {
	if e.HasSecrets {
		return ""
	}
	return c.deps.Texts.Text("connections.menu.why.no-secrets")
}

// whyNoAutoConnect: 004 has it for connections of a provisioning file only. A
// wish that an entry came with is kept until the engine can follow it.
func (c *Connections) whyNoAutoConnect(e api.Entry) string {
	if e.AutoConnect {
		return c.deps.Texts.Text("connections.menu.why.auto-kept")
	}
	return c.deps.Texts.Text("connections.menu.why.auto")
}

// whyNotDelete: what a profile brought goes with the profile (000, "Deleting
// connection entries").
func (c *Connections) whyNotDelete(e api.Entry, busy string) string {
	if busy == "" && e.LockedBy != "" {
		return c.deps.Texts.Text("connections.menu.why.profile", i18n.Values{"Name": e.LockedBy})
	}
	return busy
}

// duplicate adds a copy of an entry, which is the person's own.
func (c *Connections) duplicate(e api.Entry) {
	e.ID, e.FirstName, e.Name = "", "", rules.CopyName(c.state.Entries, e.Name)
	e.Origin, e.Locked, e.LockedBy, e.AppRules, e.HasSecrets = api.OriginUser, nil, "", nil, false
	c.deps.Call(api.MethodAddEntry, e, &api.Entry{}, func(err error) { c.complain(err) })
}

// delete asks, and deletes an entry.
func (c *Connections) delete(e api.Entry) {
	texts := c.deps.Texts
	message := texts.Text("connections.delete.message")
	if e.HasSecrets {
		message = texts.Text("connections.delete.secrets")
	}
	c.deps.Confirm(prompts.Confirmation{
		Title:   texts.Text("connections.delete.title", i18n.Values{"Name": e.Name}),
		Message: message, Do: texts.Text("connections.delete.do"),
		Then: func() { c.order(api.MethodDropEntry, api.EntryRef{Entry: e.ID}) },
	})
}
