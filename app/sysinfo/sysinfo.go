// Package sysinfo collects what a helpdesk asks about this machine first. It
// holds nothing secret and nothing that names the person.
package sysinfo

import (
	"os"
	"runtime"
	"strings"

	"torii/app/api"
	"torii/app/paths"
	"torii/tunnel"
)

// The keys of the facts.
const (
	Version       = "version"
	System        = "system"
	Device        = "device"
	DeviceID      = "device-id"
	Desktop       = "desktop"
	Helper        = "helper"
	Keyring       = "keyring"
	Notifications = "notifications"
	Runtime       = "runtime"
	Config        = "config"
	Data          = "data"
	State         = "state"
)

// Machine is what others have found out already.
type Machine struct {
	Device  tunnel.DeviceIdentity
	Dirs    paths.Dirs
	Helper  string // "" where it answers, else why not
	Keyring string // "" where passwords can be kept, else why not
	// Notifications is "" where something shows them, else why not.
	Notifications string
}

// Facts lists what is known, in the order in which it is shown.
func Facts(m Machine) []api.Fact {
	facts := []api.Fact{
		{Key: Version, Value: api.Build},
		{Key: System, Value: m.Device.PlatformVersion},
		{Key: Device, Value: m.Device.DeviceType},
		{Key: DeviceID, Value: m.Device.UniqueID + " (" + m.Device.UniqueIDSource + ")"},
		{Key: Desktop, Value: desktop()},
		{Key: Helper, Value: orOK(m.Helper)},
		{Key: Keyring, Value: orOK(m.Keyring)},
		{Key: Notifications, Value: orOK(m.Notifications)},
		{Key: Runtime, Value: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH},
		{Key: Config, Value: m.Dirs.Config},
		{Key: Data, Value: m.Dirs.Data},
		{Key: State, Value: m.Dirs.State},
	}
	shown := facts[:0]
	for _, f := range facts {
		if f.Value != "" {
			shown = append(shown, f)
		}
	}
	return shown
}

func orOK(trouble string) string {
	if trouble == "" {
		return "ok"
	}
	return trouble
}

// desktop is the person's desktop and how it draws.
func desktop() string {
	return strings.Join(strings.Fields(os.Getenv("XDG_CURRENT_DESKTOP")+" "+os.Getenv("XDG_SESSION_TYPE")), ", ")
}
