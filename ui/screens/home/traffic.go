package home

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"torii/i18n"
	"torii/tunnel"
	"torii/ui/figures"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// trafficCard shows what goes through the tunnel: rates, totals, and the last
// minute as a line.
type trafficCard struct {
	deps   Deps
	object fyne.CanvasObject

	down, up         *widgets.Text
	received, sent   *widgets.Text
	line             *widgets.Sparkline
	last             tunnel.Stats
	lastAt           time.Time
	connection       time.Time // when what is sampled came up
	rateDown, rateUp float64   // bytes a second
}

// minute is how many samples, one a second, the line shows.
const minute = 60

func newTrafficCard(deps Deps) *trafficCard {
	bold := widgets.Look{Bold: true, Single: true}
	label := widgets.Look{Size: theme.SizeLabel, Color: theme.ColorSecond, Single: true}
	c := &trafficCard{
		deps: deps,
		down: widgets.NewText(bold, ""), up: widgets.NewText(bold, ""),
		received: widgets.NewText(label, ""), sent: widgets.NewText(label, ""),
		line: widgets.NewSparkline(minute),
	}
	half := func(icon string, rate, total *widgets.Text) fyne.CanvasObject {
		return widgets.NewRow(theme.Small, 1, widgets.NewIcon(icon, 18, theme.ColorAccent), widgets.NewColumn(0, rate, total))
	}
	rates := container.NewGridWithColumns(2, half("down", c.down, c.received), half("up", c.up, c.sent))
	c.object = widgets.NewCard(widgets.NewColumn(theme.Small, rates, c.line))
	return c
}

func (c *trafficCard) show(v view) {
	setVisible(c.object, v.up())
	if !v.up() {
		c.connection = time.Time{}
		return
	}
	if since := v.Snapshot.Since; c.connection.IsZero() || !since.Equal(c.connection) {
		c.connection = since
		c.last, c.lastAt = v.Snapshot.Stats, v.now
		c.rateDown, c.rateUp = 0, 0
		c.line.Clear()
	}
	c.say(v.Snapshot.Stats)
}

// sample takes the counters once a second.
func (c *trafficCard) sample(now tunnel.Stats) {
	at := c.deps.Now()
	seconds := at.Sub(c.lastAt).Seconds()
	if seconds <= 0 {
		return
	}
	c.rateDown = rate(c.last.BytesReceived, now.BytesReceived, seconds)
	c.rateUp = rate(c.last.BytesSent, now.BytesSent, seconds)
	c.last, c.lastAt = now, at
	c.line.Add(c.rateDown + c.rateUp)
	c.say(now)
}

// rate is the bytes a second between two counts; a counter that began anew
// counts from 0.
func rate(before, after uint64, seconds float64) float64 {
	if after < before {
		before = 0
	}
	return float64(after-before) / seconds
}

func (c *trafficCard) say(s tunnel.Stats) {
	texts := c.deps.Texts
	c.down.SetText(texts.Text("home.traffic.rate", i18n.Values{"Amount": figures.Bytes(texts, c.rateDown)}))
	c.up.SetText(texts.Text("home.traffic.rate", i18n.Values{"Amount": figures.Bytes(texts, c.rateUp)}))
	c.received.SetText(texts.Text("home.traffic.received", i18n.Values{"Amount": figures.Bytes(texts, float64(s.BytesReceived))}))
	c.sent.SetText(texts.Text("home.traffic.sent", i18n.Values{"Amount": figures.Bytes(texts, float64(s.BytesSent))}))
}
