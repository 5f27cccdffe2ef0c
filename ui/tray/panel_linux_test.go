package tray

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"

	"torii/app/api"
)

// patience bounds each wait; a busy machine may need much of it.
const patience = 20 * time.Second

// eventually polls until good, or fails the test.
func eventually(t *testing.T, what string, good func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if good() {
			return
		}
	}
	t.Fatalf("waited in vain: %s", what)
}

// startBus starts a private bus and gives its address.
func startBus(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("dbus-daemon")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("there is no dbus-daemon; build/bootstrap installs it")
		}
		t.Skip("there is no dbus-daemon; build/bootstrap installs it")
	}
	address := "unix:path=" + filepath.Join(t.TempDir(), "bus")
	daemon := exec.Command(program, "--session", "--nofork", "--print-address=1", "--address="+address)
	out, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		daemon.Process.Kill()
		daemon.Wait()
	})
	// The address is printed when the bus listens.
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("the bus did not start: %v", err)
	}
	return address
}

// panel is a desktop's panel: the watcher that icons register with, and a
// host that reads them as a person would see them.
type panel struct {
	t    *testing.T
	bus  *dbus.Conn
	prop *prop.Properties

	mu   sync.Mutex
	item string // the bus name of the icon that registered
}

// startPanel takes the watcher's name on the bus.
func startPanel(t *testing.T, address string, hosting bool) *panel {
	t.Helper()
	bus, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	p := &panel{t: t, bus: bus}
	t.Cleanup(p.stop)
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

// stop leaves the bus, as a panel that crashes does.
func (p *panel) stop() { p.bus.Close() }

// host says that a panel has come to (or left) the watcher.
func (p *panel) host(registered bool) {
	p.prop.SetMust(watcherName, "IsStatusNotifierHostRegistered", registered)
	signal := hostRegistered
	if !registered {
		signal = hostUnregistered
	}
	if err := p.bus.Emit(watcherPath, signal); err != nil {
		p.t.Error(err)
	}
}

// register is the watcher's method.
func (p *panel) register(_ string, sender dbus.Sender) *dbus.Error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.item = string(sender)
	return nil
}

// registered is the bus name of the icon, "" while there is none.
func (p *panel) registered() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.item
}

// property reads a property of the icon.
func (p *panel) property(name string) any {
	value, err := p.bus.Object(p.registered(), "/StatusNotifierItem").GetProperty("org.kde.StatusNotifierItem." + name)
	if err != nil {
		p.t.Errorf("read %s: %v", name, err)
		return nil
	}
	return value.Value()
}

// icon is the bytes of the icon's picture.
func (p *panel) icon() string {
	pictures, ok := p.property("IconPixmap").([][]any)
	if !ok || len(pictures) != 1 {
		return ""
	}
	pixels, _ := pictures[0][2].([]byte)
	return string(pixels)
}

// tooltip is the tooltip's title.
func (p *panel) tooltip() string {
	fields, ok := p.property("ToolTip").([]any)
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
func (p *panel) menu() []line {
	var revision uint32
	var root layout
	call := p.bus.Object(p.registered(), "/StatusNotifierItem/menu").Call("com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{})
	if err := call.Store(&revision, &root); err != nil {
		p.t.Errorf("read the menu: %v", err)
		return nil
	}
	return p.lines(root)
}

// lines flattens a layout.
func (p *panel) lines(of layout) []line {
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

// labels writes the menu as words: "(x)" disabled, "✓x" ticked.
func (p *panel) labels() string {
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

// click clicks the item of that label.
func (p *panel) click(label string) {
	p.t.Helper()
	for _, l := range p.menu() {
		if l.label == label {
			call := p.bus.Object(p.registered(), "/StatusNotifierItem/menu").Call("com.canonical.dbusmenu.Event", 0,
				l.id, "clicked", dbus.MakeVariant(""), uint32(0))
			if call.Err != nil {
				p.t.Errorf("click %s: %v", label, call.Err)
			}
			return
		}
	}
	p.t.Errorf("there is no item %q in: %s", label, p.labels())
}

// program is the child and what it reported.
type program struct {
	t     *testing.T
	input io.WriteCloser

	mu      sync.Mutex
	reports []report
}

// startProgram starts the child with a tray on that bus ("" for none).
func startProgram(t *testing.T, address string) *program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(self)
	// The library looks for a bus at the user's standard place and would start
	// one for a display; a path that leads nowhere is no bus for sure.
	if address == "" {
		address = "unix:path=" + filepath.Join(t.TempDir(), "nobody")
	}
	command.Env = append(os.Environ(), childVariable+"=1", "DBUS_SESSION_BUS_ADDRESS="+address, "DISPLAY=", "LANG=C", "LC_ALL=C")
	command.Stderr = os.Stderr
	p := &program{t: t}
	if p.input, err = command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var r report
			if json.Unmarshal(lines.Bytes(), &r) == nil {
				p.mu.Lock()
				p.reports = append(p.reports, r)
				p.mu.Unlock()
			}
		}
	}()
	t.Cleanup(func() {
		command.Process.Kill()
		<-read
		command.Wait()
	})
	return p
}

// send shows the child a state.
func (p *program) send(state api.State) {
	p.t.Helper()
	if err := json.NewEncoder(p.input).Encode(state); err != nil {
		p.t.Fatal(err)
	}
}

// await waits for a report.
func (p *program) await(what string, good func(report) bool) report {
	p.t.Helper()
	var found report
	eventually(p.t, what, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, r := range p.reports {
			if good(r) {
				found = r
				return true
			}
		}
		return false
	})
	return found
}

// awaitShown waits until the latest word on the panel is shown.
func (p *program) awaitShown(shown bool) {
	p.t.Helper()
	eventually(p.t, "the panel's news", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		for i := len(p.reports) - 1; i >= 0; i-- {
			if p.reports[i].Shown != nil {
				return *p.reports[i].Shown == shown
			}
		}
		return false
	})
}

// awaitResult waits until Run returns.
func (p *program) awaitResult(want string) {
	p.t.Helper()
	got := p.await("the end of Run", func(r report) bool { return r.Result != "" })
	if got.Result != want {
		p.t.Errorf("Run ended with %q, want %q", got.Result, want)
	}
}
