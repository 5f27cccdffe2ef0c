package tray

import (
	"strings"
	"sync/atomic"

	"fyne.io/systray"
)

// painter keeps the panel's copy of a Face. Items are made once and then only
// changed, hidden and shown. The library's other way, to remove all items and
// make new ones, closes a menu that is open, and closes a click's channel
// under a click that is on its way, which ends the process.
//
// It belongs to one goroutine; only the actions are read by others.
type painter struct {
	painted bool
	face    Face
	items   []*paintedItem
}

// paintedItem is an item that the panel knows. Separators have no handle.
type paintedItem struct {
	handle *systray.MenuItem
	item   Item
	action atomic.Pointer[Action]
	items  []*paintedItem
}

// onItem is called with each new item's clicks and what a click means now.
type onItem func(clicked <-chan struct{}, action func() Action)

func newPainter() *painter { return &painter{} }

// paint changes what differs from the face before; the same face again costs
// nothing.
func (p *painter) paint(face Face, added onItem) {
	if p.painted && p.face.Equal(face) {
		return
	}
	if p.face.Mark != face.Mark {
		systray.SetIcon(face.Mark.Tray())
	}
	if p.face.Tooltip != face.Tooltip {
		systray.SetTooltip(face.Tooltip)
	}
	if !p.painted {
		systray.SetTitle("Torii")
	}
	p.items = paintItems(nil, p.items, face.Menu, added)
	p.face, p.painted = face, true
}

// paintItems brings the items below parent (nil is the menu itself) up to
// date. A list that became shorter hides its last items.
func paintItems(parent *systray.MenuItem, painted []*paintedItem, items []Item, added onItem) []*paintedItem {
	for i, item := range items {
		if i < len(painted) {
			painted[i].change(item, added)
			continue
		}
		painted = append(painted, newItem(parent, item, added))
	}
	for _, surplus := range painted[len(items):] {
		gone := surplus.item
		gone.Hidden = true
		surplus.change(gone, added)
	}
	return painted
}

// newItem makes an item and appends it.
func newItem(parent *systray.MenuItem, item Item, added onItem) *paintedItem {
	p := &paintedItem{item: item}
	p.action.Store(&item.Action)
	label := escape(item.Label)
	switch {
	case item.Separator && parent == nil:
		systray.AddSeparator()
		return p
	case item.Separator:
		parent.AddSeparator()
		return p
	case parent == nil && item.Tickable:
		p.handle = systray.AddMenuItemCheckbox(label, "", item.Ticked)
	case parent == nil:
		p.handle = systray.AddMenuItem(label, "")
	case item.Tickable:
		p.handle = parent.AddSubMenuItemCheckbox(label, "", item.Ticked)
	default:
		p.handle = parent.AddSubMenuItem(label, "")
	}
	if item.Disabled {
		p.handle.Disable()
	}
	if item.Hidden {
		p.handle.Hide()
	}
	added(p.handle.ClickedCh, func() Action { return *p.action.Load() })
	p.items = paintItems(p.handle, nil, item.Items, added)
	return p
}

// change brings an item up to date. What an item is (separator, tickable)
// never changes.
func (p *paintedItem) change(item Item, added onItem) {
	if p.item.Equal(item) {
		return
	}
	before := p.item
	p.item = item
	p.action.Store(&item.Action)
	if p.handle == nil {
		return
	}
	if before.Label != item.Label {
		p.handle.SetTitle(escape(item.Label))
	}
	if before.Disabled != item.Disabled {
		if item.Disabled {
			p.handle.Disable()
		} else {
			p.handle.Enable()
		}
	}
	if before.Ticked != item.Ticked {
		if item.Ticked {
			p.handle.Check()
		} else {
			p.handle.Uncheck()
		}
	}
	if before.Hidden != item.Hidden {
		if item.Hidden {
			p.handle.Hide()
		} else {
			p.handle.Show()
		}
	}
	p.items = paintItems(p.handle, p.items, item.Items, added)
}

// escape keeps the underscores of a name: in a dbusmenu label one marks the
// letter to press, two are one.
func escape(label string) string { return strings.ReplaceAll(label, "_", "__") }
