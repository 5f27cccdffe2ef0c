//go:build linux && x11 && privileged

package main

import (
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"torii/app/api"
	"torii/tunnel"
	"torii/tunnel/testbed"
)

// TestTheTunnelDoesNotNoticeTheWindow opens, closes and kills the real window
// while iperf3 loads a tunnel to a real ocserv: the connection is the same one
// afterwards, was never another, and its traffic never stood still.
func TestTheTunnelDoesNotNoticeTheWindow(t *testing.T) {
	testbed.Require(t, "Xvfb", "xfwm4", "xdotool", "dbus-daemon", "iperf3")
	bed := testbed.New(t)
	gateway := bed.StartOcserv(t, testbed.OcservConfig{Network: "10.99.0.0/24", Routes: []string{"10.99.0.0/24"}})
	l := newLive(t)
	// Trust is changed in the window or a terminal only, and in the file before an agent runs.
	l.run("toriictl", "entry", "add", "Office", gateway.Address(), "--user", gateway.User, "--ca", gateway.CAFile)
	socket := l.helper(bed)
	l.env = append(l.env, "TORII_HELPER="+socket)
	agent := bed.Client.Command(t.Context(), filepath.Join(l.bin, "torii"), "--hidden")
	l.record(agent)
	l.begin(agent)
	l.window(agent, 0) // which it opens where no panel has its icon
	client := l.client()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	connected := l.office(ctx, client, gateway)

	server := bed.Server.Command(ctx, "iperf3", "--server", "--one-off", "--idle-timeout", "60")
	l.begin(server)
	l.wait("iperf3's server", func() bool {
		out, err := bed.Server.Try("ss", "-Hltn", "sport = :5201")
		return err == nil && out != ""
	})
	load := bed.Client.Command(ctx, "iperf3", "--client", "10.99.0.1", "--time", "25", "--interval", "1", "--json", "-R")
	report := make(chan []byte, 1)
	go func() {
		out, err := load.Output()
		if err != nil {
			t.Errorf("iperf3: %v\n%s", err, out)
		}
		report <- out
	}()
	other := l.others(ctx, client, connected)

	first := child(agent.Process.Pid, "torii-window")
	if first == 0 {
		t.Fatal("the window is gone before its turn")
	}
	l.kill(first)
	second := l.reopen(ctx, client, agent, first)
	if err := syscall.Kill(second, syscall.SIGTERM); err != nil { // as closing it does
		t.Fatal(err)
	}
	l.wait("the window to close", func() bool { return child(agent.Process.Pid, "torii-window") == 0 })
	l.kill(l.reopen(ctx, client, agent, second))

	steady(t, <-report)
	if seen := other(); len(seen) > 0 {
		t.Errorf("meanwhile the connection was %v", seen)
	}
	if s := l.status(); s.State != tunnel.StateConnected || !s.Since.Equal(connected.Since) || !slices.Equal(s.Addresses, connected.Addresses) {
		t.Errorf("the connection is %s since %v with %v, was since %v with %v", s.State, s.Since, s.Addresses, connected.Since, connected.Addresses)
	}
	if err := client.Call(ctx, api.MethodDisconnect, nil, nil); err != nil {
		t.Errorf("disconnect afterwards: %v", err)
	}
	l.wait("the end of the connection", func() bool { return l.status().State == tunnel.StateDisconnected })
	l.end(agent)
}

// helper starts a torii-helper for the bed's client and returns its socket.
func (l *live) helper(bed *testbed.Bed) string {
	l.t.Helper()
	program := filepath.Join(l.bin, "torii-helper")
	build := exec.Command("go", "build", "-o", program, "torii/app/cmd/torii-helper")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		l.t.Fatalf("build torii-helper: %v\n%s", err, out)
	}
	home := l.variable("HOME")
	socket := filepath.Join(home, "helper", "helper.sock")
	helper := bed.Client.Command(l.t.Context(), program, "--socket", socket, "--state-dir", filepath.Join(home, "journal"), "--bus", "none")
	l.record(helper)
	l.begin(helper)
	l.wait("the helper", func() bool {
		_, err := bed.Client.Try("socat", "/dev/null", "UNIX-CONNECT:"+socket)
		return err == nil
	})
	return socket
}

