//go:build !linux

package device

import "runtime"

// platform is the AnyConnect protocol's name of this system.
var platform = map[string]string{"windows": "win", "darwin": "mac-intel"}[runtime.GOOS]

func platformVersion() string { return runtime.GOOS + " " + runtime.GOARCH }

func deviceType() string { return "" }

func machineID() string { return "" }

func isHardware(string) bool { return true }
