//go:build privileged && linux

package helperd

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"

	"torii/tunnel/internal/bustest"
	"torii/tunnel/internal/nstest"
)

// names plays systemd-resolved: it remembers which links have servers.
type names struct {
	mu    sync.Mutex
	links []int32
	every bool // some link answers for every name
}

func startNames(t *testing.T, address string) *names {
	t.Helper()
	n := &names{}
	bus := bustest.Service(t, address, "org.freedesktop.resolve1", "/org/freedesktop/resolve1", "org.torii.Test", struct{}{})
	type server struct {
		Family  int32
		Address []byte
	}
	type domain struct {
		Name        string
		RoutingOnly bool
	}
	mode := func(int32, string) *dbus.Error { return nil }
	err := bus.ExportMethodTable(map[string]any{
		"SetLinkDNS": func(link int32, servers []server) *dbus.Error {
			n.mu.Lock()
			defer n.mu.Unlock()
			if len(servers) != 1 || len(servers[0].Address) != 4 {
				return dbus.NewError("org.freedesktop.DBus.Error.InvalidArgs", nil)
			}
			n.links = append(n.links, link)
			return nil
		},
		"SetLinkDomains": func(_ int32, domains []domain) *dbus.Error {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.every = slices.Contains(domains, domain{".", true})
			return nil
		},
		"SetLinkDefaultRoute": func(int32, bool) *dbus.Error { return nil },
		"SetLinkDNSOverTLS":   mode, "SetLinkLLMNR": mode, "SetLinkMulticastDNS": mode,
		"FlushCaches": func() *dbus.Error { return nil },
		"RevertLink": func(link int32) *dbus.Error {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.links = slices.DeleteFunc(n.links, func(l int32) bool { return l == link })
			return nil
		},
	}, "/org/freedesktop/resolve1", "org.freedesktop.resolve1.Manager")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// given reports whether exactly one link has servers, for every name.
func (n *names) given() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.links) == 1 && n.every
}

// none reports whether no link has servers.
func (n *names) none() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.links) == 0
}

// TestNamesOfAServiceAreTakenBack has names that are systemd-resolved's, who
// keeps what he was told when the helper dies.
func TestNamesOfAServiceAreTakenBack(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	const stub = "nameserver 127.0.0.53\n"
	if err := os.WriteFile(resolvPath, []byte(stub), 0o644); err != nil {
		t.Fatal(err)
	}
	b.before = strings.Replace(b.before, original, stub, 1)
	b.bus = bustest.Start(t)
	service := startNames(t, b.bus)
	a := b.helper()

	attachment, err := client().Open(t.Context(), settings())
	if err != nil {
		t.Fatal(err)
	}
	if !service.given() {
		t.Errorf("while a tunnel is up links %v have servers", service.links)
	}
	attachment.Close()
	b.isAsBefore()
	if !service.none() {
		t.Errorf("after it links %v have servers", service.links)
	}

	attachment, err = client().Open(t.Context(), settings())
	if err != nil {
		t.Fatal(err)
	}
	defer attachment.Close()
	a.kill()
	if !service.given() {
		t.Error("a killed helper took its servers back")
	}
	b.helper()
	b.isAsBefore()
	if !service.none() {
		t.Errorf("after the next start links %v have servers", service.links)
	}
}
