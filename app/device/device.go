// Package device finds out how a gateway recognises this device (reference
// 002: a gateway admits a device by its serial number or a MAC address).
package device

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"torii/tunnel"
)

// serialTime bounds the question for the serial number.
const serialTime = 2 * time.Second

// Where the unique id comes from (tunnel.DeviceIdentity.UniqueIDSource).
const (
	sourceSerial  = "serial-number"
	sourceMachine = "machine-id"
	sourceMAC     = "mac-address"
	sourceNone    = "none"
)

// Identify collects the identity. serial returns the machine's serial number
// (on Linux only root may read it, so the helper hands it out); without one the
// id is derived from the machine's id, else the first MAC address.
func Identify(ctx context.Context, version string, serial func(ctx context.Context) (string, error)) tunnel.DeviceIdentity {
	ctx, cancel := context.WithTimeout(ctx, serialTime)
	defer cancel()
	number, err := serial(ctx)
	if err != nil {
		number = "" // the fallback is named in the identity
	}
	identity := tunnel.DeviceIdentity{
		ClientVersion: version, Platform: platform, PlatformVersion: platformVersion(),
		DeviceType: deviceType(), MACAddresses: macAddresses(links()),
	}
	identity.ComputerName, _ = os.Hostname() // a machine without a name sends none
	identity.UniqueID, identity.UniqueIDSource = uniqueID(number, machineID(), identity.MACAddresses)
	return identity
}

// uniqueID chooses the id among what there is, and says where it comes from.
func uniqueID(serial, machine string, addresses []string) (id, source string) {
	switch {
	case serial != "":
		return serial, sourceSerial
	case isMachineID(machine):
		return derive(machine), sourceMachine
	case len(addresses) > 0:
		return derive(addresses[0]), sourceMAC
	}
	return "", sourceNone
}

// isMachineID reports whether text is an id and not what stands in its place:
// an image may say "uninitialized" (machine-id(5)).
func isMachineID(text string) bool {
	raw, err := hex.DecodeString(text)
	return err == nil && len(raw) == 16 && slices.ContainsFunc(raw, func(b byte) bool { return b != 0 })
}

// derive makes an id of Torii's own: machine-id(5) asks programs not to hand
// the machine's id out.
func derive(id string) string {
	mac := hmac.New(sha256.New, []byte("torii device id"))
	mac.Write([]byte(id))
	return strings.ToUpper(hex.EncodeToString(mac.Sum(nil)[:20]))
}

// link is what counts of a network interface here.
type link struct {
	// address is the one that its maker gave it, where the system tells; else
	// the present one.
	address net.HardwareAddr
	// hardware says that it is no bridge, tunnel or virtual pair, whose
	// addresses change.
	hardware bool
}

// macAddresses are those of the machine's own hardware, in the system's order,
// each once.
func macAddresses(links []link) []string {
	var list []string
	for _, l := range links {
		text := l.address.String()
		if l.hardware && isStation(l.address) && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}

// isStation reports whether an address is that of one Ethernet station: 6
// bytes, not all zero, and for no group (IEEE 802, section 8.2.2).
func isStation(a net.HardwareAddr) bool {
	const group = 1
	return len(a) == 6 && a[0]&group == 0 && slices.ContainsFunc(a, func(b byte) bool { return b != 0 })
}
