// Command dropper gives its privileges up and says what is left of them, in
// all of its threads and in a program that it starts: its argument, a cat whose
// file would give it some.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"torii/tunnel/helper"
)

func main() {
	// Threads that are there already, and some that are waiting in the kernel.
	var held sync.WaitGroup
	release := make(chan struct{})
	for range 8 {
		held.Add(1)
		go func() {
			runtime.LockOSThread()
			held.Done()
			<-release
		}()
	}
	held.Wait()
	if err := helper.DropPrivileges(); err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	report()
	_, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_RAW, syscall.IPPROTO_ICMP)
	fmt.Println("raw socket:", err)
	fmt.Println("host name:", syscall.Sethostname([]byte("taken")))
	fmt.Println("user id:", syscall.Setuid(1000), os.Getuid())
	out, err := exec.Command(os.Args[1], "/proc/self/status").Output()
	if err != nil {
		fmt.Println("error", err)
	}
	show("child", string(out))
	close(release)
	time.Sleep(10 * time.Millisecond)
}

// report shows every thread.
func report() {
	tasks, err := filepath.Glob("/proc/self/task/*/status")
	if err != nil || len(tasks) < 8 {
		fmt.Println("error", len(tasks), "threads", err)
	}
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil {
			continue // it has ended
		}
		show("thread", string(text))
	}
}

func show(who, status string) {
	var fields []string
	for line := range strings.Lines(status) {
		if strings.HasPrefix(line, "Cap") || strings.HasPrefix(line, "NoNewPrivs") {
			fields = append(fields, strings.Join(strings.Fields(line), ""))
		}
	}
	fmt.Println(who, strings.Join(fields, " "))
}
