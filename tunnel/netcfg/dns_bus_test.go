package netcfg

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"

	"torii/tunnel/internal/bustest"
)

// resolved plays systemd-resolved: it writes down what it is told.
type resolved struct {
	mu    sync.Mutex
	calls []string
	fail  map[string]string // method -> name of the error that it answers with
}

func (r *resolved) note(method, format string, args ...any) *dbus.Error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, strings.TrimSpace(method+" "+fmt.Sprintf(format, args...)))
	if name := r.fail[method]; name != "" {
		return dbus.NewError(name, []any{"no"})
	}
	return nil
}

// refuse makes it answer a method with an error.
func (r *resolved) refuse(method, name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fail[method] = name
}

// told returns the calls since the last time.
func (r *resolved) told() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	calls := strings.Join(r.calls, "\n") + "\n"
	r.calls = nil
	return calls
}

func (r *resolved) SetLinkDNS(link int32, servers []resolvedServer) *dbus.Error {
	var words []string
	for _, s := range servers {
		address, _ := netip.AddrFromSlice(s.Address)
		words = append(words, fmt.Sprintf("%d/%s", s.Family, address))
	}
	return r.note("SetLinkDNS", "%d %s", link, strings.Join(words, " "))
}

func (r *resolved) SetLinkDomains(link int32, domains []resolvedDomain) *dbus.Error {
	var words []string
	for _, d := range domains {
		words = append(words, fmt.Sprintf("%s/%t", d.Name, d.RoutingOnly))
	}
	return r.note("SetLinkDomains", "%d %s", link, strings.Join(words, " "))
}

func (r *resolved) SetLinkDefaultRoute(link int32, yes bool) *dbus.Error {
	return r.note("SetLinkDefaultRoute", "%d %t", link, yes)
}

func (r *resolved) SetLinkDNSOverTLS(link int32, mode string) *dbus.Error {
	return r.note("SetLinkDNSOverTLS", "%d %s", link, mode)
}

func (r *resolved) SetLinkLLMNR(link int32, mode string) *dbus.Error {
	return r.note("SetLinkLLMNR", "%d %s", link, mode)
}

func (r *resolved) SetLinkMulticastDNS(link int32, mode string) *dbus.Error {
	return r.note("SetLinkMulticastDNS", "%d %s", link, mode)
}

func (r *resolved) RevertLink(link int32) *dbus.Error { return r.note("RevertLink", "%d", link) }

func (r *resolved) FlushCaches() *dbus.Error { return r.note("FlushCaches", "") }

// resolvedBed is a machine whose names are systemd-resolved's.
func resolvedBed(t *testing.T) (*fileBed, *resolved) {
	t.Helper()
	b := newFileBed(t)
	b.options.Bus = bustest.Start(t)
	b.System = NewSystem(b.options)
	write(t, b.path, "nameserver 127.0.0.53\n")
	service := &resolved{fail: make(map[string]string)}
	bustest.Service(t, b.options.Bus, resolvedName, resolvedPath, strings.TrimSuffix(resolvedInterface, "."), service)
	return b, service
}

func TestResolvedIsToldAndReverted(t *testing.T) {
	t.Parallel()
	b, service := resolvedBed(t)
	b.set(t, DNS{
		Servers: addresses("10.0.0.53", "2001:db8::53"), Search: []string{"corp.example"},
		Domains: []string{"corp.example", "lab.example"},
	})
	want := "SetLinkDNS 7 2/10.0.0.53 10/2001:db8::53\nSetLinkDomains 7 corp.example/false lab.example/true\n" +
		"SetLinkDefaultRoute 7 false\nSetLinkDNSOverTLS 7 no\nSetLinkLLMNR 7 no\nSetLinkMulticastDNS 7 no\nFlushCaches\n"
	if diff := cmp.Diff(want, service.told()); diff != "" {
		t.Errorf("a split tunnel told it something else (-want +got):\n%s", diff)
	}
	b.set(t, servers("10.0.0.53"))
	want = "SetLinkDNS 7 2/10.0.0.53\nSetLinkDomains 7 ./true\nSetLinkDefaultRoute 7 true\n" +
		"SetLinkDNSOverTLS 7 no\nSetLinkLLMNR 7 no\nSetLinkMulticastDNS 7 no\nFlushCaches\n"
	if diff := cmp.Diff(want, service.told()); diff != "" {
		t.Errorf("a full tunnel told it something else (-want +got):\n%s", diff)
	}
	b.set(t, DNS{})
	if got := service.told(); got != "RevertLink 7\nFlushCaches\n" {
		t.Errorf("without servers it was told:\n%s", got)
	}
	b.undo(t)
	if got := service.told(); !strings.HasPrefix(got, "RevertLink 7\nFlushCaches\n") {
		t.Errorf("at the end it was told:\n%s", got)
	}
	if text := b.read(t); text != "nameserver 127.0.0.53\n" {
		t.Errorf("the file was written:\n%s", text)
	}
}

func TestResolvedMayHaveForgottenTheLink(t *testing.T) {
	t.Parallel()
	b, service := resolvedBed(t)
	b.set(t, servers("10.0.0.53"))
	service.refuse("RevertLink", "org.freedesktop.resolve1.NoSuchLink")
	b.undo(t)
	service.refuse("RevertLink", "org.freedesktop.DBus.Error.Failed")
	if err := b.Undo(t.Context(), b.changes[0]); err == nil {
		t.Error("a link that was not reverted counts as undone")
	}
}

