//go:build bench

package bench

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"torii/tunnel/testbed"
)

var (
	pairs    = flag.Int("pairs", 5, "pairs of turns; the figures are medians over them")
	seconds  = flag.Int("seconds", 5, "seconds of iperf3 in each direction")
	binaries = flag.String("binaries", "", "folder with toriictl and torii-helper")
	report   = flag.String("report", "", "file for the table; empty prints it only")
)

// The inner network of the bed (docs/performance.md).
const (
	innerNetwork = "10.99.0.0/24"
	innerServer  = "10.99.0.1"
)

// client is a VPN client under test.
type client struct {
	name  string
	start func(t *testing.T) *process
	inner string // the address inside that answers once packets flow
}

// TestBench runs the bed and prints the table. It fails where a figure misses
// what it must reach.
func TestBench(t *testing.T) {
	bed := testbed.New(t)
	gateway := bed.StartOcserv(t, ocservOfTheBed())
	startIperfServer(t, bed)

	compare := func(ours, theirs client) (mine, other []turn) {
		takeTurn(t, bed, ours) // warm both up: page cache, ARP, DNS
		takeTurn(t, bed, theirs)
		for range *pairs {
			mine = append(mine, takeTurn(t, bed, ours))
			other = append(other, takeTurn(t, bed, theirs))
		}
		return mine, other
	}

	var rows []row
	dtls, openconnectDTLS := compare(torii(bed, gateway), openconnect(bed, gateway))
	rows = append(rows,
		rowOf("throughput up, DTLS", "openconnect", "Mbit/s", 1.0, true, dtls, openconnectDTLS, upRate),
		rowOf("throughput down, DTLS", "openconnect", "Mbit/s", 1.0, true, dtls, openconnectDTLS, downRate),
		rowOf("client CPU up, DTLS", "openconnect", "ms/MB", 0.8, false, dtls, openconnectDTLS, upCost),
		rowOf("client CPU down, DTLS", "openconnect", "ms/MB", 1.0, false, dtls, openconnectDTLS, downCost),
		rowOf("connect", "openconnect", "ms", 1.0, false, dtls, openconnectDTLS, connectTime),
		rowOf("memory under load", "openconnect", "KB", 2.5, false, dtls, openconnectDTLS, memory))

	tls, openconnectTLS := compare(torii(bed, gateway, "--no-dtls"), openconnect(bed, gateway, "--no-dtls"))
	rows = append(rows,
		rowOf("throughput up, TLS", "openconnect", "Mbit/s", 1.0, true, tls, openconnectTLS, upRate),
		rowOf("throughput down, TLS", "openconnect", "Mbit/s", 1.0, true, tls, openconnectTLS, downRate))

	practice, wireguard := compare(toriiToPractice(t, bed), wireguardPair(bed))
	rows = append(rows,
		rowOf("throughput up, practice gateway", "wireguard-go pair", "Mbit/s", 0.8, true, practice, wireguard, upRate),
		rowOf("throughput down, practice gateway", "wireguard-go pair", "Mbit/s", 0.8, true, practice, wireguard, downRate),
		rowOf("client CPU up, practice gateway", "wireguard-go pair", "ms/MB", 1.2, false, practice, wireguard, upCost),
		rowOf("client CPU down, practice gateway", "wireguard-go pair", "ms/MB", 1.2, false, practice, wireguard, downCost))

	table := tableOf(rows)
	fmt.Print("\n" + table)
	if *report != "" {
		if err := os.WriteFile(*report, []byte(table), 0o644); err != nil {
			t.Error(err)
		}
	}
	for _, r := range rows {
		if !r.reached() {
			t.Errorf("%s against %s: median ratio %.2f of %.2f, must reach %.1f", r.figure, r.peer, median(r.ratios), r.ratios, r.must)
		}
	}
}

func upRate(t turn) float64      { return t.up.mbitPerSecond }
func downRate(t turn) float64    { return t.down.mbitPerSecond }
func upCost(t turn) float64      { return t.up.cpuMsPerMB }
func downCost(t turn) float64    { return t.down.cpuMsPerMB }
func connectTime(t turn) float64 { return float64(t.connect.Microseconds()) / 1e3 }
func memory(t turn) float64      { return t.rssKB }

// takeTurn connects a client, loads it in both directions and ends it.
func takeTurn(t *testing.T, bed *testbed.Bed, c client) turn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(2**seconds+60)*time.Second)
	defer cancel()
	p := c.start(t)
	defer p.stop()
	waitFor(t, c.name, func() bool {
		if p.ended() {
			t.Fatalf("%s ended early:\n%s", c.name, p.output.String())
		}
		return answers(bed, c.inner)
	})
	result := turn{connect: time.Since(p.started)}
	// Both transports settle before the load: DTLS follows the connect.
	time.Sleep(time.Second)
	var err error
	if result.up, err = iperf(ctx, bed, c.inner, *seconds, false, p.pids()); err != nil {
		t.Fatalf("%s: %v\n%s", c.name, err, p.output.String())
	}
	if result.down, err = iperf(ctx, bed, c.inner, *seconds, true, p.pids()); err != nil {
		t.Fatalf("%s: %v\n%s", c.name, err, p.output.String())
	}
	result.rssKB = rss(p.pids())
	t.Logf("%-28s up %4.0f Mbit/s %5.1f ms/MB, down %4.0f Mbit/s %5.1f ms/MB, %5.1f ms to connect, %.1f MB",
		c.name, result.up.mbitPerSecond, result.up.cpuMsPerMB, result.down.mbitPerSecond, result.down.cpuMsPerMB,
		connectTime(result), result.rssKB/1024)
	return result
}

// answers tries one connection to iperf3's port inside.
func answers(bed *testbed.Bed, server string) bool {
	err := bed.Client.Do(func() error {
		conn, err := net.DialTimeout("tcp", net.JoinHostPort(server, "5201"), 20*time.Millisecond)
		if err == nil {
			conn.Close()
		}
		return err
	})
	return err == nil
}

// startIperfServer listens on all addresses: the gateway's tun device exists
// only while somebody is connected.
func startIperfServer(t *testing.T, bed *testbed.Bed) {
	server := startProcess(t, bed.Server, "", "iperf3", "-s")
	t.Cleanup(server.stop)
}

// binary returns the path of one of the program's binaries.
func binary(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(*binaries, name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v; run it as `make bench`", err)
	}
	return path
}
