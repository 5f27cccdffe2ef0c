package details

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/figures"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// span is how much time the graph shows, and how much of it a point stands
// for: the longer it is, the less a second moves it, and the less often it is
// asked for.
type span struct{ seconds, point int }

// spans are the choices, by the ends of their keys "details.span.<key>".
func spans() map[string]span {
	return map[string]span{"minute": {60, 1}, "ten": {600, 5}, "hour": {3600, 30}}
}

// graphCard shows the traffic of the last minutes.
type graphCard struct {
	deps   Deps
	object *fyne.Container

	received, sent *widgets.Text // rates of the last second
	top, note      *widgets.Text
	graph          *widgets.Graph
	choice         *widgets.Segments
	pause          *widgets.Button

	up, visible, paused bool
	asking              bool
	wait                int // seconds until it is asked for again
	last                api.Traffic
}

func newGraphCard(deps Deps) *graphCard {
	t := deps.Texts
	label := widgets.Look{Size: theme.SizeLabel, Color: theme.ColorSecond, Single: true}
	c := &graphCard{
		deps: deps, graph: widgets.NewGraph(88),
		received: widgets.NewText(widgets.Look{Bold: true, Single: true}, ""), sent: widgets.NewText(widgets.Look{Bold: true, Single: true}, ""),
		top: widgets.NewText(label, ""), note: widgets.NewText(widgets.Look{Size: theme.SizeLabel, Color: theme.ColorSecond}, ""),
	}
	var options []widgets.Option
	for _, key := range []string{"minute", "ten", "hour"} {
		options = append(options, widgets.Option{Value: key, Label: t.Text("details.span." + key)})
	}
	c.choice = widgets.NewSegments(options, func(string) { c.draw() })
	c.pause = widgets.NewButton(widgets.Quiet, t.Text("details.graph.pause"), "pause", c.toggle)
	half := func(icon, name string, rate *widgets.Text) fyne.CanvasObject {
		return widgets.NewRow(theme.Small, 1, widgets.NewIcon(icon, 18, theme.ColorAccent),
			widgets.NewColumn(0, rate, widgets.NewText(label, t.Text(name))))
	}
	rates := container.NewGridWithColumns(2, half("down", "details.graph.received", c.received), half("up", "details.graph.sent", c.sent))
	c.object = widgets.NewCard(widgets.NewColumn(theme.Small, rates,
		widgets.NewColumn(2, widgets.NewRow(theme.Small, 0, c.top, c.pause), c.graph), c.note, c.choice))
	c.say("")
	return c
}

// show follows the State.
func (c *graphCard) show(v view) {
	up := v.up()
	if up && !c.up {
		c.last, c.paused, c.wait = api.Traffic{}, false, 0
		c.say("")
		c.draw()
	}
	c.up = up
	setVisible(c.object, up)
}

// begin and end follow the screen coming into view and leaving it.
func (c *graphCard) begin() {
	c.visible, c.wait = true, 0
	c.tick()
}

func (c *graphCard) end() { c.visible = false }

// tick asks for the samples where it is time to.
func (c *graphCard) tick() {
	if !c.visible || !c.up || c.paused || c.asking {
		return
	}
	if c.wait--; c.wait > 0 {
		return
	}
	c.asking = true
	c.deps.Calls.Traffic(func(t api.Traffic, err error) {
		c.asking = false
		c.wait = spans()[c.choice.Value()].point
		if !c.visible || c.paused {
			return
		}
		if err != nil {
			c.say(c.deps.Explain(err))
			return
		}
		c.say("")
		c.last = t
		c.draw()
	})
}

// toggle pauses the graph and lets it go on.
func (c *graphCard) toggle() {
	c.paused = !c.paused
	if c.paused {
		c.pause.SetText(c.deps.Texts.Text("details.graph.resume"))
		c.pause.SetIcon("play")
		c.say(c.deps.Texts.Text("details.graph.paused", i18n.Values{"Time": c.deps.Now().Format("15:04:05")}))
		return
	}
	c.pause.SetText(c.deps.Texts.Text("details.graph.pause"))
	c.pause.SetIcon("pause")
	c.say("")
	c.wait = 0
	c.tick()
}

// draw shows the last samples over the chosen span.
func (c *graphCard) draw() {
	s := spans()[c.choice.Value()]
	c.wait = min(c.wait, s.point)
	received, sent := points(c.last.Received, s), points(c.last.Sent, s)
	c.graph.Set(received, sent)
	rate := func(n float64) string {
		return c.deps.Texts.Text("details.graph.rate", i18n.Values{"Amount": figures.Bytes(c.deps.Texts, n)})
	}
	c.received.SetText(rate(newest(c.last.Received)))
	c.sent.SetText(rate(newest(c.last.Sent)))
	c.top.SetText(c.deps.Texts.Text("details.graph.top", i18n.Values{"Rate": rate(c.graph.Top())}))
}

// say shows a note below the graph; "" shows none.
func (c *graphCard) say(note string) {
	c.note.SetText(note)
	if c.note.Visible() != (note != "") {
		setVisible(c.note, note != "")
		c.deps.relayout()
	}
}

// newest is the last sample; 0 for none.
func newest(samples []uint64) float64 {
	if len(samples) == 0 {
		return 0
	}
	return float64(samples[len(samples)-1])
}

// points are the samples of a span, the newest last, each point the mean of
// its seconds. What is not there yet is 0.
func points(samples []uint64, s span) []float64 {
	all := make([]float64, s.seconds/s.point)
	for i := range all {
		end := len(samples) - (len(all)-1-i)*s.point
		var sum float64
		for at := max(0, end-s.point); at < end; at++ {
			sum += float64(samples[at])
		}
		all[i] = sum / float64(s.point)
	}
	return all
}
