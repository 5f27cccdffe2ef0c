package window

import (
	"context"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"

	"torii/app/api"
	"torii/assets"
	"torii/i18n"
	"torii/ui/prompts"
	"torii/ui/screens/certificates"
	"torii/ui/screens/connections"
	"torii/ui/screens/doctor"
	"torii/ui/screens/home"
	"torii/ui/screens/welcome"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// Size is how large the window is at first, in device-independent pixels.
var startSize = fyne.NewSize(420, 640)

// Deps are what the window needs.
type Deps struct {
	App   fyne.App
	Agent api.Agent
	// Bridge runs a function on the toolkit's goroutine, soon and in order;
	// nil is fyne.Do.
	Bridge func(func())
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Language is the language to begin with; "" follows the system. The
	// State's language wins as soon as it is known.
	Language string
	// Size and Page are how the person left the window; zero for the first time.
	Size fyne.Size
	Page string
	// Draws reports whether a text can be drawn with the fonts that there are;
	// nil is theme.Draws.
	Draws func(text string) bool
	// Patience is how long the agent may take to answer before the person is
	// told; zero is three seconds.
	Patience time.Duration
	// Screen is the size of the screen in its own pixels; zero where it is not
	// known.
	Screen fyne.Size
}

// Window is the window.
type Window struct {
	deps   Deps
	window fyne.Window
	texts  *i18n.Catalogue

	home         *home.Home
	connections  *connections.Connections
	welcome      *welcome.Welcome
	certificates *certificates.Certificates
	doctor       *doctor.Doctor
	draft        welcome.Draft // of the first run; it outlives a window that is built anew
	prompts      *prompts.Prompts
	pages        map[string]screen
	page         string // the one that is shown
	nav          *widgets.Nav
	body         *fyne.Container    // of the page
	picker       *dialog.FileDialog // nil while no file is chosen
	sheet        *widgets.Help      // nil while no help is shown
	dressed      string             // the setting that the theme follows

	state  api.State
	lost   bool
	silent bool // the agent does not answer

	notice  *notice
	unfit   string // the language that no font here is for, "" for none
	advised bool   // the person has read what that means

	seen, kept api.WindowPlace // at the last beat, and by the agent

	ctx   context.Context // ends when the window does
	stop  context.CancelFunc
	tasks sync.WaitGroup // the goroutines that this window started
}

// New makes the window; Run shows it. An error means that the catalogue in
// this program is broken.
func New(deps Deps) (*Window, error) {
	if deps.Bridge == nil {
		deps.Bridge = fyne.Do
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.Draws == nil {
		deps.Draws = theme.Draws
	}
	if deps.Patience == 0 {
		deps.Patience = 3 * time.Second
	}
	w := &Window{deps: deps, page: deps.Page, dressed: themeSystem}
	texts, err := w.readable(deps.Language)
	if err != nil {
		return nil, err
	}
	w.texts = texts
	w.ctx, w.stop = context.WithCancel(context.Background())
	w.window = deps.App.NewWindow(texts.Text("window.title"))
	w.window.SetIcon(fyne.NewStaticResource("torii.svg", assets.App()))
	w.window.SetPadded(false)
	w.window.Resize(sizeToBegin(deps.Size))
	w.window.SetOnClosed(w.stop)
	w.window.SetCloseIntercept(w.closed)
	w.build()
	w.keys()
	w.kept = w.place()
	return w, nil
}

// build fills the window in the present language.
func (w *Window) build() {
	if w.prompts != nil {
		w.prompts.Close()
		w.closeHelp()
		w.pages[w.page].Hide()
	}
	teachToolkit(w.texts)
	canvas := w.window.Canvas()
	w.home = home.New(home.Deps{Texts: w.texts, Actions: &actions{w}, Now: w.deps.Now, Canvas: canvas})
	w.prompts = prompts.New(prompts.Deps{Texts: w.texts, Canvas: canvas, Answer: w.answer, Allow: w.allow,
		Explain: w.explain, Now: w.deps.Now})
	w.window.SetTitle(w.texts.Text("window.title"))
	w.buildPages()
}

// Run shows the window, follows the agent, and returns when the window is
// closed or ctx ends. Nothing of it runs on afterwards.
func (w *Window) Run(ctx context.Context) {
	defer keepSmall()()
	w.Start(ctx)
	w.window.ShowAndRun()
	w.leavePlace()
	w.Stop()
}

// Start follows the agent until ctx ends or Stop. Run calls it.
func (w *Window) Start(ctx context.Context) {
	watched := w.deps.Agent.Watch(w.ctx)
	w.tasks.Go(func() { w.follow(watched) })
	w.tasks.Go(w.tick)
	w.tasks.Go(w.listen)
	w.tasks.Go(func() {
		select {
		case <-ctx.Done():
			w.do(w.window.Close)
		case <-w.ctx.Done():
		}
	})
}

// Stop ends what Start began and waits for it. Calls under way are cut off.
func (w *Window) Stop() {
	w.stop()
	w.tasks.Wait()
}

// follow brings each State over the bridge, and the news that the agent is gone.
func (w *Window) follow(states <-chan api.State) {
	for state := range states {
		w.do(func() { w.show(state) })
	}
	w.do(w.lose)
}

// do brings a function over the bridge. A window that is closed by then is
// not touched any more.
func (w *Window) do(f func()) {
	w.deps.Bridge(func() {
		if w.ctx.Err() == nil {
			f()
		}
	})
}

// tick moves the clock on the screen.
func (w *Window) tick() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			w.do(w.beat)
		case <-w.ctx.Done():
			return
		}
	}
}

// beat moves what depends on the time.
func (w *Window) beat() {
	for _, page := range w.pages {
		page.Tick()
	}
	w.prompts.Tick()
	w.keepPlace()
}

// show shows a State. An older one than is shown comes too late.
func (w *Window) show(state api.State) {
	if w.lost || state.Revision < w.state.Revision {
		return
	}
	spoken := w.state.Language
	// A window that was just opened is in front by itself.
	first := w.state.Revision == 0
	raise := !first && state.Raise > w.state.Raise
	w.state = state
	dressed := w.dress(state.Setting("theme"))
	spoke := state.Language != spoken && w.speak(state.Language)
	back := func() {}
	if dressed || spoke {
		back = w.rebuild()
	}
	for _, page := range w.pages {
		page.Update(state)
	}
	back()
	if first {
		w.fit()
		w.beginWithWelcome()
	}
	w.prompts.Show(state)
	if first || raise {
		w.asked(state)
	}
	if raise {
		w.window.RequestFocus()
	}
}

// speak takes the words of another language; the window has to be built anew
// then. One that cannot be opened leaves it as it is.
func (w *Window) speak(language string) bool {
	unfit := w.unfit
	texts, err := w.readable(language)
	if err != nil || texts.Language() == w.texts.Language() && unfit == w.unfit {
		return false
	}
	w.texts = texts
	return true
}

// lose says that the agent is gone.
func (w *Window) lose() {
	w.prompts.Close()
	w.open(pageHome)
	w.lost, w.silent = true, false
	w.notice.tell(w)
	w.home.Lost()
	w.connections.Lost()
}