func TestResolvedThatRefusesIsAnError(t *testing.T) {
	t.Parallel()
	b, service := resolvedBed(t)
	service.refuse("SetLinkDomains", "org.freedesktop.resolve1.LinkBusy")
	err := b.setDNS(t.Context(), &Link{Name: "torii0", Index: 7}, servers("10.0.0.53"), b.record)
	if err == nil || !strings.Contains(err.Error(), "SetLinkDomains") {
		t.Errorf("error %v", err)
	}
	b.undo(t)
	if got := service.told(); !strings.HasSuffix(got, "RevertLink 7\nFlushCaches\n") {
		t.Errorf("what it had taken was not reverted:\n%s", got)
	}
}

// manager plays NetworkManager: it keeps one property.
type manager struct {
	mu    sync.Mutex
	value dbus.Variant
	sets  int
}

func (m *manager) Get(iface, name string) (dbus.Variant, *dbus.Error) {
	if iface != managerName || name != "GlobalDnsConfiguration" {
		return dbus.Variant{}, dbus.NewError("org.freedesktop.DBus.Error.UnknownProperty", nil)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.value, nil
}

func (m *manager) Set(iface, name string, value dbus.Variant) *dbus.Error {
	if iface != managerName || name != "GlobalDnsConfiguration" || value.Signature().String() != "a{sv}" {
		return dbus.NewError("org.freedesktop.DBus.Error.InvalidArgs", nil)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.value, m.sets = value, m.sets+1
	return nil
}

// configuration is what the manager holds, as our type.
func (m *manager) configuration(t *testing.T, address string) ManagerDNS {
	t.Helper()
	bus, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	dns, err := readManager(t.Context(), bus)
	if err != nil {
		t.Fatal(err)
	}
	return dns
}

func managerBed(t *testing.T) (*fileBed, *manager) {
	t.Helper()
	b := newFileBed(t)
	b.options.Bus = bustest.Start(t)
	b.System = NewSystem(b.options)
	write(t, b.path, "# Generated by NetworkManager\nnameserver 192.0.2.1\n")
	service := &manager{value: dbus.MakeVariant(map[string]dbus.Variant{})}
	bustest.Service(t, b.options.Bus, managerName, managerPath, "org.freedesktop.DBus.Properties", service)
	return b, service
}

func TestManagerIsToldAndGivenBack(t *testing.T) {
	t.Parallel()
	b, service := managerBed(t)
	before := ManagerDNS{Options: []string{"edns0"}, Domains: map[string][]string{"lab.example": {"192.0.2.7"}}}
	bus, err := dbus.Connect(b.options.Bus)
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	if err := writeManager(t.Context(), bus, before); err != nil {
		t.Fatal(err)
	}

	split := DNS{Servers: addresses("10.0.0.53"), Search: []string{"corp.example"}, Domains: []string{"corp.example"}}
	b.set(t, split)
	want := ManagerDNS{
		Searches: []string{"corp.example"}, Options: []string{"edns0"},
		Domains: map[string][]string{"*": {"10.0.0.53", "192.0.2.1"}},
	}
	if diff := cmp.Diff(want, service.configuration(t, b.options.Bus)); diff != "" {
		t.Errorf("NetworkManager holds something else (-want +got):\n%s", diff)
	}
	// It writes the file at our word. An update does not take our first server
	// for one of the machine's.
	write(t, b.path, "# Generated by NetworkManager\nnameserver 10.0.0.53\nnameserver 192.0.2.1\n")
	split.Servers = addresses("10.0.0.54")
	b.set(t, split)
	b.set(t, split) // changes nothing
	want.Domains["*"] = []string{"10.0.0.54", "192.0.2.1"}
	if diff := cmp.Diff(want, service.configuration(t, b.options.Bus)); diff != "" {
		t.Errorf("after an update NetworkManager holds something else (-want +got):\n%s", diff)
	}
	service.mu.Lock()
	sets := service.sets
	service.mu.Unlock()
	if sets != 3 || len(b.changes) != 2 {
		t.Errorf("the property was set %d times (want 3), %d changes recorded (want 2)", sets, len(b.changes))
	}
	b.undo(t)
	if diff := cmp.Diff(before, service.configuration(t, b.options.Bus)); diff != "" {
		t.Errorf("afterwards NetworkManager holds something else (-want +got):\n%s", diff)
	}
}

func TestManagersOwnerKeepsHisChange(t *testing.T) {
	t.Parallel()
	b, service := managerBed(t)
	b.set(t, servers("10.0.0.53"))
	bus, err := dbus.Connect(b.options.Bus)
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	theirs := ManagerDNS{Domains: map[string][]string{"*": {"192.0.2.99"}}}
	if err := writeManager(t.Context(), bus, theirs); err != nil {
		t.Fatal(err)
	}
	b.undo(t)
	if diff := cmp.Diff(theirs, service.configuration(t, b.options.Bus)); diff != "" {
		t.Errorf("somebody else's configuration is gone (-want +got):\n%s", diff)
	}
}

// What NetworkManager keeps on disk must not be forgotten because it is not up.
func TestManagerThatIsAwayKeepsItsRecord(t *testing.T) {
	t.Parallel()
	b, _ := managerBed(t)
	b.set(t, servers("10.0.0.53"))
	away := NewSystem(Options{ResolvConf: b.path, Bus: bustest.Start(t)})
	if err := away.Undo(t.Context(), b.changes[0]); err == nil {
		t.Error("a change that nobody was told about counts as undone")
	}
}

func TestServicesThatTheFileDoesNotLeadToAreLeftAlone(t *testing.T) {
	t.Parallel()
	b, service := resolvedBed(t)
	write(t, b.path, original)
	b.set(t, servers("10.0.0.53"))
	if got := service.told(); got != "\n" {
		t.Errorf("systemd-resolved was told:\n%s", got)
	}
	if len(b.changes) != 1 || !slices.ContainsFunc(b.changes, func(c Change) bool { return c.Kind == ChangeFile }) {
		t.Errorf("changes %v", b.changes)
	}
	b.undo(t)
}
