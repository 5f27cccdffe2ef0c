package window

import (
	"context"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"go.uber.org/goleak"

	"torii/app/api"
	"torii/ui/theme"
	"torii/ui/uitest"
)

// bench is a window under test, with an agent that does as it is told. The
// test's own goroutine stands for the toolkit's: it carries out what comes
// over the bridge.
type bench struct {
	*Window
	t      *testing.T
	agent  *uitest.Agent
	bridge chan func()
	now    time.Time
	signal context.CancelFunc // tells the program to end
}

func newBench(t *testing.T, mode theme.Mode, language string, others ...func(*Deps)) *bench {
	t.Helper()
	ignore := goleak.IgnoreCurrent()
	b := &bench{t: t, agent: uitest.NewAgent(), bridge: make(chan func(), 256), now: uitest.Now()}
	app := test.NewTempApp(t)
	app.Settings().SetTheme(theme.New(mode))
	deps := Deps{
		App: app, Agent: b.agent, Language: language, Now: func() time.Time { return b.now },
		Bridge: func(f func()) { b.bridge <- f },
	}
	for _, other := range others {
		other(&deps)
	}
	w, err := New(deps)
	if err != nil {
		t.Fatal(err)
	}
	b.Window = w
	b.window.Show()
	b.resize(startSize)
	told, signal := context.WithCancel(context.Background())
	b.signal = signal
	b.Start(told)
	t.Cleanup(func() {
		b.Stop()
		signal()
		goleak.VerifyNone(t, ignore)
	})
	return b
}

// resize makes the canvas exactly this large.
func (b *bench) resize(size fyne.Size) { b.window.Resize(size) }

// until carries out what comes over the bridge until something is so.
func (b *bench) until(what string, so func() bool) {
	b.t.Helper()
	deadline := time.After(20 * time.Second)
	for !so() {
		select {
		case f := <-b.bridge:
			f()
		case <-deadline:
			b.t.Fatalf("still not: %s", what)
		}
	}
}

// show sends a State and waits until the window has it.
func (b *bench) show(state api.State) {
	b.t.Helper()
	state.Revision = b.state.Revision + 1
	b.agent.Send(state)
	b.until("the State is shown", func() bool { return b.state.Revision == state.Revision })
}

// called waits for the next call and returns it.
func (b *bench) called() uitest.Call {
	b.t.Helper()
	var call uitest.Call
	b.until("a call", func() bool {
		select {
		case call = <-b.agent.Calls():
			return true
		case f := <-b.bridge:
			f()
			return false
		case <-time.After(10 * time.Millisecond):
			return false
		}
	})
	return call
}
