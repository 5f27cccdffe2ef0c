package certificates

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/prompts"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// fact is a line of what is told of a certificate.
type fact struct {
	label, value string
	mono         bool
}

// details is all that is known of one certificate.
func (c *Certificates) details(one api.Certificate) []fyne.CanvasObject {
	rows := widgets.NewColumn(theme.Between)
	for _, f := range c.facts(one) {
		look := widgets.Look{Size: theme.SizeSecond}
		if f.mono {
			look = widgets.Look{Size: theme.SizeLabel, Mono: true}
		}
		rows.Add(widgets.NewLabelled(f.label, widgets.NewText(look, f.value)))
	}
	c.copy = c.button(widgets.Plain, c.text("copy.do"), "copy", func() { c.copyAll(one) })
	remove := c.button(widgets.Plain, c.text("delete.do"), "", func() { c.remove(one) })
	body := []fyne.CanvasObject{c.head(one.Name)}
	if e := c.expiry(one.CertificateDetails); e.color != theme.ColorSecond {
		tint := theme.ColorTintAttention
		if e.color == theme.ColorBad {
			tint = theme.ColorTintBad
		}
		body = append(body, note(tint, e.words))
	}
	return append(body, widgets.NewCard(rows), widgets.NewFlow(theme.Small, c.copy, remove))
}

// facts are all that is known of a certificate, in their order. What is not
// known is left out.
func (c *Certificates) facts(one api.Certificate) []fact {
	keeping := ""
	if one.Keeping != "" {
		keeping = c.text("keeping." + one.Keeping)
	}
	host := ""
	if one.Kind == api.CertificateServer {
		host = server(one)
	}
	var chain []string
	for _, above := range one.Chain {
		chain = append(chain, above.Subject+"\n"+c.expiry(above).words)
	}
	all := []fact{
		{c.text("detail.subject"), one.Subject, false},
		{c.text("detail.names"), strings.Join(one.Names, ", "), false},
		{c.text("detail.issuer"), one.Issuer, false},
		{c.text("detail.server"), host, false},
		{c.text("detail.used"), strings.Join(c.users(one), ", "), false},
		{c.text("detail.from"), moment(one.NotBefore), false},
		{c.text("detail.until"), moment(one.NotAfter), false},
		{c.text("detail.serial"), one.Serial, true},
		{c.text("detail.usages"), strings.Join(slices.Concat(one.KeyUsages, one.ExtendedKeys), ", "), false},
		{c.text("detail.key"), one.Key, false},
		{c.text("detail.signature"), one.Signature, false},
		{c.text("detail.fingerprint"), grouped(one.Fingerprint), true},
		{c.text("detail.chain"), strings.Join(chain, "\n"), false},
		{c.text("detail.keeping"), keeping, false},
		{c.text("detail.added"), moment(one.Added), false},
	}
	return slices.DeleteFunc(all, func(f fact) bool { return f.value == "" })
}

// users are the names of the connections that show a certificate.
func (c *Certificates) users(one api.Certificate) []string {
	var names []string
	for _, e := range c.entries {
		if one.Kind == api.CertificateUser && e.Certificate == one.Name {
			names = append(names, e.Name)
		}
	}
	return names
}

// copyAll puts what is told on the clipboard, as text.
func (c *Certificates) copyAll(one api.Certificate) {
	var b strings.Builder
	b.WriteString(one.Name + "\n")
	for _, f := range c.facts(one) {
		b.WriteString(f.label + ": " + strings.ReplaceAll(f.value, "\n", "; ") + "\n")
	}
	c.deps.Copy(b.String())
	c.praise = 3
	c.copy.SetText(c.text("copy.done"))
	c.page.Relayout()
}

// remove deletes a certificate, once the person has agreed.
func (c *Certificates) remove(one api.Certificate) {
	message := c.text("delete."+string(one.Kind), i18n.Values{"Host": server(one)})
	if users := c.users(one); len(users) > 0 {
		message = c.text("delete.used", i18n.Values{"Names": strings.Join(users, ", ")}) + " " + message
	}
	c.deps.Confirm(prompts.Confirmation{
		Title: c.text("delete.title", i18n.Values{"Name": one.Name}), Message: message, Do: c.text("delete.do"),
		Then: func() { c.drop(api.CertificateRef{Kind: one.Kind, Certificate: one.ID}) },
	})
}

// moment writes a time to the minute; "" for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// grouped sets hex digits in groups of four, to be compared by eye or by phone.
func grouped(hex string) string {
	var groups []string
	for i := 0; i < len(hex); i += 4 {
		groups = append(groups, strings.ToUpper(hex[i:min(i+4, len(hex))]))
	}
	return strings.Join(groups, " ")
}
