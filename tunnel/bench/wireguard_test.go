//go:build bench

package bench

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/device"
	"golang.zx2c4.com/wireguard/tun"

	"torii/tunnel/testbed"
)

// The yardstick for a Go data path: wireguard-go on both ends. The test binary
// itself plays the two peers, in processes of their own, so that their CPU
// time can be read like any client's.
const (
	wireguardPort   = 51820
	wireguardServer = "10.97.0.1"
	wireguardClient = "10.97.0.2"
)

// wireguardKeys makes a key pair, in hexadecimal as the UAPI wants it.
func wireguardKeys(t *testing.T) (private, public string) {
	t.Helper()
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(key.Bytes()), hex.EncodeToString(key.PublicKey().Bytes())
}

// runWireguardPeer is the role of a peer process: a TUN called "wg", set up
// with the UAPI text, until it is told to end.
func runWireguardPeer(configuration string) error {
	link, err := tun.CreateTUN("wg", 1420)
	if err != nil {
		return err
	}
	peer := device.NewDevice(link, conn.NewDefaultBind(), device.NewLogger(device.LogLevelError, "wg: "))
	defer peer.Close()
	if err := peer.IpcSet(configuration); err != nil {
		return err
	}
	if err := peer.Up(); err != nil {
		return err
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, os.Interrupt)
	<-end
	return nil
}

// startWireguardPair starts both peers and gives their interfaces addresses.
func startWireguardPair(t *testing.T, bed *testbed.Bed) *process {
	t.Helper()
	serverPrivate, serverPublic := wireguardKeys(t)
	clientPrivate, clientPublic := wireguardKeys(t)
	server := startRole(t, bed.Server, roleWireguard, uapi(
		"private_key="+serverPrivate, fmt.Sprintf("listen_port=%d", wireguardPort),
		"public_key="+clientPublic, "allowed_ip="+wireguardClient+"/32"))
	configureLink(t, bed.Server, "wg", wireguardServer+"/24")

	client := startRole(t, bed.Client, roleWireguard, uapi(
		"private_key="+clientPrivate,
		"public_key="+serverPublic, "allowed_ip="+wireguardServer+"/32",
		fmt.Sprintf("endpoint=%s:%d", bed.ServerAddr, wireguardPort)))
	client.others = append(client.others, server)
	configureLink(t, bed.Client, "wg", wireguardClient+"/24")
	return client
}

func uapi(lines ...string) string { return strings.Join(lines, "\n") + "\n" }

// configureLink waits for a peer's interface and sets it up.
func configureLink(t *testing.T, ns *testbed.Namespace, link, address string) {
	t.Helper()
	waitFor(t, "interface "+link, func() bool {
		return ns.Command(context.Background(), "ip", "link", "show", link).Run() == nil
	})
	for _, args := range [][]string{{"addr", "add", address, "dev", link}, {"link", "set", link, "up"}} {
		if out, err := ns.Command(context.Background(), "ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
		}
	}
}
