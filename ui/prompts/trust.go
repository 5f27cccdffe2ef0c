package prompts

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"torii/i18n"
	"torii/tunnel"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// trust fills the prompt of a server that cannot be trusted. The safe choice
// comes first, as the question has it, and has the keyboard.
func (p *Prompts) trust(made *prompt, q tunnel.Question) {
	texts, server := p.deps.Texts, q.Server
	if server == nil {
		server = &tunnel.ServerCertificate{Host: p.state.Snapshot.Gateway}
	}
	head := widgets.NewRow(theme.Small, 1, widgets.NewIcon("warning", 22, theme.ColorBad),
		widgets.NewText(widgets.Look{Size: theme.SizeTitle, Bold: true, Color: theme.ColorBad}, texts.Text("prompt.trust.title")))
	body := widgets.NewColumn(theme.Between, made.trouble.object,
		widgets.NewText(widgets.Look{}, texts.Text("prompt.trust.message", i18n.Values{"Server": hostPort(server)})))
	body.Add(p.problems(server))
	body.Add(second(texts.Text("prompt.trust.advice")))

	details := p.certificate(server)
	details.Hide()
	foot := made.choices(q, func(c tunnel.Choice) string { return p.trustLabel(q, c) }, func(c tunnel.Choice) { p.choose(made, q, c) })
	show := made.button(widgets.Quiet, texts.Text("prompt.trust.details"), nil)
	show.OnTapped = func() {
		if details.Visible() {
			details.Hide()
			show.SetText(texts.Text("prompt.trust.details"))
		} else {
			details.Show()
			show.SetText(texts.Text("prompt.trust.less"))
		}
		made.sheet.Relayout()
	}
	body.Add(widgets.NewOutdent(4, widgets.NewRow(0, -1, show)))
	body.Add(details)
	made.sheet, made.first = widgets.NewSheet(head, body, foot), made.firstButton()
}

// trustLabel names a choice. Where going on is no choice, the safe one is
// called what it does.
func (p *Prompts) trustLabel(q tunnel.Question, choice tunnel.Choice) string {
	texts := p.deps.Texts
	switch choice {
	case tunnel.ChoiceContinue:
		return texts.Text("prompt.trust.continue")
	case tunnel.ChoiceImport:
		return texts.Text("prompt.trust.import")
	case tunnel.ChoiceSettings:
		return texts.Text("prompt.trust.settings")
	}
	if !slices.Contains(q.Choices, tunnel.ChoiceContinue) {
		return texts.Text("prompt.trust.safe")
	}
	return texts.Text("prompt.cancel")
}

// problems lists what verification found, in words.
func (p *Prompts) problems(server *tunnel.ServerCertificate) *fyne.Container {
	list := widgets.NewColumn(theme.Tight)
	for _, problem := range server.Problems {
		mark := widgets.NewText(widgets.Look{Bold: true, Color: theme.ColorBad, Whole: true}, "•")
		list.Add(widgets.NewTopRow(theme.Small, 1, mark, widgets.NewText(widgets.Look{Bold: true}, Problem(p.deps.Texts, problem, server))))
	}
	if len(list.Objects) == 0 {
		list.Hide()
	}
	return list
}

// Problem says one problem of a server's certificate; a code that is not known
// is said as it is.
func Problem(texts *i18n.Catalogue, code string, server *tunnel.ServerCertificate) string {
	names := strings.Join(server.Names, ", ")
	if names == "" { // it names nobody in the way that counts
		names = server.Subject
	}
	values := i18n.Values{
		"Name": server.Host, "Names": names, "Code": code,
		"From": day(server.NotBefore), "Until": day(server.NotAfter),
	}
	if key := "prompt.problem." + code; texts.Text(key) != key {
		return texts.Text(key, values)
	}
	return texts.Text("prompt.problem.unknown", values)
}

// certificate lists what the certificate says of itself.
func (p *Prompts) certificate(server *tunnel.ServerCertificate) *fyne.Container {
	texts := p.deps.Texts
	list := widgets.NewColumn(theme.Small)
	row := func(key, value string, mono bool) {
		if value == "" {
			return
		}
		size := theme.SizeSecond
		if mono {
			size = theme.SizeLabel
		}
		list.Add(widgets.NewLabelled(texts.Text(key), widgets.NewText(widgets.Look{Size: size, Mono: mono}, value)))
	}
	row("prompt.trust.subject", server.Subject, false)
	row("prompt.trust.issuer", server.Issuer, false)
	row("prompt.trust.names", strings.Join(server.Names, ", "), false)
	row("prompt.trust.valid", texts.Text("prompt.trust.dates",
		i18n.Values{"From": day(server.NotBefore), "Until": day(server.NotAfter)}), false)
	row("prompt.trust.fingerprint", fingerprint(server.Fingerprint), true)
	return widgets.NewInset(12, widgets.NewBlock(theme.ColorTintNeutral, theme.Corner), list)
}

// hostPort is the server with its port, where that is not the usual one.
func hostPort(server *tunnel.ServerCertificate) string {
	if server.Port == 0 || server.Port == 443 {
		return server.Host
	}
	return net.JoinHostPort(server.Host, strconv.Itoa(int(server.Port)))
}

// day writes a date so that no country reads it wrongly.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// fingerprint groups hex digits by four, to be compared by eye or by phone.
func fingerprint(hex string) string {
	var groups []string
	for i := 0; i < len(hex); i += 4 {
		groups = append(groups, strings.ToUpper(hex[i:min(i+4, len(hex))]))
	}
	return strings.Join(groups, " ")
}
