package helperd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"

	"torii/tunnel/wire"
)

// PolkitAction is the action that polkit is asked about. Where its policy file
// is not installed the administrator has said nothing, and the group decides.
const PolkitAction = "org.torii.helper.use"

const (
	polkitName = "org.freedesktop.PolicyKit1"
	polkitPath = "/org/freedesktop/PolicyKit1/Authority"
	// polkitTime is how long polkit may take; it may ask a person.
	polkitTime = 2 * time.Minute
)

// polkitSubject is whom polkit is asked about, "(sa{sv})".
type polkitSubject struct {
	Kind    string
	Details map[string]dbus.Variant
}

// polkitResult is its answer, "(bba{ss})".
type polkitResult struct {
	Authorised bool
	Challenge  bool
	Details    map[string]string
}

// Polkit returns a question to the polkit on a bus ("" for the system's own,
// "none" for nobody). Where there is no bus or no polkit on it everybody
// passes; where there is one that does not answer nobody does.
func Polkit(address string) func(ctx context.Context, peer *wire.Peer) error {
	return func(ctx context.Context, peer *wire.Peer) error {
		ctx, cancel := context.WithTimeout(ctx, polkitTime)
		defer cancel()
		bus, err := connect(ctx, address)
		if err != nil || bus == nil {
			return err
		}
		defer bus.Close()
		there, err := offered(ctx, bus, polkitName)
		if err != nil || !there {
			return err
		}
		return askPolkit(ctx, bus, peer)
	}
}

// connect returns nil where there is no bus. A bus that exists and cannot be
// reached is an error.
func connect(ctx context.Context, address string) (*dbus.Conn, error) {
	switch address {
	case "none":
		return nil, nil
	case "":
		if _, err := os.Stat("/run/dbus/system_bus_socket"); errors.Is(err, os.ErrNotExist) && os.Getenv("DBUS_SYSTEM_BUS_ADDRESS") == "" {
			return nil, nil
		}
		return dbus.ConnectSystemBus(dbus.WithContext(ctx))
	}
	return dbus.Connect(address, dbus.WithContext(ctx))
}

// offered reports whether a service runs or would be started by a call.
func offered(ctx context.Context, bus *dbus.Conn, name string) (bool, error) {
	for _, method := range [...]string{"ListNames", "ListActivatableNames"} {
		var names []string
		if err := bus.BusObject().CallWithContext(ctx, "org.freedesktop.DBus."+method, 0).Store(&names); err != nil {
			return false, fmt.Errorf("%s: %w", method, err)
		}
		if slices.Contains(names, name) {
			return true, nil
		}
	}
	return false, nil
}

func askPolkit(ctx context.Context, bus *dbus.Conn, peer *wire.Peer) error {
	subject, err := subjectOf(peer, bus.SupportsUnixFDs())
	if err != nil {
		return err
	}
	const allowInteraction = uint32(1)
	var result polkitResult
	err = bus.Object(polkitName, polkitPath).CallWithContext(ctx, "org.freedesktop.PolicyKit1.Authority.CheckAuthorization", 0,
		subject, PolkitAction, map[string]string{}, allowInteraction, "").Store(&result)
	runtime.KeepAlive(peer.PIDFD) // its number is in the message
	if refusal, ok := errors.AsType[dbus.Error](err); ok && strings.Contains(refusal.Error(), PolkitAction+" is not registered") {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ask polkit: %w", err)
	}
	if !result.Authorised {
		return errors.New("the policy says no")
	}
	return nil
}

// subjectOf names the caller by its pidfd, which cannot come to mean another
// process. polkit before version 124 does not know pidfds and takes the number
// with the start time beside it, which tells a successor from the caller.
func subjectOf(peer *wire.Peer, passFiles bool) (polkitSubject, error) {
	started, err := startTime(peer.PID)
	if err != nil {
		return polkitSubject{}, err
	}
	details := map[string]dbus.Variant{
		"pid":        dbus.MakeVariant(uint32(peer.PID)),
		"start-time": dbus.MakeVariant(started),
		"uid":        dbus.MakeVariant(int32(peer.UID)),
	}
	if peer.PIDFD != nil && passFiles {
		details["pidfd"] = dbus.MakeVariant(dbus.UnixFD(peer.PIDFD.Fd()))
	}
	return polkitSubject{"unix-process", details}, nil
}

// startTime reads when a process started, in clock ticks since boot (field 22
// of proc_pid_stat(5)).
func startTime(pid int32) (uint64, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("look at the caller: %w", err)
	}
	// The second field is the program's name in brackets and may hold anything.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 20 {
		return 0, errors.New("look at the caller: its status is too short")
	}
	return strconv.ParseUint(string(fields[19]), 10, 64)
}
