package details

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"torii/i18n"
	"torii/tunnel"
	"torii/ui/figures"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// fact is a value with the name of what it is of: "details.fact.<key>".
type fact struct{ key, value string }

// connection are the facts about what the connection is made of, those that
// are not known left empty.
func (v view) connection(t *i18n.Catalogue) []fact {
	s := v.Snapshot
	if !v.up() {
		s = tunnel.Snapshot{Entry: s.Entry, Gateway: s.Gateway, State: s.State, Protocol: s.Protocol}
	}
	mtu := ""
	if s.MTU > 0 {
		mtu = strconv.Itoa(s.MTU)
	}
	duration, since := "", ""
	if !s.Since.IsZero() {
		duration = figures.Duration(t, v.now.Sub(s.Since))
		since = s.Since.Local().Format("2006-01-02 15:04:05")
	}
	ends := ""
	if !s.SessionEnds.IsZero() {
		ends = s.SessionEnds.Local().Format("2006-01-02 15:04:05")
	}
	return []fact{
		{"state", t.Text("details.state." + string(s.State))},
		{"duration", duration},
		{"since", since},
		{"ends", ends},
		{"entry", s.Entry},
		{"first-name", v.entry().FirstName},
		{"gateway", s.Gateway},
		{"server", s.GatewayEndpoint},
		{"outside", s.LocalEndpoint},
		{"inside", strings.Join(s.Addresses, "\n")},
		{"dns", strings.Join(s.DNS, "\n")},
		{"domains", strings.Join(s.SearchDomains, "\n")},
		{"protocol", protocol(s.Protocol)},
		{"transport", strings.ToUpper(s.Transport)},
		{"cipher", s.Cipher},
		{"mtu", mtu},
		{"interface", s.Interface},
		{"proxy", s.Proxy},
	}
}

// protocol writes a protocol as its makers do.
func protocol(name string) string {
	switch name {
	case "anyconnect":
		return "AnyConnect"
	case "openvpn":
		return "OpenVPN"
	case "ipsec":
		return "IPsec"
	}
	return name
}

// statistics are the counters.
func (v view) statistics(t *i18n.Catalogue) []fact {
	if !v.up() {
		return []fact{{"bytes-received", ""}, {"bytes-sent", ""}, {"packets-received", ""}, {"packets-sent", ""}}
	}
	s := v.Snapshot.Stats
	return []fact{
		{"bytes-received", amount(t, s.BytesReceived)}, {"bytes-sent", amount(t, s.BytesSent)},
		{"packets-received", figures.Count(t, s.PacketsReceived)}, {"packets-sent", figures.Count(t, s.PacketsSent)},
	}
}

// amount is a number of bytes for people and, where that rounds, exactly.
func amount(t *i18n.Catalogue, n uint64) string {
	if n < 1000 {
		return figures.Bytes(t, float64(n))
	}
	return figures.Bytes(t, float64(n)) + " (" + figures.Count(t, n) + ")"
}

// text is everything on the screen, for a mail to the helpdesk.
func (v view) text(t *i18n.Catalogue) string {
	var b strings.Builder
	line := func(label, value string) {
		if value != "" {
			b.WriteString(label + ": " + strings.ReplaceAll(value, "\n", ", ") + "\n")
		}
	}
	for _, f := range append(v.connection(t), v.statistics(t)...) {
		line(t.Text("details.fact."+f.key), f.value)
	}
	for _, n := range v.Snapshot.Notes {
		line(t.Text("details.notes"), n.Message)
	}
	if v.up() {
		line(t.Text("details.routes.secure"), strings.Join(v.Snapshot.SecureRoutes, ", "))
		if v.full() {
			line(t.Text("details.routes.non-secure"), strings.Join(v.Snapshot.NonSecureRoutes, ", "))
		}
	}
	return b.String()
}

// factsCard shows the facts on two cards.
type factsCard struct {
	deps                   Deps
	connection, statistics *fyne.Container
	rows                   map[string]*widgets.Fact
	lengths                map[string]int // of what the rows say
	divided                [2]*widgets.Divided
}

func newFactsCard(deps Deps) *factsCard {
	c := &factsCard{deps: deps, rows: map[string]*widgets.Fact{}, lengths: map[string]int{}}
	rows := func(facts []fact) *widgets.Divided {
		var all []fyne.CanvasObject
		for _, f := range facts {
			c.rows[f.key] = widgets.NewFact(deps.Texts.Text("details.fact." + f.key))
			all = append(all, c.rows[f.key])
		}
		return widgets.NewDivided(7, all...)
	}
	empty := view{now: deps.Now()}
	c.divided = [2]*widgets.Divided{rows(empty.connection(deps.Texts)), rows(empty.statistics(deps.Texts))}
	c.connection = widgets.NewTitled(deps.Texts.Text("details.connection"), widgets.NewCard(c.divided[0]))
	c.statistics = widgets.NewTitled(deps.Texts.Text("details.statistics"), widgets.NewCard(c.divided[1]))
	return c
}

// show writes the facts. It reports whether the page has to be laid out again:
// while traffic flows a State comes each second, and mostly nothing but digits
// changes.
func (c *factsCard) show(v view) (moved bool) {
	shown := 0
	for _, f := range append(v.connection(c.deps.Texts), v.statistics(c.deps.Texts)...) {
		row := c.rows[f.key]
		was := row.Visible()
		row.Set(f.value)
		if c.lengths[f.key] != len(f.value) {
			c.lengths[f.key], moved = len(f.value), true
		}
		if was != row.Visible() {
			shown++
		}
	}
	setVisible(c.connection, v.up())
	setVisible(c.statistics, v.up())
	if shown > 0 {
		c.divided[0].Refresh()
		c.divided[1].Refresh()
	}
	return moved || shown > 0
}

// noneCard says that there is nothing to tell.
type noneCard struct {
	object *fyne.Container
	title  *widgets.Text
	deps   Deps
}

func newNoneCard(deps Deps) *noneCard {
	c := &noneCard{deps: deps, title: widgets.NewText(widgets.Look{Bold: true}, "")}
	hint := widgets.NewText(widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond}, deps.Texts.Text("details.none"))
	c.object = widgets.NewCard(widgets.NewColumn(theme.Tight, c.title, hint))
	return c
}

func (c *noneCard) show(v view) {
	state := v.Snapshot.State
	if state == "" {
		state = tunnel.StateDisconnected
	}
	c.title.SetText(c.deps.Texts.Text("details.state." + string(state)))
	setVisible(c.object, !v.up())
}

// setVisible shows or hides an object.
func setVisible(o fyne.CanvasObject, visible bool) {
	if visible {
		o.Show()
	} else {
		o.Hide()
	}
}
