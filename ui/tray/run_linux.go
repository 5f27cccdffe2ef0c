package tray

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"fyne.io/systray"

	"torii/app/api"
	"torii/i18n"
)

// callTime bounds one call that a click makes. The agent answers at once; what
// a call sets going is seen in its states.
const callTime = 10 * time.Second

// Run shows the tray until ctx ends, and then returns ctx's error; a
// connection that lives on in the agent is not touched. It returns ErrNoTray
// where the session has no bus or the bus is gone, and ErrAgentGone where the
// agent's stream of states ends. No panel is not an error, since one may come:
// see Options.Shown.
//
// The library underneath serves one tray in the life of a process, so Run is
// called once.
func Run(ctx context.Context, options Options) error {
	bus, err := connectBus()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoTray, err)
	}
	// The reader of the bus ends with its connection.
	defer bus.Close()

	ctx, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer stop()

	states := options.Agent.Watch(ctx)
	first, ok := <-states
	if !ok {
		return ended(ctx)
	}
	t := &tray{options: options, shown: newPainter(), clicks: &all}
	if err := t.show(ctx, first); err != nil {
		return err
	}
	// What is painted before the start is there when a panel first asks.
	start, end := systray.RunWithExternalLoop(nil, nil)
	systray.SetOnTapped(func() { t.perform(ctx, Action{Method: api.MethodOpenWindow}) })
	start()
	defer end()

	lost := bus.Context().Done()
	all.Go(func() { watchPanel(ctx, bus, cmp.Or(options.Grace, DefaultGrace), options.Shown) })
	for {
		select {
		case state, ok := <-states:
			if !ok {
				return ended(ctx)
			}
			if err := t.show(ctx, state); err != nil {
				return err
			}
		case <-lost:
			return fmt.Errorf("%w: the session's bus is gone", ErrNoTray)
		}
	}
}

// ended says why the stream of states ended.
func ended(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return ErrAgentGone
}

// tray ties the agent's states to the painter.
type tray struct {
	options Options
	words   *i18n.Catalogue
	wanted  string // the language that words were opened for
	shown   *painter
	clicks  *sync.WaitGroup
}

// show paints a state where it looks different from the one before.
func (t *tray) show(ctx context.Context, state api.State) error {
	if t.words == nil || t.wanted != state.Language {
		words, err := i18n.New(state.Language)
		if err != nil {
			return fmt.Errorf("open the words of the tray: %w", err)
		}
		t.words, t.wanted = words, state.Language
	}
	t.shown.paint(FaceOf(state, t.words), func(clicked <-chan struct{}, action func() Action) {
		t.clicks.Go(func() { t.serve(ctx, clicked, action) })
	})
	return nil
}

// serve carries the clicks of one item to the agent until ctx ends. Clicks
// that come while one is carried out are dropped.
func (t *tray) serve(ctx context.Context, clicked <-chan struct{}, action func() Action) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-clicked:
			t.perform(ctx, action())
		}
	}
}

// perform makes the call of an action.
func (t *tray) perform(ctx context.Context, action Action) {
	var params any
	switch action.Method {
	case "":
		return
	case api.MethodConnect:
		params = api.ConnectRequest{}
	case api.MethodChoose:
		params = api.EntryRef{Entry: action.Entry}
	case api.MethodOpenWindow:
		params = api.OpenWindowRequest{Page: action.Page}
	case api.MethodQuit:
		params = api.QuitRequest{Ask: true}
	}
	call, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	err := t.options.Agent.Call(call, action.Method, params, nil)
	if err != nil && ctx.Err() == nil && t.options.Failed != nil {
		t.options.Failed(action, err)
	}
}
