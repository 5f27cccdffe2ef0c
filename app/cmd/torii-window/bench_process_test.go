//go:build linux && x11 && bench

package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"torii/app/api"
)

// traffic fetches the page inside the practice gateway through the tunnel over
// and over until the test ends, so that there is something to draw.
func (l *live) traffic(state api.State) {
	l.t.Helper()
	proxy := &url.URL{Scheme: "http", Host: state.Snapshot.Proxy}
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(proxy), DisableKeepAlives: true}, Timeout: patience}
	end := make(chan struct{})
	var fetching sync.WaitGroup
	fetching.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-end:
				return
			case <-time.After(time.Duration(20+n%7*40) * time.Millisecond): // no two seconds alike
			}
			answer, err := client.Get(state.Practice.Page)
			if err != nil {
				l.t.Errorf("fetch through the tunnel: %v", err)
				return
			}
			io.Copy(io.Discard, answer.Body)
			answer.Body.Close()
		}
	})
	l.t.Cleanup(func() {
		close(end)
		fetching.Wait()
	})
}

// load is how much of a core a process uses, in percent.
func (l *live) load(pid int) float64 {
	l.t.Helper()
	before, began := l.used(pid), time.Now()
	time.Sleep(time.Duration(*seconds) * time.Second)
	return 100 * float64(l.used(pid)-before) / float64(time.Since(began))
}

// used is the CPU time of a process so far (/proc/PID/stat, proc(5)).
func (l *live) used(pid int) time.Duration {
	l.t.Helper()
	const tick = 10 * time.Millisecond // USER_HZ
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		l.t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(after)
	var ticks time.Duration
	for _, field := range fields[11:13] { // utime, stime
		n, err := strconv.Atoi(field)
		if err != nil {
			l.t.Fatal(err)
		}
		ticks += time.Duration(n)
	}
	return ticks * tick
}

// resident is the memory of a process in MB.
func (l *live) resident(pid int) float64 {
	l.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		l.t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "VmRSS:")
	kilobytes, err := strconv.ParseFloat(strings.Fields(after)[0], 64)
	if err != nil {
		l.t.Fatal(err)
	}
	return kilobytes / 1024
}

// median is the middle one of a figure's values.
func median(turns []turn, value func(turn) float64) float64 {
	var all []float64
	for _, t := range turns {
		all = append(all, value(t))
	}
	slices.Sort(all)
	return all[len(all)/2]
}
