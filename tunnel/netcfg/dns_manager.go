package netcfg

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/godbus/dbus/v5"
)

// NetworkManager on the bus. Its per-connection name settings belong to links
// that it manages, which ours is not; the global configuration is the one that
// it applies whatever it does to its links meanwhile.
const (
	managerName     = "org.freedesktop.NetworkManager"
	managerPath     = "/org/freedesktop/NetworkManager"
	managerProperty = "org.freedesktop.NetworkManager.GlobalDnsConfiguration"
)

// ManagerDNS is NetworkManager's GlobalDnsConfiguration. The zero value is
// none, which leaves names to its connections.
type ManagerDNS struct {
	Searches []string `json:"searches,omitempty"`
	Options  []string `json:"options,omitempty"`
	// Domains holds the servers of each domain; "*" is every other one.
	Domains map[string][]string `json:"domains,omitempty"`
}

func (m ManagerDNS) equal(o ManagerDNS) bool {
	return slices.Equal(m.Searches, o.Searches) && slices.Equal(m.Options, o.Options) &&
		maps.EqualFunc(m.Domains, o.Domains, slices.Equal[[]string])
}

// setManager gives NetworkManager the tunnel's servers. Without a server of its
// own it cannot send some names here and others there: others are the machine's
// servers, which come second.
func setManager(ctx context.Context, bus *dbus.Conn, dns DNS, others []string, record Record) error {
	before, err := readManager(ctx, bus)
	if err != nil {
		return err
	}
	after := ManagerDNS{Searches: slices.Clone(dns.Search), Options: before.Options}
	var servers []string
	for _, s := range dns.Servers {
		servers = append(servers, s.String())
	}
	after.Domains = map[string][]string{"*": appendNew(servers, others...)}
	if before.equal(after) {
		return nil
	}
	if err := record(Change{Kind: ChangeManager, Manager: &ManagerChange{Before: before, After: after}}); err != nil {
		return err
	}
	return writeManager(ctx, bus, after)
}

// undoManager gives the configuration back that was there before, unless
// somebody else has set another one meanwhile.
func undoManager(ctx context.Context, bus *dbus.Conn, change *ManagerChange) error {
	if change == nil {
		return errors.New("the record names no configuration")
	}
	now, err := readManager(ctx, bus)
	if err != nil {
		return err
	}
	if !now.equal(change.After) {
		return nil
	}
	return writeManager(ctx, bus, change.Before)
}

func readManager(ctx context.Context, bus *dbus.Conn) (ManagerDNS, error) {
	var value dbus.Variant
	call := bus.Object(managerName, managerPath).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0,
		managerName, "GlobalDnsConfiguration")
	if err := call.Store(&value); err != nil {
		return ManagerDNS{}, fmt.Errorf("read %s: %w", managerProperty, err)
	}
	fields, _ := value.Value().(map[string]dbus.Variant)
	var dns ManagerDNS
	dns.Searches, _ = fields["searches"].Value().([]string)
	dns.Options, _ = fields["options"].Value().([]string)
	domains, _ := fields["domains"].Value().(map[string]dbus.Variant)
	for name, domain := range domains {
		if dns.Domains == nil {
			dns.Domains = make(map[string][]string)
		}
		settings, _ := domain.Value().(map[string]dbus.Variant)
		dns.Domains[name], _ = settings["servers"].Value().([]string)
	}
	return dns, nil
}

func writeManager(ctx context.Context, bus *dbus.Conn, dns ManagerDNS) error {
	fields := make(map[string]dbus.Variant)
	if len(dns.Searches) > 0 {
		fields["searches"] = dbus.MakeVariant(dns.Searches)
	}
	if len(dns.Options) > 0 {
		fields["options"] = dbus.MakeVariant(dns.Options)
	}
	if len(dns.Domains) > 0 {
		domains := make(map[string]dbus.Variant)
		for name, servers := range dns.Domains {
			domains[name] = dbus.MakeVariant(map[string]dbus.Variant{"servers": dbus.MakeVariant(servers)})
		}
		fields["domains"] = dbus.MakeVariant(domains)
	}
	call := bus.Object(managerName, managerPath).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Set", 0,
		managerName, "GlobalDnsConfiguration", dbus.MakeVariant(fields))
	if call.Err != nil {
		return fmt.Errorf("write %s: %w", managerProperty, call.Err)
	}
	return nil
}
