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
	identity := tunnel.DeviceIdentity{
		ClientVersion: version, Platform: platform, PlatformVersion: platformVersion(),
		DeviceType: deviceType(), MACAddresses: macAddresses(),
	}
	identity.ComputerName, _ = os.Hostname() // a machine without a name sends none
	number, err := serial(ctx)
	switch id := machineID(); {
	case err == nil && number != "":
		identity.UniqueID, identity.UniqueIDSource = number, sourceSerial
	case id != "":
		identity.UniqueID, identity.UniqueIDSource = derive(id), sourceMachine
	case len(identity.MACAddresses) > 0:
		identity.UniqueID, identity.UniqueIDSource = derive(identity.MACAddresses[0]), sourceMAC
	default:
		identity.UniqueIDSource = sourceNone
	}
	return identity
}

// derive makes an id of Torii's own: machine-id(5) asks programs not to hand
// the machine's id out.
func derive(id string) string {
	mac := hmac.New(sha256.New, []byte("torii device id"))
	mac.Write([]byte(id))
	return strings.ToUpper(hex.EncodeToString(mac.Sum(nil)[:20]))
}

// macAddresses are those of the machine's own hardware, in the system's order.
func macAddresses() []string {
	links, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var list []string
	for _, link := range links {
		if len(link.HardwareAddr) != 6 || link.Flags&net.FlagLoopback != 0 || !isHardware(link.Name) {
			continue
		}
		list = append(list, link.HardwareAddr.String())
	}
	return list
}
