//go:build privileged && linux

package testbed_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"torii/tunnel/testbed"
)

// throughput runs iperf3 from the client to a server inside, with further
// arguments, and returns the megabits a second that arrived.
func throughput(t *testing.T, bed *testbed.Bed, host string, args ...string) float64 {
	t.Helper()
	defer startIperf(t, bed)()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	command := bed.Client.Command(ctx, "iperf3", append([]string{"--client", host, "--json", "--connect-timeout", "10000"}, args...)...)
	out, err := command.Output()
	if err != nil {
		t.Fatalf("iperf3 %s: %v: %s", strings.Join(args, " "), err, out)
	}
	var report struct {
		End struct {
			Received struct {
				Bytes float64 `json:"bytes"`
				Rate  float64 `json:"bits_per_second"`
			} `json:"sum_received"`
		} `json:"end"`
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("read iperf3's report: %v", err)
	}
	if report.End.Received.Bytes == 0 {
		t.Fatalf("iperf3 %s: nothing arrived: %s", strings.Join(args, " "), out)
	}
	t.Logf("iperf3 %s: %.0f Mbit/s, %.1f MB", strings.Join(args, " "), report.End.Received.Rate/1e6, report.End.Received.Bytes/1e6)
	return report.End.Received.Rate / 1e6
}

// startIperf starts iperf3's server and waits until it listens. Each load has
// one of its own: one that was broken off keeps its server busy.
func startIperf(t *testing.T, bed *testbed.Bed) (stop func()) {
	t.Helper()
	testbed.Require(t, "iperf3")
	server := bed.Server.Command(t.Context(), "iperf3", "--server", "--one-off", "--idle-timeout", "30")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, usual, "iperf3's server", func() bool {
		out, err := bed.Server.Try("ss", "--no-header", "--listening", "--tcp", "--numeric")
		return err == nil && strings.Contains(out, ":5201 ")
	})
	return func() {
		server.Process.Kill()
		server.Wait()
	}
}

// pings is a ping that goes on.
type pings struct {
	t        *testing.T
	sent     atomic.Int64 // the newest sequence number that was answered
	answered atomic.Int64
	worst    atomic.Int64 // the longest way there and back, in nanoseconds
}

// startPing sends ten pings a second until the end of t.
func startPing(t *testing.T, bed *testbed.Bed, host string) *pings {
	t.Helper()
	command := bed.Client.Command(context.Background(), "ping", "-n", "-i", "0.1", host)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	p := &pings{t: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		sequence := regexp.MustCompile(`icmp_seq=(\d+) ttl=\d+ time=([0-9.]+ m?s)`)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if found := sequence.FindStringSubmatch(lines.Text()); found != nil {
				n, _ := strconv.ParseInt(found[1], 10, 64)
				p.sent.Store(max(n, p.sent.Load()))
				p.answered.Add(1)
				took, _ := time.ParseDuration(strings.ReplaceAll(found[2], " ", ""))
				p.worst.Store(max(int64(took), p.worst.Load()))
			}
		}
	}()
	t.Cleanup(func() {
		command.Process.Signal(os.Interrupt)
		<-done
		command.Wait()
	})
	return p
}

// progress waits for n more answers.
func (p *pings) progress(n int64) {
	p.t.Helper()
	goal := p.answered.Load() + n
	eventually(p.t, usual, "more answers to the pings", func() bool { return p.answered.Load() >= goal })
}

// lost is how many pings were not answered, up to the last one that was.
func (p *pings) lost() int64 { return p.sent.Load() - p.answered.Load() }

// lossOf reads the share of lost pings, in per cent, from what ping -q says.
func lossOf(t *testing.T, out string) int {
	t.Helper()
	found := regexp.MustCompile(`(\d+)(\.\d+)?% packet loss`).FindStringSubmatch(out)
	if found == nil {
		t.Fatalf("ping says %s", out)
	}
	n, _ := strconv.Atoi(found[1])
	return n
}

// talk is a TCP connection through the tunnel whose other end repeats what it
// hears.
type talk struct {
	t    *testing.T
	conn net.Conn
}

