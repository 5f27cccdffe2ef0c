package connections

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/uitest"
	"torii/ui/widgets"
	"torii/ui/widgets/widgettest"
)

// scene is the screen as a person sees it after some presses.
type scene struct {
	name  string
	state api.State
	play  func(b *bench)
}

// scenes are all that the screen can look like.
func scenes() []scene {
	locked := origins()
	everything := uitest.Disconnected()
	everything.Entries[0] = full()
	weak := uitest.Disconnected()
	weak.Entries[0].OldTLS, weak.Entries[0].Certificate = true, "gone@example.com"
	return []scene{
		{"empty", uitest.Empty(), nil},
		{"disconnected", uitest.Disconnected(), nil},
		{"origins", origins(), nil},
		{"connected", uitest.Connected(), nil},
		{"connecting", uitest.Connecting(), nil},
		{"failed", uitest.Failed(), nil},
		{"long", long(), nil},
		{"notice", uitest.Disconnected(), func(b *bench) { b.complain(errDisk) }},
		{"menu", origins(), func(b *bench) { b.rows["e1"].menu(nil) }},
		{"menu-profile", origins(), func(b *bench) { b.rows["m1"].menu(nil) }},
		{"rename", uitest.Disconnected(), func(b *bench) {
			b.rename(b.state.Entries[1])
			b.renaming.name.SetText("Tokyo hq")
		}},
		{"delete", origins(), func(b *bench) { b.delete(b.state.Entries[0]) }},
		{"change", uitest.Connected(), func(b *bench) { b.connect("e2") }},
		{"editor-new", uitest.Disconnected(), func(b *bench) { b.Add() }},
		{"editor-errors", uitest.Disconnected(), func(b *bench) {
			b.Add()
			entries := widgettest.All[*widgets.Entry](b.canvas())
			entries[0].SetText("tokyo HQ")
			entries[1].SetText("192.0.2")
			widgettest.Press(b.t, b.canvas(), b.deps.Texts.Text("connections.editor.save"))
		}},
		{"editor-hints", uitest.Disconnected(), func(b *bench) {
			b.Add()
			entries := widgettest.All[*widgets.Entry](b.canvas())
			entries[0].SetText("東京本社第二別館地下研究室")
			entries[1].SetText("vpn.example.com:8443/staff")
		}},
		{"editor-full", everything, func(b *bench) { b.Edit("e1") }},
		{"editor-full-2", everything, func(b *bench) { b.Edit("e1"); b.scroll(560) }},
		{"editor-full-3", everything, func(b *bench) { b.Edit("e1"); b.scroll(1120) }},
		{"editor-weak", weak, func(b *bench) { b.Edit("e1"); b.scroll(400) }},
		{"editor-domain", everything, func(b *bench) {
			b.Edit("e1")
			b.scroll(640)
			widgettest.Press(b.t, b.canvas(), b.deps.Texts.Text("connections.editor.on-demand.add"))
			b.canvas().Focused().(*widgets.Entry).SetText("10.0.0.1")
		}},
		{"editor-locked", locked, func(b *bench) { b.Edit("m1") }},
		{"editor-locked-2", locked, func(b *bench) { b.Edit("m1"); b.scroll(520) }},
		{"editor-running", uitest.Connected(), func(b *bench) { b.Edit("e1") }},
		{"lost", uitest.Connected(), func(b *bench) { b.Lost() }},
	}
}

// scroll shows what is lower on the page.
func (b *bench) scroll(down float32) {
	for _, o := range widgettest.All[fyne.CanvasObject](b.canvas()) {
		if s, ok := o.(interface{ ScrollToOffset(fyne.Position) }); ok {
			s.ScrollToOffset(fyne.NewPos(0, down))
		}
	}
}

func (b *bench) act(s scene) {
	b.Update(s.state)
	if s.play != nil {
		s.play(b)
	}
}

func TestScenes(t *testing.T) {
	for _, s := range scenes() {
		t.Run(s.name, func(t *testing.T) {
			b := newBench(t, normal)
			b.act(s)
			test.AssertRendersToMarkup(t, s.name+".xml", b.canvas())
		})
	}
}

func TestNothingIsCutOrCovered(t *testing.T) {
	for _, size := range []fyne.Size{normal, small, wide} {
		for _, language := range i18n.Languages() {
			if size != small && language != "en" {
				continue // what fits into the smallest window fits into the others
			}
			for _, s := range scenes() {
				if s.name == "menu" || s.name == "menu-profile" {
					continue // it lies over what it belongs to, which widgettest leaves out
				}
				t.Run(fmt.Sprintf("%s %s at %v", s.name, language, size.Width), func(t *testing.T) {
					// What is scrolled out of sight counts as seen, so everything has to fit.
					b := newBenchIn(t, fyne.NewSize(size.Width, 3000), "light", language)
					b.act(s)
					if fault := widgettest.Overlaps(b.canvas()); fault != "" {
						t.Error(fault)
					}
				})
			}
		}
	}
}
