package welcome

import (
	"time"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/assets"
	"torii/i18n"
	"torii/tunnel"
	"torii/ui/prompts"
	"torii/ui/screens/connections/editor"
	"torii/ui/screens/connections/rules"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// pause is how long nothing must have been typed before the agent looks.
const pause = 600 * time.Millisecond

// found is what the agent has seen at an address.
type found struct {
	address string // "" for nothing yet
	probe   api.Probe
	trouble string // why it could not look; "" where it could
}

// check is the look at who answers at the address that is typed.
type check struct {
	screen  *Welcome
	object  fyne.CanvasObject
	mark    *widgets.Picture
	title   *widgets.Text
	about   *widgets.Text
	since   time.Time // of the last key
	looking string    // the address of the look that is under way; "" for none
}

func newCheck(w *Welcome) *check {
	c := &check{screen: w, mark: widgets.NewSmallMark(26),
		title: widgets.NewText(widgets.Look{Bold: true}, ""),
		about: widgets.NewText(widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond}, "")}
	c.object = widgets.NewCard(widgets.NewTopRow(theme.Between, 1, c.mark, widgets.NewColumn(2, c.title, c.about)))
	c.show()
	return c
}

// changed is called for each key that is typed: what was seen is over.
func (c *check) changed() {
	c.since, c.looking = c.screen.deps.Now(), ""
	c.show()
}

// tick looks once nothing has been typed for a moment.
func (c *check) tick() {
	text := c.screen.draft.address
	address, fault := rules.ParseAddress(text)
	if fault != "" || c.looking == text || c.screen.draft.found.address == text || c.screen.deps.Now().Sub(c.since) < pause {
		return
	}
	c.looking = text
	entry := editor.Fresh()
	entry.Host, entry.Port, entry.Path = address.Host, address.Port, address.Path
	probe := &api.Probe{}
	c.screen.deps.Call(api.MethodProbe, entry, probe, func(err error) {
		if c.looking != text { // typing went on
			return
		}
		c.looking = ""
		seen := found{address: text, probe: *probe}
		if err != nil {
			seen.trouble, _ = c.screen.deps.Explain(err)
		}
		c.screen.draft.found = seen
		c.show()
	})
	c.show()
}

// show shows what is known of the address that is typed.
func (c *check) show() {
	w := c.screen
	text := w.draft.address
	address, fault := rules.ParseAddress(text)
	v := verdict{mark: assets.MarkDisconnected}
	switch {
	case fault != "":
	case c.looking == text:
		v = verdict{mark: assets.MarkConnecting, title: w.text("check.looking", i18n.Values{"Host": address.Host})}
	case w.draft.found.address == text:
		v = w.verdict(address.Host)
	}
	c.mark.SetMark(v.mark)
	c.title.SetText(v.title)
	c.about.SetText(v.about)
	setVisible(c.about, v.about != "")
	setVisible(c.object, v.title != "")
	if w.page != nil {
		w.page.Relayout()
	}
}

// verdict is what a look came to, in words.
type verdict struct {
	mark         assets.Mark
	title, about string
}

// verdict words what was found at a host.
func (w *Welcome) verdict(host string) verdict {
	f, values := w.draft.found, i18n.Values{"Host": host, "Gateway": host, "Detail": ""}
	anyway := w.text("check.anyway")
	switch p := f.probe; {
	case f.trouble != "":
		return verdict{assets.MarkPaused, f.trouble, anyway}
	case p.Server != nil && len(p.Server.Problems) > 0:
		about := ""
		for _, problem := range p.Server.Problems {
			about += prompts.Problem(w.deps.Texts, problem, p.Server) + " "
		}
		return verdict{assets.MarkNeeds, w.text("check.untrusted", values), about + w.text("check.ask")}
	case p.Gateway != "" && p.Code == tunnel.CodeClientCertificate:
		return verdict{assets.MarkNeeds, w.text("check.gateway", values), w.text("check.certificate")}
	case p.Gateway != "" && p.Code != "":
		return verdict{assets.MarkNeeds, w.text("check.gateway", values), w.text("check.unsupported")}
	case p.Gateway != "":
		return verdict{assets.MarkConnected, w.text("check.gateway", values), w.text("check.trusted")}
	case w.deps.Texts.Has("error." + string(p.Code) + ".message"):
		return verdict{assets.MarkFailed, w.deps.Texts.Text("error."+string(p.Code)+".message", values), anyway}
	}
	return verdict{assets.MarkFailed, w.deps.Texts.Text("error.internal.message", values), anyway}
}