// startTalk connects to a port of the gateway's own address inside.
func startTalk(t *testing.T, bed *testbed.Bed) *talk {
	t.Helper()
	const port = "7007"
	var listener net.Listener
	var conn net.Conn
	if err := bed.Server.Do(func() (err error) { listener, err = net.Listen("tcp", ":"+port); return err }); err != nil {
		t.Fatal(err)
	}
	repeated := make(chan struct{})
	go func() {
		defer close(repeated)
		if far, err := listener.Accept(); err == nil {
			io.Copy(far, far)
			far.Close()
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		if conn != nil {
			conn.Close()
		}
		<-repeated
	})
	err := bed.Client.Do(func() (err error) {
		conn, err = net.DialTimeout("tcp", net.JoinHostPort(insideServer, port), usual)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return &talk{t: t, conn: conn}
}

// goesOn checks that the connection still carries words there and back.
func (c *talk) goesOn() {
	c.t.Helper()
	c.conn.SetDeadline(time.Now().Add(2 * usual))
	const words = "is anybody there?"
	heard := make([]byte, len(words))
	if _, err := io.WriteString(c.conn, words); err != nil {
		c.t.Errorf("a TCP connection through the tunnel broke: %v", err)
	} else if _, err := io.ReadFull(c.conn, heard); err != nil || string(heard) != words {
		c.t.Errorf("a TCP connection through the tunnel broke: %q, %v", heard, err)
	}
}

// loadSeconds is how long each direction of a load lasts: a minute in a soak.
func loadSeconds() string {
	if soaking() {
		return "60"
	}
	return "4"
}

// soaking reports whether the long tests were asked for.
func soaking() bool { return os.Getenv("TORII_SOAK") != "" }

// TestLoad loads both transports in both directions. It has the machine for
// itself.
func TestLoad(t *testing.T) {
	for _, c := range []struct {
		transport string
		args      []string
	}{{"dtls", nil}, {"tls", []string{"--no-dtls"}}} {
		t.Run(c.transport, func(t *testing.T) {
			bed := testbed.New(t)
			config := split()
			config.Lines = []string{"mtu = 1434"}
			client := connect(t, bed, bed.StartOcserv(t, config), c.args...)
			client.until("the connection over "+c.transport, usual, connectedOver(c.transport))
			mark := client.mark()
			throughput(t, bed, insideServer, "-t", loadSeconds())
			throughput(t, bed, insideServer, "-t", loadSeconds(), "-R")
			client.neverLeft()
			for _, s := range client.all()[mark:] {
				if s.Transport != c.transport {
					t.Fatalf("the transport changed to %s under load", s.Transport)
				}
			}
		})
	}
}

// TestGoodbyeUnderLoad disconnects while the gateway sends as fast as it can:
// the gateway has to hear it all the same, or it keeps the session and its
// address for minutes.
func TestGoodbyeUnderLoad(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		transport string
		args      []string
	}{{"dtls", nil}, {"tls", []string{"--no-dtls"}}} {
		t.Run(c.transport, func(t *testing.T) {
			t.Parallel()
			bed := testbed.New(t)
			gateway := bed.StartOcserv(t, split())
			const times = 4
			for range times {
				client := connect(t, bed, gateway, c.args...)
				s := client.until("the connection over "+c.transport, usual, connectedOver(c.transport))
				stopServer := startIperf(t, bed)
				load := bed.Client.Command(t.Context(), "iperf3", "--client", insideServer, "-R", "-t", "30", "-P", "4")
				if err := load.Start(); err != nil {
					t.Fatal(err)
				}
				eventually(t, usual, "the load", func() bool {
					bytes, _ := strconv.Atoi(strings.TrimSpace(bed.Client.Run(t, "cat", "/sys/class/net/"+s.Interface+"/statistics/rx_bytes")))
					return bytes > 20e6
				})
				if code := client.stop(); code != exitOK {
					t.Errorf("exit code %d", code)
				}
				load.Process.Kill()
				load.Wait()
				stopServer()
			}
			eventually(t, usual, "the gateway's word on every goodbye", func() bool {
				return strings.Count(gateway.Log(), "(reason: user disconnected") == times
			})
		})
	}
}
