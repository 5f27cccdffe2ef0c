package doctor

import (
	"strings"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/assets"
	"torii/i18n"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// verdict is a card with a mark and what can be said in a line or two.
func (d *Doctor) verdict(mark assets.Mark, title, about string) fyne.CanvasObject {
	gate := widgets.NewSmallMark(26)
	gate.SetMark(mark)
	words := widgets.NewColumn(2, widgets.NewText(widgets.Look{Bold: true}, title))
	if about != "" {
		words.Add(second(about))
	}
	return widgets.NewCard(widgets.NewTopRow(theme.Between, 1, gate, words))
}

// looking is what is said while a server is looked at.
func (d *Doctor) looking(host string) fyne.CanvasObject {
	t := d.deps.Texts
	return d.verdict(assets.MarkConnecting, t.Text("check.looking", i18n.Values{"Host": host}), t.Text("check.patience"))
}

// failed is what is said where nothing could be looked at.
func (d *Doctor) failed(host, message, remedy string) fyne.CanvasObject {
	t := d.deps.Texts
	return d.verdict(assets.MarkFailed, t.Text("check.failed", i18n.Values{"Host": host}),
		t.Text("error.both", i18n.Values{"Message": message, "Remedy": remedy}))
}

// findings is a report: what it comes to, then what fails and what warns, each
// on a card of its own, then what is well in one line.
func (d *Doctor) findings(report api.DoctorReport) []fyne.CanvasObject {
	all := []fyne.CanvasObject{d.summary(report)}
	for _, check := range report.Checks {
		if check.Status != api.DoctorPass {
			all = append(all, d.finding(check))
		}
	}
	if list := d.passed(report); list != "" {
		row := widgets.NewTopRow(theme.Small, 1, widgets.NewIcon("tick", 18, theme.ColorGood),
			widgets.NewLabelled(d.deps.Texts.Text("check.passed"), widgets.NewText(widgets.Look{Size: theme.SizeSecond}, list)))
		all = append(all, widgets.NewCard(row))
	}
	return all
}

// summary is what a report comes to.
func (d *Doctor) summary(report api.DoctorReport) fyne.CanvasObject {
	mark, title, about := d.outcome(report)
	return d.verdict(mark, title, about)
}

// outcome is what a report comes to, in words.
func (d *Doctor) outcome(report api.DoctorReport) (mark assets.Mark, title, about string) {
	t := d.deps.Texts
	fails, warns := 0, 0
	for _, check := range report.Checks {
		switch check.Status {
		case api.DoctorFail:
			fails++
		case api.DoctorWarn:
			warns++
		}
	}
	switch host := (i18n.Values{"Host": report.Host}); {
	case fails > 0:
		return assets.MarkFailed, d.count("check.wrong", fails), report.Host
	case report.Error != nil:
		return assets.MarkFailed, t.Text("check.failed", host),
			t.Text("error.both", i18n.Values{"Message": report.Error.Message, "Remedy": report.Error.Remedy})
	case warns > 0:
		return assets.MarkNeeds, t.Text("check.attention"), report.Host
	default:
		return assets.MarkConnected, t.Text("check.well"), t.Text("doctor.well", host)
	}
}

// finding is one thing that is not as it should be.
func (d *Doctor) finding(check api.DoctorCheck) fyne.CanvasObject {
	t := d.deps.Texts
	color, tint, line := theme.ColorBad, theme.ColorTintBad, theme.ColorBad
	if check.Status == api.DoctorWarn {
		color, tint, line = theme.ColorAttention, theme.ColorTintAttention, theme.ColorLine
	}
	head := widgets.NewTopRow(theme.Small, 1, widgets.NewIcon("warning", 20, color), widgets.NewText(widgets.Look{Bold: true}, check.Title))
	column := widgets.NewColumn(theme.Between, head, widgets.NewText(widgets.Look{Size: theme.SizeSecond}, check.Cause))
	if check.Seen != "" {
		column.Add(widgets.NewLabelled(t.Text("check.what"), widgets.NewText(widgets.Look{Size: theme.SizeSecond}, check.Seen)))
	}
	if check.Remedy != "" {
		remedy := widgets.NewColumn(2, widgets.NewText(widgets.Look{Size: theme.SizeSecond, Bold: true}, d.who(check.Who)),
			widgets.NewText(widgets.Look{Size: theme.SizeSecond}, check.Remedy))
		column.Add(widgets.NewInset(10, widgets.NewBlock(tint, theme.Corner), remedy))
	}
	if check.Tell != "" {
		column.Add(widgets.NewLabelled(t.Text("check.tell.title"), widgets.NewText(widgets.Look{Size: theme.SizeSecond}, check.Tell)))
	}
	ground := widgets.NewSurface()
	ground.SetLine(line)
	return widgets.NewCardOn(ground, column)
}

// who must act, in words.
func (d *Doctor) who(who api.DoctorWho) string {
	if who == "" {
		return ""
	}
	return d.deps.Texts.Text("check.who." + string(who))
}

// passed are the checks that are well, in one line.
func (d *Doctor) passed(report api.DoctorReport) string {
	var names []string
	for _, check := range report.Checks {
		key := "doctor.ok." + string(check.Code)
		if name := d.deps.Texts.Text(key, i18n.Values{"Seen": check.Seen}); check.Status == api.DoctorPass && name != key && name != "" {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// written is a report as text, for a mail to the administrator.
func (d *Doctor) written(report api.DoctorReport) string {
	t := d.deps.Texts
	_, title, about := d.outcome(report)
	var b strings.Builder
	b.WriteString(report.Host + "\n" + title + "\n")
	if about != report.Host {
		b.WriteString(about + "\n")
	}
	for _, check := range report.Checks {
		if check.Status == api.DoctorPass {
			continue
		}
		b.WriteString("\n" + check.Title + " (" + string(check.Code) + ")\n" + check.Cause + "\n")
		for _, line := range [][2]string{{t.Text("check.what"), check.Seen}, {d.who(check.Who), check.Remedy}, {t.Text("check.tell.title"), check.Tell}} {
			if line[1] != "" {
				b.WriteString(line[0] + ": " + line[1] + "\n")
			}
		}
	}
	if list := d.passed(report); list != "" {
		b.WriteString("\n" + t.Text("check.passed") + ": " + list + "\n")
	}
	return b.String()
}
