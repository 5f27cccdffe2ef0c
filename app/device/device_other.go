//go:build !linux

package device

import (
	"net"
	"runtime"
)

// platform is the AnyConnect protocol's name of this system.
var platform = map[string]string{"windows": "win", "darwin": "mac-intel"}[runtime.GOOS]

func platformVersion() string { return runtime.GOOS + " " + runtime.GOARCH }

func deviceType() string { return "" }

func machineID() string { return "" }

// links lists the network interfaces; which are hardware is not known here.
func links() []link {
	found, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var list []link
	for _, l := range found {
		list = append(list, link{address: l.HardwareAddr, hardware: l.Flags&net.FlagLoopback == 0})
	}
	return list
}
