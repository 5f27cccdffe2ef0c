package certificates

import (
	"net"
	"slices"
	"strconv"
	"time"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/prompts"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// overview is the list of a kind.
func (c *Certificates) overview() []fyne.CanvasObject {
	body := []fyne.CanvasObject{c.head(c.text("title")), c.tabs(), second(c.text("about." + string(c.kind)))}
	if c.notice != "" {
		body = append(body, note(theme.ColorTintGood, c.notice))
	}
	body = append(body, widgets.NewFlow(theme.Small, c.button(widgets.Primary, c.text("import.do"), "", c.Import)))
	shown := c.shown()
	switch {
	case c.trouble != "":
		again := widgets.NewFlow(theme.Small, c.button(widgets.Plain, c.text("again"), "", c.ask))
		return append(body, widgets.NewCard(widgets.NewColumn(theme.Small, second(c.trouble), again)))
	case !c.listed:
		return append(body, widgets.NewCard(second(c.text("wait"))))
	case len(shown) == 0:
		return append(body, widgets.NewCard(second(c.text("empty."+string(c.kind)))))
	}
	for _, one := range shown {
		body = append(body, c.row(one))
	}
	all := c.button(widgets.Plain, c.text("delete.all."+string(c.kind)+".do"), "", c.deleteAll)
	return append(body, widgets.NewFlow(theme.Small, all))
}

// tabs chooses the kind.
func (c *Certificates) tabs() fyne.CanvasObject {
	var options []widgets.Option
	for _, kind := range api.CertificateKinds() {
		options = append(options, widgets.Option{Value: string(kind), Label: c.text("tab." + string(kind))})
	}
	tabs := widgets.NewSegments(options, func(kind string) {
		focused := c.deps.Canvas.Focused()
		c.kind, c.notice = api.CertificateKind(kind), ""
		c.build()
		if _, ok := focused.(*widgets.Segments); ok { // the old ones are gone
			c.deps.Canvas.Focus(c.first)
		}
	})
	tabs.Set(string(c.kind))
	tabs.OnEscape = c.Back
	c.first = tabs
	return tabs
}

// shown are the certificates of the kind.
func (c *Certificates) shown() []api.Certificate {
	return slices.DeleteFunc(slices.Clone(c.list), func(one api.Certificate) bool { return one.Kind != c.kind })
}

// row is a certificate of the list.
func (c *Certificates) row(one api.Certificate) fyne.CanvasObject {
	expiry := c.expiry(one.CertificateDetails)
	words := widgets.NewColumn(1, widgets.NewText(widgets.Look{Bold: true}, one.Name))
	if one.Kind == api.CertificateServer {
		words.Add(second(c.text("list.server", i18n.Values{"Host": server(one)})))
	}
	words.Add(second(c.text("list.issuer", i18n.Values{"Issuer": one.IssuerName})))
	words.Add(expiry.text())
	switch {
	case one.Locked:
		words.Add(second(c.text("list.locked")))
	case one.Keeping == api.KeepInMemory:
		words.Add(second(c.text("list.memory")))
	case one.Kind == api.CertificateAuthority && !one.Root:
		words.Add(second(c.text("list.intermediate")))
	}
	icon := widgets.NewIcon("shield", 20, theme.ColorSecond)
	if expiry.color != theme.ColorSecond {
		icon = widgets.NewIcon("warning", 20, expiry.color)
	}
	card := widgets.NewPressCard(widgets.NewRow(theme.Between, 1, icon, words, widgets.NewIcon("chevron", 18, theme.ColorSecond)), func() {
		c.opened, c.notice = &one, ""
		c.turn()
	})
	card.OnEscape = c.Back
	return card
}

// soon is how long before its end a certificate is told to expire.
const soon = 30 * 24 * time.Hour

// expiry is what the calendar says of a certificate, in words and a colour.
type expiry struct {
	words string
	color fyne.ThemeColorName
}

func (c *Certificates) expiry(d api.CertificateDetails) expiry {
	left := d.NotAfter.Sub(c.deps.Now())
	values := i18n.Values{"Day": day(d.NotAfter)}
	switch {
	case d.Status == api.CertificateNotYetValid:
		return expiry{c.text("list.early", i18n.Values{"Day": day(d.NotBefore)}), theme.ColorBad}
	case d.Status == api.CertificateExpired || left <= 0:
		return expiry{c.text("list.expired", values), theme.ColorBad}
	case left < 24*time.Hour:
		return expiry{c.text("list.today"), theme.ColorAttention}
	case left < soon:
		values["Count"] = int(left / (24 * time.Hour))
		return expiry{c.text("list.soon", values), theme.ColorAttention}
	}
	return expiry{c.text("list.until", values), theme.ColorSecond}
}

// text is the line that says it. What is as it should be is not stressed.
func (e expiry) text() fyne.CanvasObject {
	look := widgets.Look{Size: theme.SizeSecond, Color: e.color, Bold: e.color == theme.ColorBad}
	if e.color == theme.ColorAttention { // its colour is too light for letters
		look.Color, look.Bold = theme.ColorText, true
	}
	return widgets.NewText(look, e.words)
}

// deleteAll deletes the certificates of the kind, once the person has agreed.
func (c *Certificates) deleteAll() {
	kind := c.kind
	key := "delete.all." + string(kind)
	c.deps.Confirm(prompts.Confirmation{
		Title: c.text(key + ".title"), Message: c.text(key + ".message"), Do: c.text(key + ".do"),
		Then: func() { c.drop(api.CertificateRef{Kind: kind, All: true}) },
	})
}

// drop deletes, and says what was deleted.
func (c *Certificates) drop(ref api.CertificateRef) {
	deleted := &api.DeletedCertificates{}
	c.deps.Call(api.MethodDropCertificates, ref, deleted, func(err error) {
		c.opened = nil
		switch {
		case err != nil:
			c.trouble = c.explain(err)
		case len(deleted.Deleted) == 1:
			c.notice = c.text("delete.done", i18n.Values{"Name": deleted.Deleted[0].Name})
		default:
			c.notice = c.text("delete.count", i18n.Values{"Count": len(deleted.Deleted)})
		}
		c.turn()
		if err == nil {
			c.ask()
		}
	})
}

// server is the server that a certificate was accepted for, with its port
// where that is not the usual one.
func server(one api.Certificate) string {
	if one.Port == 0 || one.Port == 443 {
		return one.Host
	}
	return net.JoinHostPort(one.Host, strconv.Itoa(int(one.Port)))
}

// day writes a date so that no country reads it wrongly.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
