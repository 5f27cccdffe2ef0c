//go:build linux && x11 && bench

package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var (
	binaries = flag.String("binaries", "", "folder with torii, torii-window, toriictl")
	report   = flag.String("report", "", "file for the table; empty prints it only")
	pairs    = flag.Int("pairs", 5, "pairs of turns; the figures are medians over them")
	seconds  = flag.Int("seconds", 10, "seconds over which CPU time is counted")
)

// TestBench measures the window against an empty one of the same toolkit, in
// turns on one display, and prints the table. It fails where a figure misses
// what it must reach.
func TestBench(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	build := exec.Command("go", "build", "-tags", "x11,migrated_fynedo,no_emoji", "-o", empty, "./testdata/empty")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the empty window: %v\n%s", err, out)
	}
	l := newDesk(t, *binaries)
	screen := openPixels(t, l.screen)
	agent := l.alone()
	window := filepath.Join(l.bin, "torii-window")
	client := l.client()

	cold := l.turn(screen, "LANG=C.UTF-8", window) // the first start for this user
	japanese := l.turn(screen, "LANG=ja_JP.UTF-8", window)
	labelled := l.turn(screen, "LANG=ja_JP.UTF-8", empty, "切断済み")
	chinese := l.turn(screen, "LANG=zh_CN.UTF-8", window)
	spelled := l.turn(screen, "LANG=zh_CN.UTF-8", empty, "已断开连接")
	l.turn(screen, "LANG=C.UTF-8", empty)
	var ours, theirs, moving []turn
	for range *pairs {
		ours = append(ours, l.turn(screen, "LANG=C.UTF-8", window))
		theirs = append(theirs, l.turn(screen, "LANG=C.UTF-8", empty))
	}
	state := l.connected(client)
	// The agent may have opened its window for the login.
	for deadline := time.Now().Add(rest); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if window := child(agent.Process.Pid, "torii-window"); window != 0 {
			l.kill(window)
		}
	}
	l.traffic(state)
	for range *pairs {
		moving = append(moving, l.turn(screen, "LANG=C.UTF-8", window, "--page=details"))
	}

	first := func(t turn) float64 { return t.first.Seconds() * 1000 }
	memory := func(t turn) float64 { return t.memory }
	load := func(t turn) float64 { return t.load }
	rows := []row{
		{"first frame, ms", median(ours, first), median(theirs, first), "value", 800},
		{"first frame of a user's first start, ms", first(cold), median(theirs, first), "value", 1500},
		{"first frame in Japanese, ms", first(japanese), median(theirs, first), "value", 800},
		{"memory at rest, MB", median(ours, memory), median(theirs, memory), "ratio", 1.2},
		{"memory at rest in Japanese, MB", japanese.memory, median(theirs, memory), "ratio", 2},
		{"memory at rest in Japanese against a window with a label in it, MB", japanese.memory, labelled.memory, "ratio", 1.4},
		{"memory at rest in Chinese, MB", chinese.memory, median(theirs, memory), "ratio", 2.5},
		{"memory at rest in Chinese against a window with a label in it, MB", chinese.memory, spelled.memory, "ratio", 1.8},
		{"idle, % of a core", median(ours, load), median(theirs, load), "difference", 1},
		{"graph running against its own idle, % of a core", median(moving, load), median(ours, load), "difference", 2},
	}
	table := tableOf(rows)
	fmt.Print("\n" + table)
	if *report != "" {
		if err := os.WriteFile(*report, []byte(table), 0o644); err != nil {
			t.Error(err)
		}
	}
	for _, r := range rows {
		if r.measured() > r.most {
			t.Errorf("%s: the %s is %.2f, at most %.2f (turns: %v, %v)", r.figure, r.kind, r.measured(), r.most, ours, theirs)
		}
	}
}

// row is one figure of the window beside that of a peer. What is bounded is
// the value itself, its ratio to the peer's or its difference from it.
type row struct {
	figure      string
	ours, peers float64
	kind        string // "value", "ratio", "difference"
	most        float64
}

func (r row) measured() float64 {
	switch r.kind {
	case "ratio":
		return r.ours / r.peers
	case "difference":
		return r.ours - r.peers
	}
	return r.ours
}

// tableOf renders the rows as Markdown, for the terminal and the docs alike.
func tableOf(rows []row) string {
	var b strings.Builder
	b.WriteString("| figure | Torii | peer | bounded | at most | |\n|---|---|---|---|---|---|\n")
	for _, r := range rows {
		verdict := "reached"
		if r.measured() > r.most {
			verdict = "**missed**"
		}
		fmt.Fprintf(&b, "| %s | %.1f | %.1f | %s %.2f | %.2f | %s |\n", r.figure, r.ours, r.peers, r.kind, r.measured(), r.most, verdict)
	}
	return b.String()
}

// turn is what one start of a window came to.
type turn struct {
	first   time.Duration // from the start of the process to the first frame
	settled time.Duration // and to the last one that differs
	memory  float64       // resident, in MB, once it rests
	load    float64       // percent of a core
}

// rest is how long a window may take to come to rest.
const rest = 3 * time.Second

// turn opens a window, lets it rest, and closes it.
func (l *live) turn(screen pixels, language, program string, arguments ...string) (result turn) {
	l.t.Helper()
	l.wait("an empty display", func() bool { return !screen.painted() })
	began := time.Now()
	command := exec.Command(program, arguments...)
	usual := l.env
	l.env = append(l.env[:len(l.env):len(l.env)], language)
	l.begin(command)
	l.env = usual
	for !screen.painted() {
		if time.Since(began) > patience {
			l.t.Fatalf("%s draws nothing", program)
		}
		time.Sleep(500 * time.Microsecond)
	}
	result.first = time.Since(began)
	for last := screen.sum(); time.Since(began) < rest; time.Sleep(5 * time.Millisecond) {
		if now := screen.sum(); now != last {
			last, result.settled = now, time.Since(began)
		}
	}
	pid := command.Process.Pid
	result.load = l.load(pid)
	result.memory = l.resident(pid)
	l.end(command)
	return result
}
