//go:build bench

package bench

import (
	"context"
	"flag"
	"fmt"
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

// restBefore lets the end of the last turn and the start of iperf3's server
// pass before a client's clock starts.
const restBefore = 500 * time.Millisecond

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
		rowOf("throughput up, DTLS", "openconnect", "Mbit/s", atLeast(1.0, 1.3), dtls, openconnectDTLS, upRate),
		rowOf("throughput down, DTLS", "openconnect", "Mbit/s", atLeast(1.0, 1.3), dtls, openconnectDTLS, downRate),
		rowOf("client CPU up, DTLS", "openconnect", "ms/MB", atMost(0.8, 0.5), dtls, openconnectDTLS, upCost),
		rowOf("client CPU down, DTLS", "openconnect", "ms/MB", atMost(1.0, 0.6), dtls, openconnectDTLS, downCost),
		rowOf("connect", "openconnect", "ms", atMost(1.0, 0.7), dtls, openconnectDTLS, connectTime),
		rowOf("memory under load", "openconnect", "KB", atMost(2.5, 1.5), dtls, openconnectDTLS, memory))

	tls, openconnectTLS := compare(torii(bed, gateway, "--no-dtls"), openconnect(bed, gateway, "--no-dtls"))
	rows = append(rows,
		rowOf("throughput up, TLS", "openconnect", "Mbit/s", atLeast(1.0, 1.2), tls, openconnectTLS, upRate),
		rowOf("throughput down, TLS", "openconnect", "Mbit/s", atLeast(1.0, 1.2), tls, openconnectTLS, downRate))

	practice, wireguard := compare(toriiToPractice(t, bed), wireguardPair(bed))
	rows = append(rows,
		rowOf("throughput up, practice gateway", "wireguard-go pair", "Mbit/s", atLeast(0.8, 1.2), practice, wireguard, upRate),
		rowOf("throughput down, practice gateway", "wireguard-go pair", "Mbit/s", atLeast(0.8, 1.2), practice, wireguard, downRate),
		rowOf("client CPU up, practice gateway", "wireguard-go pair", "ms/MB", atMost(1.2, 0.8), practice, wireguard, upCost),
		rowOf("client CPU down, practice gateway", "wireguard-go pair", "ms/MB", atMost(1.2, 0.8), practice, wireguard, downCost))

	table := tableOf(rows)
	fmt.Print("\n" + table)
	if *report != "" {
		if err := os.WriteFile(*report, []byte(table), 0o644); err != nil {
			t.Error(err)
		}
	}
	for _, r := range rows {
		if !r.reached() {
			t.Errorf("%s against %s: median ratio %.2f of %.2f, must reach %.1f", r.figure, r.peer, median(r.ratios), r.ratios, r.bound.must)
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
	// It listens on all addresses, as the gateway's tun device exists only while
	// somebody is connected, and for one turn: it may never hear that its last
	// client has gone when the tunnel is.
	defer startProcess(t, bed.Server, "", nil, "iperf3", "-s").stop()
	time.Sleep(restBefore)
	listener := listenForEchoes(t, bed, c.inner)
	p := c.start(t)
	defer p.stop()
	echoed, err := listener.first(p)
	if err != nil {
		t.Fatalf("%s: %v\n%s", c.name, err, p.output.String())
	}
	result := turn{connect: echoed.Sub(p.started)}
	// Both transports settle before the load: DTLS follows the connect.
	time.Sleep(time.Second)
	pids, peaks := p.pids(), [2]float64{}
	if result.up, peaks[0], err = load(ctx, bed, c.inner, *seconds, false, pids); err != nil {
		t.Fatalf("%s: %v\n%s", c.name, err, p.output.String())
	}
	if result.down, peaks[1], err = load(ctx, bed, c.inner, *seconds, true, pids); err != nil {
		t.Fatalf("%s: %v\n%s", c.name, err, p.output.String())
	}
	result.rssKB = max(peaks[0], peaks[1])
	t.Logf("%-28s up %4.0f Mbit/s %5.1f ms/MB, down %4.0f Mbit/s %5.1f ms/MB, %5.1f ms to connect, %.1f MB",
		c.name, result.up.mbitPerSecond, result.up.cpuMsPerMB, result.down.mbitPerSecond, result.down.cpuMsPerMB,
		connectTime(result), result.rssKB/1024)
	return result
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
