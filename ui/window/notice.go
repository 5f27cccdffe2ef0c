package window

import (
	"context"
	"errors"
	"time"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// notice is what stands above every page while the window itself has something
// to say: that the agent does not answer, or that a font is missing.
type notice struct {
	object *fyne.Container
	text   *widgets.Text
	close  *widgets.Button
}

func newNotice(w *Window) *notice {
	n := &notice{text: widgets.NewText(widgets.Look{Size: theme.SizeSecond}, "")}
	n.close = widgets.NewButton(widgets.Plain, "OK", "", func() {
		w.advised = true
		n.tell(w)
	})
	words := widgets.NewTopRow(theme.Small, 1, widgets.NewIcon("warning", 20, theme.ColorAttention), n.text, n.close)
	n.object = widgets.NewInset(theme.Between, widgets.NewBlock(theme.ColorTintAttention, 0), words)
	n.tell(w)
	return n
}

// tell says what there is to say, what matters more first, or nothing.
func (n *notice) tell(w *Window) {
	n.close.Hide()
	text := ""
	switch {
	case w.silent:
		text = w.texts.Text("error.both", i18n.Values{"Message": w.texts.Text("silent.message"), "Remedy": w.texts.Text("silent.remedy")})
	case w.unfit != "" && !w.advised:
		text = w.noFont()
		n.close.Show()
	}
	n.text.SetText(text)
	if text == "" {
		n.object.Hide()
	} else {
		n.object.Show()
	}
	if content := w.window.Content(); content != nil {
		content.Refresh()
	}
}

// below puts its second object under the first, which has the height that it
// needs while it is visible.
type below struct{}

// MinSize implements fyne.Layout.
func (below) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(320, 320) }

// Layout implements fyne.Layout.
func (below) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	top := float32(0)
	if objects[0].Visible() {
		top = widgets.HeightOf(objects[0], size.Width)
	}
	objects[0].Move(fyne.Position{})
	objects[0].Resize(fyne.NewSize(size.Width, top))
	objects[1].Move(fyne.NewPos(0, top))
	objects[1].Resize(size.SubtractWidthHeight(0, top))
}

// listen asks the agent for a sign of life now and then, and says when it has
// given none for too long.
func (w *Window) listen() {
	ticker := time.NewTicker(w.deps.Patience)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-w.ctx.Done():
			return
		}
		ctx, cancel := context.WithTimeout(w.ctx, w.deps.Patience)
		err := w.deps.Agent.Call(ctx, api.MethodPing, nil, nil)
		cancel()
		silent := errors.Is(err, context.DeadlineExceeded) // any other error is an answer, or the end
		w.do(func() { w.hear(silent) })
	}
}

// hear takes whether the agent answers.
func (w *Window) hear(silent bool) {
	if w.lost || w.silent == silent {
		return
	}
	w.silent = silent
	w.notice.tell(w)
}

// readable opens the catalogue of a language, or the English one where no font
// here has the letters of that.
func (w *Window) readable(language string) (*i18n.Catalogue, error) {
	texts, err := i18n.New(language)
	if err != nil {
		return nil, err
	}
	w.unfit = ""
	if !w.deps.Draws(i18n.OwnName(texts.Language())) {
		w.unfit = texts.Language()
		return i18n.New("en")
	}
	return texts, nil
}

// noFont says that no font here is for the language, in English because that
// can be drawn; "" where there is one.
func (w *Window) noFont() string {
	if w.unfit == "" {
		return ""
	}
	return theme.InEnglish(w.unfit) + " needs a font that this computer does not have, so this window speaks English. " +
		"Install the package “fonts-noto-cjk” (Fedora: “google-noto-sans-cjk-fonts”, Arch: “noto-fonts-cjk”) and open the window again."
}
