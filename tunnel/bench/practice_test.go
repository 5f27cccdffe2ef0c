//go:build bench

package bench

import (
	"context"
	"encoding/pem"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.zx2c4.com/wireguard/tun"

	"torii/tunnel/gateway"
	"torii/tunnel/testbed"
)

// The practice gateway of the bench: on a socket, with a kernel TUN inside, in
// a process of its own.
const (
	practicePort   = 4443
	practiceServer = "10.98.0.1"
	practiceLink   = "practice"
)

// runGateway is the role of the practice gateway's process, until it is told
// to end. Its input names the address to listen on and the file that takes the
// certificate of its authority, one a line.
func runGateway(input string) error {
	address, caFile, _ := strings.Cut(input, "\n")
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	config := gateway.Config{Names: []string{at.Addr().String()}, NoIPv6: true, MTU: 1400}
	if config.Inside, err = tun.CreateTUN(practiceLink, config.MTU); err != nil {
		return err
	}
	g, err := gateway.New(config)
	if err != nil {
		return err
	}
	defer g.Close()
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: g.CA().Raw})
	if err := os.WriteFile(caFile, block, 0o644); err != nil {
		return err
	}
	if _, err := g.Listen(at); err != nil {
		return err
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, os.Interrupt)
	<-end
	return nil
}

// toriiToPractice starts the practice gateway for the rest of the bench; a turn
// is a connection to it.
func toriiToPractice(t *testing.T, bed *testbed.Bed) client {
	t.Helper()
	caFile := filepath.Join(t.TempDir(), "ca.pem")
	address := netip.AddrPortFrom(bed.ServerAddr, practicePort).String()
	server := startRole(t, bed.Server, roleGateway, address+"\n"+caFile)
	configureLink(t, bed.Server, practiceLink, practiceServer+"/24")
	waitFor(t, "the practice gateway", func() bool {
		if server.ended() {
			t.Fatalf("the practice gateway ended early:\n%s", server.output.String())
		}
		out, err := bed.Server.Command(context.Background(), "ss", "--no-header", "--listening", "--tcp", "--numeric").Output()
		return err == nil && strings.Contains(string(out), fmt.Sprintf(":%d ", practicePort))
	})
	return client{name: "torii to the practice gateway", inner: practiceServer, start: func(t *testing.T) *process {
		return startTorii(t, bed, gateway.DefaultPassword+"\n", address, "--ca", caFile, "--user", gateway.DefaultUser)
	}}
}
