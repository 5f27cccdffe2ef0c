package window

import (
	"fyne.io/fyne/v2"

	"torii/ui/theme"
	"torii/ui/widgets"
)

// railWidth is the width from which on the rail takes the place of the bar.
const railWidth float32 = 640

// shell lays out the window: the page, the way to the other pages, and the
// information icon at the lower right corner. The icon covers nothing: it
// stands at the end of the bar, or where the page leaves room beside the rail.
type shell struct{ nav *widgets.Nav }

// widestPage is how much room a page makes use of.
const widestPage float32 = 930

// MinSize is small: the window may be as narrow as its pages can bear.
func (s *shell) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(320, 320) }

// Layout places the page, the bar or rail, and the icon.
func (s *shell) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	page, info := objects[0], objects[2]
	icon := info.MinSize()
	gutter := icon.Width + theme.Small
	rail := size.Width >= railWidth
	s.nav.SetRail(rail)
	s.nav.SetSpare(gutter)
	thick := s.nav.Thickness()
	if !s.nav.Visible() {
		page.Move(fyne.Position{})
		page.Resize(size.SubtractWidthHeight(0, icon.Height+2*theme.Small))
		info.Move(fyne.NewPos(size.Width-icon.Width-theme.Small, size.Height-icon.Height-theme.Small))
		info.Resize(icon)
		return
	}
	if !rail {
		page.Move(fyne.Position{})
		page.Resize(fyne.NewSize(size.Width, size.Height-thick))
		s.nav.Move(fyne.NewPos(0, size.Height-thick))
		s.nav.Resize(fyne.NewSize(size.Width, thick))
		info.Move(fyne.NewPos(size.Width-icon.Width-theme.Tight, size.Height-(thick+icon.Height)/2))
		info.Resize(icon)
		return
	}
	s.nav.Move(fyne.Position{})
	s.nav.Resize(fyne.NewSize(thick, size.Height))
	room := size.Width - thick
	if room < widestPage+2*gutter {
		room -= gutter
	}
	page.Move(fyne.NewPos(thick, 0))
	page.Resize(fyne.NewSize(room, size.Height))
	info.Move(fyne.NewPos(size.Width-icon.Width-theme.Small, size.Height-icon.Height-theme.Between))
	info.Resize(icon)
}

// fill gives its objects all the room.
type fill struct{}

// MinSize implements fyne.Layout.
func (fill) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(320, 320) }

// Layout implements fyne.Layout.
func (fill) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.Position{})
		o.Resize(size)
	}
}
