package device

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/vishvananda/netlink"
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

// osReleaseName reads os-release(5), which stands in one of two places.
func osReleaseName() string {
	for _, name := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		if text, err := os.ReadFile(name); err == nil {
			return prettyName(string(text))
		}
	}
	return ""
}

// prettyName is PRETTY_NAME in an os-release file, which quotes as a shell does.
func prettyName(text string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); ok {
			return strings.Trim(value, `"'`)
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

// links lists the network interfaces. The address that a maker gave one is
// told by Linux 5.6 and later; it stays where the present one is a random one
// for each wireless network.
func links() []link {
	found, err := netlink.LinkList()
	if err != nil && !errors.Is(err, netlink.ErrDumpInterrupted) {
		return nil
	}
	var list []link
	for _, l := range found {
		attributes := l.Attrs()
		address := attributes.HardwareAddr
		if isStation(attributes.PermHWAddr) {
			address = attributes.PermHWAddr
		}
		list = append(list, link{address: address, hardware: isHardware(attributes.Name)})
	}
	return list
}

// isHardware reports whether a link belongs to a device on a bus.
func isHardware(name string) bool {
	_, err := os.Stat(filepath.Join("/sys/class/net", name, "device"))
	return err == nil
}
