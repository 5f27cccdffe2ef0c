package traytest

import (
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

// The watcher is where icons and panels find each other (StatusNotifierItem
// specification).
const (
	watcherName = "org.kde.StatusNotifierWatcher"
	watcherPath = "/StatusNotifierWatcher"
)

// Panel is a desktop's panel: the watcher that icons register with, and a
// host that reads them as a person would see them.
type Panel struct {
	t    *testing.T
	bus  *dbus.Conn
	prop *prop.Properties

	mu   sync.Mutex
	item string // the bus name of the icon that registered
}

// StartPanel takes the watcher's name on the bus.
func StartPanel(t *testing.T, address string, hosting bool) *Panel {
	t.Helper()
	bus, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	p := &Panel{t: t, bus: bus}
	t.Cleanup(p.Stop)
	methods := map[string]any{"RegisterStatusNotifierItem": p.register}
	if err := bus.ExportMethodTable(methods, watcherPath, watcherName); err != nil {
		t.Fatal(err)
	}
	p.prop, err = prop.Export(bus, watcherPath, prop.Map{watcherName: {
		"IsStatusNotifierHostRegistered": {Value: hosting, Emit: prop.EmitTrue},
	}})
	if err != nil {
		t.Fatal(err)
	}
	reply, err := bus.RequestName(watcherName, dbus.NameFlagDoNotQueue)
	if err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("take the watcher's name: %v, %v", reply, err)
	}
	return p
}

// Stop leaves the bus, as a panel that crashes does.
func (p *Panel) Stop() { p.bus.Close() }

// Host says that a panel has come to (or left) the watcher.
func (p *Panel) Host(registered bool) {
	p.prop.SetMust(watcherName, "IsStatusNotifierHostRegistered", registered)
	signal := watcherName + ".StatusNotifierHostRegistered"
	if !registered {
		signal = watcherName + ".StatusNotifierHostUnregistered"
	}
	if err := p.bus.Emit(watcherPath, signal); err != nil {
		p.t.Error(err)
	}
}

// register is the watcher's method.
func (p *Panel) register(_ string, sender dbus.Sender) *dbus.Error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.item = string(sender)
	return nil
}

// Registered is the bus name of the icon, "" while there is none.
func (p *Panel) Registered() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.item
}

// Property reads a property of the icon.
func (p *Panel) Property(name string) any {
	value, err := p.bus.Object(p.Registered(), "/StatusNotifierItem").GetProperty("org.kde.StatusNotifierItem." + name)
	if err != nil {
		p.t.Errorf("read %s: %v", name, err)
		return nil
	}
	return value.Value()
}

// Icon is the bytes of the icon's picture.
func (p *Panel) Icon() string {
	pictures, ok := p.Property("IconPixmap").([][]any)
	if !ok || len(pictures) != 1 {
		return ""
	}
	pixels, _ := pictures[0][2].([]byte)
	return string(pixels)
}

// Tooltip is the tooltip's title.
func (p *Panel) Tooltip() string {
	fields, ok := p.Property("ToolTip").([]any)
	if !ok || len(fields) != 4 {
		return ""
	}
	title, _ := fields[2].(string)
	return title
}

// layout is a menu as dbusmenu tells it.
type layout struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

// line is an item that a person sees.
type line struct {
	id      int32
	label   string
	enabled bool
	ticked  bool
}

// menu reads the visible items, children after their parents.
func (p *Panel) menu() []line {
	var revision uint32
	var root layout
	call := p.bus.Object(p.Registered(), "/StatusNotifierItem/menu").Call("com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{})
	if err := call.Store(&revision, &root); err != nil {
		p.t.Errorf("read the menu: %v", err)
		return nil
	}
	return p.lines(root)
}

// lines flattens a layout.
func (p *Panel) lines(of layout) []line {
	var all []line
	for _, child := range of.Children {
		var item layout
		if err := dbus.Store([]any{child.Value()}, &item); err != nil {
			p.t.Errorf("read an item: %v", err)
			continue
		}
		if visible, ok := item.Properties["visible"]; ok && visible.Value() == false {
			continue
		}
		l := line{id: item.ID, enabled: true}
		l.label, _ = item.Properties["label"].Value().(string)
		if enabled, ok := item.Properties["enabled"].Value().(bool); ok {
			l.enabled = enabled
		}
		state, _ := item.Properties["toggle-state"].Value().(int32)
		l.ticked = state == 1
		if l.label != "" {
			all = append(all, l)
		}
		all = append(all, p.lines(item)...)
	}
	return all
}

// Labels writes the menu as words: "(x)" disabled, "✓x" ticked.
func (p *Panel) Labels() string {
	var words []string
	for _, l := range p.menu() {
		switch {
		case !l.enabled:
			words = append(words, "("+l.label+")")
		case l.ticked:
			words = append(words, "✓"+l.label)
		default:
			words = append(words, l.label)
		}
	}
	return strings.Join(words, ", ")
}

// Click clicks the item of that label.
func (p *Panel) Click(label string) {
	p.t.Helper()
	for _, l := range p.menu() {
		if l.label == label {
			call := p.bus.Object(p.Registered(), "/StatusNotifierItem/menu").Call("com.canonical.dbusmenu.Event", 0,
				l.id, "clicked", dbus.MakeVariant(""), uint32(0))
			if call.Err != nil {
				p.t.Errorf("click %s: %v", label, call.Err)
			}
			return
		}
	}
	p.t.Errorf("there is no item %q in: %s", label, p.Labels())
}

// Activate clicks the icon itself.
func (p *Panel) Activate() {
	p.t.Helper()
	call := p.bus.Object(p.Registered(), "/StatusNotifierItem").Call("org.kde.StatusNotifierItem.Activate", 0, int32(0), int32(0))
	if call.Err != nil {
		p.t.Errorf("click on the icon: %v", call.Err)
	}
}
