package netcfg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

// busTime bounds a conversation with a service on the bus, programTime one
// run of resolvconf.
const (
	busTime     = 10 * time.Second
	programTime = 20 * time.Second
)

// environment looks at what Environment.Backend wants to know.
func (s *System) environment(ctx context.Context, bus *dbus.Conn) (Environment, error) {
	target, err := followLinks(s.options.ResolvConf)
	if err != nil {
		return Environment{}, err
	}
	env := Environment{Target: target, Resolvconf: s.resolvconf()}
	if env.ResolvConf, err = os.ReadFile(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Environment{}, err
	}
	if s.file != nil && s.file.Path == target && s.file.ours(env.ResolvConf) {
		env.ResolvConf = s.file.Before // what is there is our own word
	}
	if bus != nil {
		env.Resolved = hasOwner(ctx, bus, resolvedName)
		env.Manager = hasOwner(ctx, bus, managerName)
	}
	return env, nil
}

// resolvconf returns the program's path. Helpers run no program that they find
// through an environment variable.
func (s *System) resolvconf() string {
	if s.options.Resolvconf != "" {
		return s.options.Resolvconf
	}
	for _, path := range [...]string{"/usr/sbin/resolvconf", "/sbin/resolvconf", "/usr/bin/resolvconf"} {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

// connectBus returns a connection to the system bus; nil where there is none.
func (s *System) connectBus(ctx context.Context) *dbus.Conn {
	var bus *dbus.Conn
	var err error
	switch s.options.Bus {
	case "none":
		return nil
	case "":
		bus, err = dbus.ConnectSystemBus(dbus.WithContext(ctx))
	default:
		bus, err = dbus.Connect(s.options.Bus, dbus.WithContext(ctx))
	}
	if err != nil {
		return nil
	}
	return bus
}

func hasOwner(ctx context.Context, bus *dbus.Conn, name string) bool {
	var owned bool
	err := bus.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, name).Store(&owned)
	return err == nil && owned
}

// setDNS gives the tunnel's servers to whoever rules over names here. Where
// there are none (any more) it takes back what an earlier call gave.
func (s *System) setDNS(ctx context.Context, link *Link, dns DNS, record Record) error {
	if len(dns.Servers) == 0 {
		return s.withdrawDNS(ctx)
	}
	remember := s.remembering(record)
	ctx, cancel := context.WithTimeout(ctx, busTime)
	defer cancel()
	bus := s.connectBus(ctx)
	if bus != nil {
		defer bus.Close()
	}
	env, err := s.environment(ctx, bus)
	if err != nil {
		return fmt.Errorf("see who rules over names: %w", err)
	}
	switch backend := env.Backend(); backend {
	case BackendResolved:
		err = setResolved(ctx, bus, link.Index, dns, remember)
	case BackendManager:
		err = setManager(ctx, bus, dns, s.others(env, dns), remember)
	case BackendResolvconf:
		err = setResolvconf(ctx, env.Resolvconf, link.Name, dns, remember)
	default:
		err = s.setFile(dns, remember)
	}
	if err != nil {
		return fmt.Errorf("give the name servers to %s: %w", env.Backend(), err)
	}
	for _, server := range dns.Servers {
		if !slices.Contains(s.given, server) {
			s.given = append(s.given, server)
		}
	}
	return nil
}

// remembering records changes of names for withdrawDNS too.
func (s *System) remembering(record Record) Record {
	return func(change Change) error {
		if err := record(change); err != nil {
			return err
		}
		if !slices.Contains(s.names, change) {
			s.names = append(s.names, change)
		}
		return nil
	}
}

// withdrawDNS takes the names of an earlier setDNS back before the tunnel ends.
// The records stay where they are: taken back twice is taken back.
func (s *System) withdrawDNS(ctx context.Context) error {
	for _, change := range slices.Backward(s.names) {
		if err := s.undoDNS(ctx, change); err != nil {
			return fmt.Errorf("take the name servers back: %w", err)
		}
	}
	s.names, s.given = nil, nil
	return nil
}

// others returns the machine's own servers where they have to be asked too,
// after the tunnel's. A file that a service wrote at our word holds the
// tunnel's earlier ones beside them.
func (s *System) others(env Environment, dns DNS) []string {
	var others []string
	for _, text := range nameServers(env.ResolvConf) {
		server, err := netip.ParseAddr(text)
		if !dns.All && err == nil && !server.IsLoopback() && !slices.Contains(s.given, server) {
			others = append(others, text)
		}
	}
	return others
}

// undoDNS takes a change of names back.
func (s *System) undoDNS(ctx context.Context, change Change) error {
	ctx, cancel := context.WithTimeout(ctx, programTime)
	defer cancel()
	switch change.Kind {
	case ChangeFile:
		return s.undoFile(change.File)
	case ChangeResolvconf:
		return undoResolvconf(ctx, s.resolvconf(), change.Link)
	case ChangeResolved, ChangeManager:
		bus := s.connectBus(ctx)
		if bus == nil && change.Kind == ChangeManager {
			return errors.New("the system bus does not answer")
		}
		if bus == nil {
			return nil // the link takes its servers along
		}
		defer bus.Close()
		if change.Kind == ChangeManager {
			return undoManager(ctx, bus, change.Manager)
		}
		return undoResolved(ctx, bus, change.Index)
	}
	return fmt.Errorf("a change of kind %.40q is unknown", change.Kind)
}

// resolvconfEntry is the name of our entry. Debian's order of entries knows
// "tun*" and puts it before the network cards' own.
func resolvconfEntry(link string) string { return "tun." + link }

func setResolvconf(ctx context.Context, program, link string, dns DNS, record Record) error {
	if err := record(Change{Kind: ChangeResolvconf, Link: link}); err != nil {
		return err
	}
	return runResolvconf(ctx, program, string(resolvConf(dns, nil)), "-a", resolvconfEntry(link))
}

// undoResolvconf takes our entry away. Where there is none any more openresolv
// says so with its exit code, which is no failure here.
func undoResolvconf(ctx context.Context, program, link string) error {
	if program == "" {
		return nil
	}
	err := runResolvconf(ctx, program, "", "-d", resolvconfEntry(link))
	if _, exited := errors.AsType[*exec.ExitError](err); exited {
		return nil
	}
	return err
}

func runResolvconf(ctx context.Context, program, input string, args ...string) error {
	command := exec.CommandContext(ctx, program, args...)
	command.Stdin = strings.NewReader(input)
	command.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	output, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %.200s", program, strings.Join(args, " "), err, output)
	}
	return nil
}
