package device

import (
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const platform = "linux-64"

// platformVersion is the distribution's name and the kernel's release.
func platformVersion() string {
	var uts unix.Utsname
	release := ""
	if unix.Uname(&uts) == nil {
		release = unix.ByteSliceToString(uts.Release[:])
	}
	if name := osReleaseName(); name != "" {
		return name + ", " + release
	}
	return release
}

// osReleaseName reads PRETTY_NAME of os-release(5).
func osReleaseName() string {
	text, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); ok {
			return strings.Trim(value, `"`)
		}
	}
	return ""
}

// deviceType is what the machine's maker calls it.
func deviceType() string {
	vendor, product := dmi("sys_vendor"), dmi("product_name")
	return strings.TrimSpace(vendor + " " + product)
}

func dmi(name string) string {
	text, err := os.ReadFile(filepath.Join("/sys/class/dmi/id", name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

func machineID() string {
	text, err := os.ReadFile("/etc/machine-id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// isHardware reports whether a link is a piece of hardware and no bridge,
// tunnel or virtual pair, whose addresses change.
func isHardware(name string) bool {
	_, err := os.Stat(filepath.Join("/sys/class/net", name, "device"))
	return err == nil
}
