//go:build linux && x11

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"torii/app/api"
)

// TestMain plays the window's program where this test is started under its
// name: the very window, and a heart that beats on its toolkit's goroutine.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "torii-window" {
		go beat(os.Getenv("TORII_TEST_BEATS"))
		main() // which exits
	}
	os.Exit(m.Run())
}

const (
	pulse = 5 * time.Millisecond
	// late is what is worth a line.
	late = 20 * time.Millisecond
)

// beat asks the toolkit's goroutine for a sign of life over and over and writes
// a line for each that was late: when it was asked for (Unix time in
// milliseconds), how long it took, how late this goroutine itself was, which is
// the machine's doing, and what the toolkit's goroutine did halfway.
func beat(path string) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, "heartbeat:", err)
		os.Exit(api.ExitOther)
	}
	time.Sleep(2 * time.Second) // the toolkit runs by then
	for alive := make(chan struct{}); ; {
		before := time.Now()
		time.Sleep(pulse)
		asked := time.Now()
		fyne.Do(func() { alive <- struct{}{} })
		doing := ""
		select {
		case <-alive:
		case <-time.After(late):
			doing = toolkit()
			<-alive
		}
		if took, own := time.Since(asked), asked.Sub(before)-pulse; doing != "" {
			fmt.Fprintln(file, asked.UnixMilli(), took.Milliseconds(), own.Milliseconds(), doing)
		}
	}
}

// toolkit is what the toolkit's goroutine, the first one, does: its state and
// the functions that it is in, innermost first.
func toolkit() string {
	all := make([]byte, 1<<20)
	all = all[:runtime.Stack(all, true)]
	_, rest, _ := strings.Cut(string(all), "goroutine 1 ")
	own, _, _ := strings.Cut(rest, "\n\n")
	lines := strings.Split(own, "\n")
	names := []string{lines[0]}
	for _, line := range lines[1:] {
		if end := strings.LastIndex(line, "("); end > 0 && !strings.HasPrefix(line, "\t") && len(names) < 12 {
			names = append(names, line[strings.LastIndex(line[:end], "/")+1:end])
		}
	}
	return strings.Join(names, " < ")
}
