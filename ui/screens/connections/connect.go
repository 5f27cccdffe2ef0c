package connections

import (
	"torii/app/api"
	"torii/i18n"
	"torii/tunnel"
	"torii/ui/prompts"
)

// busy reports whether a connection is up or on its way.
func (c *Connections) busy() bool {
	s := c.state.Snapshot.State
	return s.Up() || s.Busy()
}

// choose makes an entry the active one. While a connection runs only
// connecting to another one changes that, because it ends the running one.
func (c *Connections) choose(id string) {
	if c.lost || c.busy() || c.state.Active == id {
		return
	}
	c.forgetNotice()
	c.order(api.MethodChoose, api.EntryRef{Entry: id})
}

// connect connects an entry. Where another connection runs, it says first that
// this ends, and waits until it has: the agent does not take a second one.
func (c *Connections) connect(id string) {
	e, ok := c.entry(id)
	if !ok || c.lost {
		return
	}
	c.forgetNotice()
	switch snapshot := c.state.Snapshot; {
	case snapshot.State == tunnel.StateDisconnecting:
		c.next = id
	case !c.busy():
		c.start(id)
	case c.state.Current != e.ID:
		old := snapshot.Entry
		if old == "" { // connected without an entry
			old = snapshot.Gateway
		}
		names := i18n.Values{"Old": old, "New": e.Name}
		texts := c.deps.Texts
		c.deps.Confirm(prompts.Confirmation{
			Title: texts.Text("connections.switch.title", names), Message: texts.Text("connections.switch.message", names),
			Do: texts.Text("connections.switch.do"), Then: func() { c.replace(id) },
		})
	}
}

// replace ends the running connection and connects an entry after it.
func (c *Connections) replace(id string) {
	if !c.busy() { // it has ended while the person was asked
		c.start(id)
		return
	}
	c.next = id
	c.deps.Call(api.MethodDisconnect, nil, nil, func(err error) {
		if c.complain(err) {
			c.next = ""
		}
	})
}

// goOn connects what waits for the end of the running connection.
func (c *Connections) goOn() {
	if c.next == "" || c.busy() {
		return
	}
	id := c.next
	c.next = ""
	if _, ok := c.entry(id); ok {
		c.start(id)
	}
}

// start makes an entry the active one and connects it.
func (c *Connections) start(id string) {
	connect := func() { c.order(api.MethodConnect, api.ConnectRequest{Entry: id}) }
	if c.state.Active == id {
		connect()
		return
	}
	c.deps.Call(api.MethodChoose, api.EntryRef{Entry: id}, nil, func(err error) {
		if !c.complain(err) {
			connect()
		}
	})
}

// disconnect ends the running connection, or cancels what leads to one.
func (c *Connections) disconnect() {
	c.forgetNotice()
	c.next = ""
	c.order(api.MethodDisconnect, nil)
}
