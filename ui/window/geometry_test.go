package window

import (
	"context"
	"errors"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"torii/app/api"
	"torii/ui/theme"
	"torii/ui/uitest"
)

func TestParseSize(t *testing.T) {
	if size, err := ParseSize("420x640"); err != nil || size != fyne.NewSize(420, 640) {
		t.Errorf("420x640 is %v, %v", size, err)
	}
	for _, text := range []string{"", "420", "420x", "x640", "420x640x", "420x640 ", "-1x640", "4e2x640", "99999x640", "0420x640"} {
		if size, err := ParseSize(text); err == nil {
			t.Errorf("%q is %v", text, size)
		}
	}
}

func TestSizeFitsTheScreen(t *testing.T) {
	size, screen := fyne.NewSize, fyne.NewSize
	for _, c := range []struct {
		name         string
		left, screen fyne.Size
		scale        float32
		want         fyne.Size
	}{
		{"the first time", fyne.Size{}, screen(1920, 1080), 1, startSize},
		{"as it was left", size(900, 700), screen(1920, 1080), 1, size(900, 700)},
		{"smaller than can be used", size(100, 100), screen(1920, 1080), 1, leastSize},
		{"left on a larger screen", size(2400, 1300), screen(1366, 768), 1, size(1318, 720)},
		{"left at a smaller scale", size(900, 900), screen(1920, 1080), 2, size(900, 520)},
		{"a screen that is too small for every page", size(900, 700), screen(640, 480), 2, leastSize},
		{"nobody knows the screen", size(900, 700), fyne.Size{}, 1, size(900, 700)},
	} {
		if got := fitting(sizeToBegin(c.left), c.screen, c.scale); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestPlaceIsKept: the agent is told how the window stands, once it stands
// still, and again where it could not keep it.
func TestPlaceIsKept(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(uitest.Disconnected())
	b.beat()
	b.beat()
	b.resize(fyne.NewSize(700, 800))
	b.beat() // it may be under way
	b.resize(fyne.NewSize(720, 820))
	b.open(pageDetails)
	b.agent.Answer = func(context.Context, uitest.Call, any) error { return errors.New("the disk is full") }
	b.beat()
	b.beat()
	want := api.WindowPlace{Width: 720, Height: 820, Page: pageDetails}
	b.wantPlace(want)
	b.until("the failure has come", func() bool { return b.kept == api.WindowPlace{} })
	b.agent.Answer = nil
	b.beat()
	b.wantPlace(want)
	b.beat()

	b.open(pageAbout)
	want.Page = pageSettings
	b.leavePlace() // closed before it stood still
	b.wantPlace(want)
}

// wantPlace waits for the next call that keeps the window's place, past those
// of the pages.
func (b *bench) wantPlace(want api.WindowPlace) {
	b.t.Helper()
	for {
		if call := b.called(); call.Method == api.MethodPlace {
			if call.Params != want {
				b.t.Errorf("kept was %+v, want %+v", call.Params, want)
			}
			return
		}
	}
}

// TestBeginsAsItWasLeft: size and page of the last time, unless somebody asks
// for a page, or there is none of that name.
func TestBeginsAsItWasLeft(t *testing.T) {
	begin := func(page string, screen fyne.Size) *Window {
		app := test.NewTempApp(t)
		app.Settings().SetTheme(theme.New(theme.Light))
		w, err := New(Deps{App: app, Agent: uitest.NewAgent(), Size: fyne.NewSize(900, 700), Page: page, Screen: screen,
			Bridge: func(func()) {}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(w.Stop)
		return w
	}
	state := uitest.Disconnected()
	state.Revision = 1
	w := begin(pageDiagnostics, fyne.Size{})
	w.show(state)
	if got := w.place(); got != (api.WindowPlace{Width: 900, Height: 700, Page: pageDiagnostics}) {
		t.Errorf("it begins as %+v", got)
	}
	small := begin(pageHome, fyne.NewSize(800, 600))
	small.show(state)
	if got := small.place(); got.Width != 752 || got.Height != 552 {
		t.Errorf("on a small screen it begins as %+v", got)
	}
	if w := begin("nowhere", fyne.Size{}); w.page != pageHome {
		t.Errorf("a page that is gone shows %q", w.page)
	}
	state.Raise, state.Page = 1, "statistics"
	asked := begin(pageSettings, fyne.Size{})
	asked.show(state)
	if asked.page != pageDetails {
		t.Errorf("the page that is asked for gives way to the last one: %q", asked.page)
	}
}
