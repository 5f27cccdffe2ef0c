package home

import (
	"strings"

	"fyne.io/fyne/v2"

	"torii/ui/figures"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// detailsCard shows what a helpdesk asks first: addresses and transport.
type detailsCard struct {
	deps                       Deps
	object                     fyne.CanvasObject
	address, server, transport *detail
}

func newDetailsCard(deps Deps) *detailsCard {
	c := &detailsCard{
		deps:      deps,
		address:   newDetail(deps.Texts.Text("home.details.address")),
		server:    newDetail(deps.Texts.Text("home.details.server")),
		transport: newDetail(deps.Texts.Text("home.details.transport")),
	}
	c.object = widgets.NewCard(widgets.NewColumn(theme.Small, c.address.object, c.server.object, c.transport.object))
	return c
}

func (c *detailsCard) show(v view) {
	setVisible(c.object, v.up())
	var addresses []string
	for _, a := range v.Snapshot.Addresses {
		addresses = append(addresses, figures.Bare(a))
	}
	c.address.set(strings.Join(addresses, "\n"))
	endpoint := v.Snapshot.GatewayEndpoint
	if endpoint == "" {
		endpoint = v.Snapshot.Gateway
	}
	c.server.set(endpoint)
	// A cipher that begins with the transport's name ("DTLS 1.2, ...") says both.
	transport, cipher := strings.ToUpper(v.Snapshot.Transport), v.Snapshot.Cipher
	switch {
	case transport == "" || strings.HasPrefix(cipher, transport+" "):
		transport = cipher
	case cipher != "":
		transport += ", " + cipher
	}
	c.transport.set(transport)
}

// detail is a line with a label at the left and a value at the right.
type detail struct {
	object fyne.CanvasObject
	value  *widgets.Text
}

func newDetail(label string) *detail {
	d := &detail{value: widgets.NewText(widgets.Look{Size: theme.SizeSecond, Align: fyne.TextAlignTrailing}, "")}
	d.object = widgets.NewTopRow(theme.Between, 1,
		widgets.NewText(widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond, Whole: true}, label), d.value)
	return d
}

// set shows a value; the line is hidden without one.
func (d *detail) set(value string) {
	d.value.SetText(value)
	setVisible(d.object, value != "")
}

// copied is a line with a value that can be copied.
type copied struct {
	object fyne.CanvasObject
	value  *widgets.Text
}

func newCopied(deps Deps, label string) *copied {
	c := &copied{value: widgets.NewText(widgets.Look{Size: theme.SizeSecond, Mono: true, Single: true}, "")}
	button := widgets.NewButton(widgets.Quiet, deps.Texts.Text("home.copy.do"), "copy", nil)
	button.OnTapped = func() { deps.Actions.Copy(c.value.Text()) }
	words := widgets.NewColumn(0,
		widgets.NewText(widgets.Look{Size: theme.SizeLabel, Color: theme.ColorSecond, Single: true}, label), c.value)
	c.object = widgets.NewRow(theme.Small, 0, words, button)
	return c
}

func (c *copied) set(value string) {
	c.value.SetText(value)
	setVisible(c.object, value != "")
}

// proxyCard shows, in proxy mode, where programs find the way inside.
type proxyCard struct {
	object  fyne.CanvasObject
	address *copied
}

func newProxyCard(deps Deps) *proxyCard {
	c := &proxyCard{address: newCopied(deps, deps.Texts.Text("home.proxy.title"))}
	hint := widgets.NewText(widgets.Look{Size: theme.SizeLabel, Color: theme.ColorSecond}, deps.Texts.Text("home.proxy.hint"))
	c.object = widgets.NewCard(widgets.NewColumn(theme.Small, c.address.object, hint))
	return c
}

func (c *proxyCard) show(v view) {
	proxy := ""
	if v.up() {
		proxy = v.Snapshot.Proxy
	}
	c.address.set(proxy)
	setVisible(c.object, proxy != "")
}

// practiceCard tells how to log in to the practice gateway.
type practiceCard struct {
	object               fyne.CanvasObject
	user, password, page *copied
}

func newPracticeCard(deps Deps) *practiceCard {
	texts := deps.Texts
	c := &practiceCard{
		user:     newCopied(deps, texts.Text("home.practice.user")),
		password: newCopied(deps, texts.Text("home.practice.password")),
		page:     newCopied(deps, texts.Text("home.practice.page")),
	}
	title := widgets.NewText(widgets.Look{Bold: true}, texts.Text("home.practice.title"))
	hint := widgets.NewText(widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond}, texts.Text("home.practice.hint"))
	c.object = widgets.NewCard(widgets.NewColumn(theme.Small, widgets.NewColumn(2, title, hint),
		c.user.object, c.password.object, c.page.object))
	return c
}

func (c *practiceCard) show(v view) {
	setVisible(c.object, v.Practice != nil && !v.lost)
	if p := v.Practice; p != nil {
		c.user.set(p.User)
		c.password.set(p.Password)
		c.page.set(p.Page)
	}
}

// bannerCard shows the gateway's message, which was accepted at the login.
type bannerCard struct {
	object fyne.CanvasObject
	text   *widgets.Text
}

func newBannerCard(deps Deps) *bannerCard {
	c := &bannerCard{text: widgets.NewText(widgets.Look{Size: theme.SizeSecond}, "")}
	title := widgets.NewText(widgets.Look{Size: theme.SizeLabel, Color: theme.ColorSecond}, deps.Texts.Text("home.banner.title"))
	c.object = widgets.NewCard(widgets.NewColumn(theme.Tight, title, c.text))
	return c
}

func (c *bannerCard) show(v view) {
	banner := ""
	if v.up() {
		banner = strings.TrimSpace(v.Snapshot.Banner)
	}
	c.text.SetText(banner)
	setVisible(c.object, banner != "")
}
