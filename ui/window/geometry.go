package window

import (
	"context"
	"fmt"
	"time"

	"fyne.io/fyne/v2"

	"torii/app/api"
)

// leastSize is the smallest that the window begins with: every page can be used
// in it. Smaller than that it becomes by the person's hand only.
var leastSize = fyne.NewSize(360, 520)

// aroundWindow is the room that is left for the window's frame and the
// desktop's panel, in device-independent pixels.
const aroundWindow float32 = 48

// lastWord is how long a window that is closed may take to say how it was left.
const lastWord = time.Second

// ParseSize reads a size as "420x640", in device-independent pixels.
func ParseSize(text string) (fyne.Size, error) {
	var width, height uint16
	if n, err := fmt.Sscanf(text, "%dx%d", &width, &height); err != nil || n != 2 || text != fmt.Sprintf("%dx%d", width, height) {
		return fyne.Size{}, fmt.Errorf("%q is no size: it is written as 420x640", text)
	}
	return fyne.NewSize(float32(width), float32(height)), nil
}

// sizeToBegin is the size that the person left the window with, if it can be
// used, or the first one.
func sizeToBegin(left fyne.Size) fyne.Size {
	if left.IsZero() {
		return startSize
	}
	return left.Max(leastSize)
}

// fitting makes a size fit a screen of so many pixels (zero where nobody knows)
// at a scale. What the pages need comes first.
func fitting(size, screen fyne.Size, scale float32) fyne.Size {
	if screen.IsZero() || scale <= 0 {
		return size
	}
	room := fyne.NewSize(screen.Width/scale-aroundWindow, screen.Height/scale-aroundWindow)
	return size.Min(room).Max(leastSize)
}

// fit makes a window that was left on a larger screen, or at a smaller scale,
// fit this one. The scale is known once the window is there.
func (w *Window) fit() {
	canvas := w.window.Canvas()
	if size := fitting(canvas.Size(), w.deps.Screen, canvas.Scale()); size != canvas.Size() {
		w.window.Resize(size)
	}
}

// place is how the window stands.
func (w *Window) place() api.WindowPlace {
	size := w.window.Canvas().Size()
	page := w.page
	switch page {
	case pageAbout: // it belongs to Settings
		page = pageSettings
	case pageWelcome: // it shows itself when it is due
		page = pageHome
	}
	return api.WindowPlace{Width: int(size.Width + 0.5), Height: int(size.Height + 0.5), Page: page}
}

// keepPlace has the agent keep how the window stands, once that has been the
// same for two beats.
func (w *Window) keepPlace() {
	now := w.place()
	before := w.seen
	w.seen = now
	if w.lost || now == w.kept || now != before {
		return
	}
	w.kept = now
	w.call(api.MethodPlace, now, nil, func(err error) {
		if err != nil {
			w.kept = api.WindowPlace{} // and try again
		}
	})
}

// leavePlace is keepPlace for a window that is closed. It may wait: nothing is
// drawn any more. What does not reach the agent is lost.
func (w *Window) leavePlace() {
	now := w.place()
	if w.lost || now == w.kept {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lastWord)
	defer cancel()
	if err := w.deps.Agent.Call(ctx, api.MethodPlace, now, nil); err != nil {
		fyne.LogError("keep the window's size and page", err)
	}
}
