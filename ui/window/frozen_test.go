package window

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/ui/theme"
	"torii/ui/uitest"
	"torii/ui/widgets/widgettest"
)

// freeze makes the agent answer nothing until the window gives a call up. The
// returned function lists the calls that were made on the toolkit's goroutine,
// which stands still for such a call; the test's own goroutine plays it.
func (b *bench) freeze() (waited func() []string) {
	var mu sync.Mutex
	var found []string
	b.agent.Answer = func(ctx context.Context, call uitest.Call, _ any) error {
		stack := make([]byte, 64<<10)
		if stack = stack[:runtime.Stack(stack, false)]; strings.Contains(string(stack), "testing.tRunner(") {
			mu.Lock()
			defer mu.Unlock()
			found = append(found, fmt.Sprintf("%s from\n%s", call.Method, stack))
			return context.DeadlineExceeded
		}
		<-ctx.Done()
		return ctx.Err()
	}
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return found
	}
}

// drain takes what has come over the bridge and the notes of calls.
func (b *bench) drain() {
	for {
		select {
		case f := <-b.bridge:
			f()
		case <-b.agent.Calls():
		default:
			return
		}
	}
}

// TestNothingWaitsForTheAgent presses everything that can be pressed on every
// page and prompt while the agent answers nothing, and walks through every page
// by the clock: no call is made on the toolkit's goroutine.
func TestNothingWaitsForTheAgent(t *testing.T) {
	pages := []string{pageHome, pageConnections, pageDetails, pageDiagnostics, pageSettings, pageAbout, pageCertificates, pageDoctor}
	pressed := 0
	for _, state := range []api.State{uitest.Disconnected(), uitest.Connected(), uitest.Failed(), uitest.Practice()} {
		for _, page := range pages {
			b := newBench(t, theme.Light, "en")
			waited := b.freeze()
			b.show(with(state))
			pressed += b.pressAll(func() { b.open(page) })
			b.beat()
			b.drain()
			complainOf(t, page, waited())
		}
	}
	for _, prompt := range uitest.Prompts() {
		for at, more := 0, true; more; at++ {
			b := newBench(t, theme.Light, "en")
			waited := b.freeze()
			b.show(with(prompt.State))
			if more = b.pressOne(at); more {
				pressed++
			}
			b.drain()
			complainOf(t, prompt.Name, waited())
		}
	}
	b := newBench(t, theme.Light, "en")
	waited := b.freeze()
	b.show(with(uitest.Disconnected()))
	pressed += b.pressAll(b.addEntry)
	complainOf(t, "the editor", waited())
	if pressed < 200 {
		t.Errorf("only %d presses: the test does not reach the window's buttons", pressed)
	}
}

func complainOf(t *testing.T, where string, calls []string) {
	t.Helper()
	for _, call := range calls {
		t.Errorf("%s: the toolkit waits for %s", where, call)
	}
}

// pressAll presses what there is on a page, one after the other, and returns
// how many presses that were. open shows the page.
func (b *bench) pressAll(open func()) int {
	open()
	for at := 0; ; at++ {
		if !b.pressOne(at) {
			return at
		}
		b.drain()
		for b.window.Canvas().Overlays().Top() != nil {
			b.window.Canvas().Overlays().Remove(b.window.Canvas().Overlays().Top())
		}
		b.sheet = nil
		open()
	}
}

// pressOne presses the n-th of what can be pressed; false where there are fewer.
func (b *bench) pressOne(n int) bool {
	for _, o := range widgettest.Objects(b.window.Canvas()) {
		tapped, ok := o.(fyne.Tappable)
		if !ok {
			continue
		}
		if n == 0 {
			if focused, ok := o.(fyne.Focusable); ok {
				b.window.Canvas().Focus(focused)
			}
			tapped.Tapped(&fyne.PointEvent{})
			if twice, ok := o.(fyne.DoubleTappable); ok {
				twice.DoubleTapped(&fyne.PointEvent{})
			}
			if second, ok := o.(fyne.SecondaryTappable); ok {
				second.TappedSecondary(&fyne.PointEvent{})
			}
			return true
		}
		n--
	}
	return false
}