// office connects the entry for a gateway.
func (l *live) office(ctx context.Context, client *api.Client, gateway *testbed.Ocserv) tunnel.Snapshot {
	l.t.Helper()
	connecting(l, client, "Office")
	answered := ""
	for state := range client.Watch(ctx) {
		s := state.Snapshot
		switch {
		case s.State == tunnel.StateConnected:
			return s
		case s.State == tunnel.StateFailed:
			l.t.Fatalf("the connection fails: %+v\n%s", s.Error, l.log())
		case s.Question != nil && s.Question.Form == nil && s.Question.ID != answered:
			l.t.Fatalf("an unexpected question: %+v", s.Question)
		case s.Question != nil && s.Question.ID != answered:
			answered = s.Question.ID
			fields := map[string]string{}
			for _, field := range s.Question.Form.Fields {
				fields[field.Name] = field.Value
				switch field.Kind {
				case tunnel.FieldPassword:
					fields[field.Name] = gateway.Password
				case tunnel.FieldText:
					fields[field.Name] = gateway.User
				}
			}
			answer := api.AnswerRequest{ID: answered, Choice: tunnel.ChoiceOK, Fields: fields}
			if err := client.Call(ctx, api.MethodAnswer, answer, nil); err != nil {
				l.t.Fatal(err)
			}
		}
	}
	l.t.Fatalf("no tunnel\n%s", l.log())
	return tunnel.Snapshot{}
}

// reopen opens the window and waits until it stands on the screen.
func (l *live) reopen(ctx context.Context, client *api.Client, agent *exec.Cmd, other int) int {
	l.t.Helper()
	if err := client.Call(ctx, api.MethodOpenWindow, api.OpenWindowRequest{Page: "details"}, nil); err != nil {
		l.t.Fatal(err)
	}
	process := l.window(agent, other)
	time.Sleep(2 * time.Second) // it draws its graph for a while
	return process
}

// others watches the connection and lists, when it is asked to end, what else
// it was than that one.
func (l *live) others(ctx context.Context, client *api.Client, same tunnel.Snapshot) (end func() []string) {
	watching, stop := context.WithCancel(ctx)
	found := make(chan []string, 1)
	go func() {
		var list []string
		for state := range client.Watch(watching) {
			if s := state.Snapshot; s.State != tunnel.StateConnected || !s.Since.Equal(same.Since) {
				list = append(list, string(s.State))
			}
		}
		found <- list
	}()
	return func() []string {
		stop()
		return <-found
	}
}

// steady looks at each second of iperf3's report: traffic that stands still is
// a tunnel that noticed. The processor that carries it draws the window, too,
// which for a second costs up to three quarters of it on two cores.
func steady(t *testing.T, text []byte) {
	t.Helper()
	var report struct {
		Intervals []struct {
			Sum struct {
				Rate float64 `json:"bits_per_second"`
			} `json:"sum"`
		} `json:"intervals"`
	}
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatalf("read iperf3's report: %v\n%s", err, text)
	}
	var rates []float64
	for _, second := range report.Intervals {
		rates = append(rates, second.Sum.Rate/1e6)
	}
	if len(rates) < 20 {
		t.Fatalf("iperf3 ran for %d seconds only", len(rates))
	}
	sorted := slices.Sorted(slices.Values(rates))
	middle := sorted[len(sorted)/2]
	t.Logf("%.0f Mbit/s in the middle, %.0f at least", middle, sorted[0])
	if sorted[0] < middle/20 || sorted[len(sorted)/4] < middle/2 {
		t.Errorf("the traffic stood still: %s Mbit/s a second", formatted(rates))
	}
}

func formatted(rates []float64) (text string) {
	for _, rate := range rates {
		text += strconv.Itoa(int(rate)) + " "
	}
	return text
}
