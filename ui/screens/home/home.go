package home

import (
	"time"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// Actions are the calls that the screen makes. None of them may block.
type Actions interface {
	// Connect connects the active entry.
	Connect()
	// Disconnect ends the connection or cancels what is on the way to one.
	Disconnect()
	// ChooseEntry makes another entry the active one, by its ID.
	ChooseEntry(id string)
	// AddEntry and EditEntry open the editor.
	AddEntry()
	EditEntry(id string)
	// CheckCertificate has the certificate doctor look at the server that the
	// connect has just failed at.
	CheckCertificate()
	// Copy puts text on the clipboard.
	Copy(text string)
	// Close ends the window.
	Close()
}

// Deps are what the screen needs.
type Deps struct {
	Texts   *i18n.Catalogue
	Actions Actions
	Now     func() time.Time
	// Canvas is where menus open.
	Canvas fyne.Canvas
}

// Home is the screen.
type Home struct {
	deps Deps
	page *widgets.Page

	state api.State
	known bool // a State has come
	lost  bool // the agent is gone

	status   *statusCard
	failure  *failureCard
	notes    *notesCard
	entry    *entryCard
	traffic  *trafficCard
	details  *detailsCard
	proxy    *proxyCard
	practice *practiceCard
	banner   *bannerCard
}

// New builds the screen. It shows nothing but "starting" before the first Show.
func New(deps Deps) *Home {
	h := &Home{deps: deps}
	h.status = newStatusCard(deps, h.pressed)
	h.failure = newFailureCard(deps)
	h.notes = newNotesCard()
	h.entry = newEntryCard(deps)
	h.traffic = newTrafficCard(deps)
	h.details = newDetailsCard(deps)
	h.proxy = newProxyCard(deps)
	h.practice = newPracticeCard(deps)
	h.banner = newBannerCard(deps)

	left := widgets.NewColumn(theme.Between, h.status.object, h.failure.object, h.notes.object)
	right := widgets.NewColumn(theme.Between, h.entry.object, h.traffic.object, h.proxy.object, h.practice.object,
		h.details.object, h.banner.object)
	content := &fyne.Container{Layout: &sides{}, Objects: []fyne.CanvasObject{left, right}}
	h.page = widgets.NewPage(content, fyne.NewSize(320, 320), h.resized)
	h.render()
	return h
}

// Object is what stands in the window.
func (h *Home) Object() fyne.CanvasObject { return h.page }

// FocusTarget is what has the keyboard when the window opens: the switch.
func (h *Home) FocusTarget() fyne.Focusable { return h.status.toggle }

// OpenEntries opens the list of entries, as a press on the entry's card does.
func (h *Home) OpenEntries() { h.entry.open() }

// Show shows a new State.
func (h *Home) Show(state api.State) {
	if state.Snapshot.State != h.state.Snapshot.State {
		h.failure.notice("", "")
	}
	h.state, h.known = state, true
	h.render()
}

// ShowFailure shows what went wrong with a call of the person's, until the
// next press or until the connection is in another state. Without words it
// shows the last State again.
func (h *Home) ShowFailure(message, remedy string) {
	h.failure.notice(message, remedy)
	h.render()
}

// Lost says that the agent is gone: nothing here can be done any more.
func (h *Home) Lost() {
	h.lost = true
	h.render()
}

// Tick is called about once a second and moves what depends on the time.
func (h *Home) Tick() {
	if h.known && !h.lost && h.state.Snapshot.State.Up() {
		h.status.show(h.view())
		h.traffic.sample(h.state.Snapshot.Stats)
	}
}

// render brings every card up to date.
func (h *Home) render() {
	view := h.view()
	h.status.show(view)
	h.failure.show(view)
	h.notes.show(view)
	h.entry.show(view)
	h.traffic.show(view)
	h.details.show(view)
	h.proxy.show(view)
	h.practice.show(view)
	h.banner.show(view)
	h.page.Relayout()
}

// view is what the cards show.
func (h *Home) view() view {
	return view{State: h.state, known: h.known, lost: h.lost, now: h.deps.Now()}
}

// pressed is the switch: it begins, cancels or ends a connection.
func (h *Home) pressed() {
	h.failure.notice("", "")
	switch {
	case !h.known || h.lost:
		return
	case h.status.toggle.Stands() != widgets.Off:
		h.deps.Actions.Disconnect()
	case len(h.state.Entries) == 0:
		h.deps.Actions.AddEntry()
	default:
		// Answer the finger at once; the next State says what really is.
		h.status.toggle.Set(widgets.Middle)
		h.deps.Actions.Connect()
	}
}

// lowWindow is the height below which the mark makes room for what follows.
const lowWindow = 540

func (h *Home) resized(size fyne.Size) { h.status.compact(size.Height < lowWindow) }

// sides puts the two halves of the screen below each other in a narrow window
// and beside each other in a wide one.
type sides struct{}

const (
	wideWindow  float32 = 720
	widestHalf  float32 = 440
	widestWhole float32 = 560
)

func (s *sides) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(320, s.HeightFor(objects, 320))
}

// HeightFor is the height for a width.
func (s *sides) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	_, bottom := s.places(objects, width)
	return bottom
}

// places are the rectangles of the two halves and the height of both.
func (s *sides) places(objects []fyne.CanvasObject, width float32) (places [2]struct {
	at   fyne.Position
	size fyne.Size
}, bottom float32) {
	if width >= wideWindow {
		half := min(widestHalf, (width-2*theme.Edge-theme.Between)/2)
		x := (width - 2*half - theme.Between) / 2
		for i, o := range objects {
			places[i].at = fyne.NewPos(x+float32(i)*(half+theme.Between), theme.Edge)
			places[i].size = fyne.NewSize(half, widgets.HeightOf(o, half))
			bottom = max(bottom, theme.Edge+places[i].size.Height+theme.Edge)
		}
		return places, bottom
	}
	whole := min(widestWhole, width-2*theme.Edge)
	y := theme.Edge
	for i, o := range objects {
		places[i].at = fyne.NewPos((width-whole)/2, y)
		places[i].size = fyne.NewSize(whole, widgets.HeightOf(o, whole))
		y += places[i].size.Height + theme.Between
	}
	return places, y - theme.Between + theme.Edge
}

func (s *sides) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	places, _ := s.places(objects, size.Width)
	for i, o := range objects {
		o.Move(places[i].at)
		o.Resize(places[i].size)
	}
}
