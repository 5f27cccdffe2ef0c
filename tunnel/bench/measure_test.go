//go:build bench

package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"torii/tunnel/testbed"
)

// clockTick is the unit of /proc/PID/stat's times (USER_HZ, proc(5)).
const clockTick = 10 * time.Millisecond

// sample is one direction of one client's turn.
type sample struct {
	mbitPerSecond float64
	cpuMsPerMB    float64 // the client's own CPU time over the megabytes that arrived
}

// turn is one client's whole turn.
type turn struct {
	up, down sample
	connect  time.Duration // process start to the first echo through the tunnel
	rssKB    float64       // the most under load
}

// rssInterval is how often a client's memory is looked at under load.
const rssInterval = 250 * time.Millisecond

// load runs iperf3 and returns, besides its result, the most memory in KB that
// pids held meanwhile.
func load(ctx context.Context, bed *testbed.Bed, server string, seconds int, reverse bool, pids []int) (s sample, peakKB float64, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s, err = iperf(ctx, bed, server, seconds, reverse, pids)
	}()
	ticker := time.NewTicker(rssInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			peakKB = max(peakKB, rss(pids))
		case <-done:
			return s, peakKB, err
		}
	}
}

// iperf runs iperf3 in the client's namespace against the gateway's inner
// address and counts what pids used meanwhile.
func iperf(ctx context.Context, bed *testbed.Bed, server string, seconds int, reverse bool, pids []int) (sample, error) {
	args := []string{"-c", server, "-J", "-t", strconv.Itoa(seconds)}
	if reverse {
		args = append(args, "-R")
	}
	before := cpuTime(pids)
	out, err := bed.Client.Command(ctx, "iperf3", args...).Output()
	if err != nil {
		return sample{}, fmt.Errorf("iperf3 %s: %w: %s", strings.Join(args, " "), err, out)
	}
	used := cpuTime(pids) - before
	var report struct {
		End struct {
			Received struct {
				Bytes float64 `json:"bytes"`
				Rate  float64 `json:"bits_per_second"`
			} `json:"sum_received"`
		} `json:"end"`
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return sample{}, fmt.Errorf("read iperf3's report: %w", err)
	}
	if report.End.Received.Bytes == 0 {
		return sample{}, fmt.Errorf("iperf3 received nothing: %s", out)
	}
	megabytes := report.End.Received.Bytes / 1e6
	return sample{
		mbitPerSecond: report.End.Received.Rate / 1e6,
		cpuMsPerMB:    float64(used.Microseconds()) / 1e3 / megabytes,
	}, nil
}

// cpuTime adds up what processes have used in user and system time.
func cpuTime(pids []int) time.Duration {
	var sum time.Duration
	for _, pid := range pids {
		stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
		if err != nil {
			continue
		}
		// The name in parentheses may hold spaces; what follows is regular.
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest)
		const utime, stime = 11, 12 // fields 14 and 15 of proc(5), after pid, name and from 0
		for _, i := range []int{utime, stime} {
			ticks, _ := strconv.ParseInt(fields[i], 10, 64)
			sum += time.Duration(ticks) * clockTick
		}
	}
	return sum
}

// rss adds up the resident memory of processes, in KB.
func rss(pids []int) float64 {
	var sum float64
	for _, pid := range pids {
		status, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
		for line := range strings.Lines(string(status)) {
			if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
				kb, _ := strconv.ParseFloat(strings.Fields(value)[0], 64)
				sum += kb
			}
		}
	}
	return sum
}

// family returns a process and its children: a client may work in more than
// one, and all of it costs the person's CPU.
func family(pid int) []int {
	pids := []int{pid}
	children, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, file := range children {
		text, _ := os.ReadFile(file)
		for _, field := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(field); err == nil {
				pids = append(pids, family(child)...)
			}
		}
	}
	return pids
}

// median of the values; they are sorted in place.
func median(values []float64) float64 {
	slices.Sort(values)
	if n := len(values); n%2 == 0 {
		return (values[n/2-1] + values[n/2]) / 2
	}
	return values[len(values)/2]
}
