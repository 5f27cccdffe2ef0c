package netcfg

import (
	"context"
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// systemd-resolved on the bus (org.freedesktop.resolve1(5)).
const (
	resolvedName      = "org.freedesktop.resolve1"
	resolvedPath      = "/org/freedesktop/resolve1"
	resolvedInterface = "org.freedesktop.resolve1.Manager."
)

// resolvedServer is a server as SetLinkDNS wants it, "(iay)".
type resolvedServer struct {
	Family  int32
	Address []byte
}

// resolvedDomain is a domain as SetLinkDomains wants it, "(sb)".
type resolvedDomain struct {
	Name        string
	RoutingOnly bool
}

// Address families in resolved's messages, as Linux numbers them.
const (
	familyIPv4 = 2
	familyIPv6 = 10
)

func setResolved(ctx context.Context, bus *dbus.Conn, index int, dns DNS, record Record) error {
	if err := record(Change{Kind: ChangeResolved, Index: index}); err != nil {
		return err
	}
	var servers []resolvedServer
	for _, a := range dns.Servers {
		family := int32(familyIPv4)
		if a.Is6() {
			family = familyIPv6
		}
		servers = append(servers, resolvedServer{family, a.AsSlice()})
	}
	manager := bus.Object(resolvedName, resolvedPath)
	link := int32(index)
	for _, call := range []struct {
		method string
		args   []any
	}{
		{"SetLinkDNS", []any{link, servers}},
		{"SetLinkDomains", []any{link, resolvedDomains(dns)}},
		{"SetLinkDefaultRoute", []any{link, dns.All}},
		// Neither makes sense over a tunnel, and the first would leave without
		// answer where a gateway's servers do not speak it.
		{"SetLinkDNSOverTLS", []any{link, "no"}},
		{"SetLinkLLMNR", []any{link, "no"}},
		{"SetLinkMulticastDNS", []any{link, "no"}},
		{"FlushCaches", nil},
	} {
		if err := manager.CallWithContext(ctx, resolvedInterface+call.method, 0, call.args...).Err; err != nil {
			return fmt.Errorf("%s: %w", call.method, err)
		}
	}
	return nil
}

// resolvedDomains says which names go to the tunnel's servers: search domains
// are appended to short names too, "." stands for every name.
func resolvedDomains(dns DNS) []resolvedDomain {
	domains := []resolvedDomain{}
	search := make(map[string]bool)
	for _, d := range dns.Search {
		search[d] = true
		domains = append(domains, resolvedDomain{d, false})
	}
	for _, d := range dns.Domains {
		if !search[d] {
			domains = append(domains, resolvedDomain{d, true})
		}
	}
	if dns.All {
		domains = append(domains, resolvedDomain{".", true})
	}
	return domains
}

func undoResolved(ctx context.Context, bus *dbus.Conn, index int) error {
	if !hasOwner(ctx, bus, resolvedName) {
		return nil // it forgets with its process
	}
	manager := bus.Object(resolvedName, resolvedPath)
	err := manager.CallWithContext(ctx, resolvedInterface+"RevertLink", 0, int32(index)).Err
	if refusal, ok := errors.AsType[dbus.Error](err); ok && refusal.Name == "org.freedesktop.resolve1.NoSuchLink" {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("RevertLink: %w", err)
	}
	if err := manager.CallWithContext(ctx, resolvedInterface+"FlushCaches", 0).Err; err != nil {
		return fmt.Errorf("FlushCaches: %w", err)
	}
	return nil
}
