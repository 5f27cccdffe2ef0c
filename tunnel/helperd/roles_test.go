//go:build privileged && linux

package helperd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"torii/tunnel"
	"torii/tunnel/helper"
	"torii/tunnel/internal/nstest"
)

// roles are the programs that this test program can play.
func roles() map[string]func(args []string) int {
	return map[string]func([]string) int{
		"helper": playHelper, "activated": playActivated, "holder": playHolder, "asker": playAsker, "crowd": playCrowd,
	}
}

// playHelper is torii-helper: SOCKET STATE-DIR BUS.
func playHelper(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	log := logrus.New()
	if err := Run(ctx, RunOptions{Socket: args[0], StateDir: args[1], Bus: args[2], Log: log}); err != nil {
		log.Error(err)
		return 1
	}
	return 0
}

// playActivated is torii-helper as systemd starts it for a socket, which is
// descriptor 3.
func playActivated(args []string) int {
	os.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid()))
	os.Setenv("LISTEN_FDS", "1")
	return playHelper(args)
}

// playHolder opens a lease and holds it until it is killed: SOCKET SETTINGS.
func playHolder(args []string) int {
	var settings tunnel.Settings
	if err := json.Unmarshal([]byte(args[1]), &settings); err != nil {
		fmt.Println(err)
		return 1
	}
	attachment, err := helper.New(helper.Options{Socket: args[0]}).Open(context.Background(), settings)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("holds", attachment.Info().Device)
	<-attachment.Lost()
	return 0
}

// playAsker asks for the serial number and says with which code that ended:
// SOCKET.
func playAsker(args []string) int {
	_, err := helper.New(helper.Options{Socket: args[0]}).SerialNumber(context.Background())
	fmt.Printf("code %q\n", tunnel.CodeOf(err))
	if err != nil {
		fmt.Println(err)
	}
	return 0
}

// playCrowd opens connections and says how many of them are kept: SOCKET.
func playCrowd(args []string) int {
	var conns []net.Conn
	for range 2 * maxOfUser {
		conn, err := net.Dial("unix", args[0])
		if err != nil {
			fmt.Println(err)
			return 1
		}
		conns = append(conns, conn)
	}
	time.Sleep(2 * time.Second) // those that are refused are closed by now
	kept := 0
	for _, conn := range conns {
		conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if _, err := conn.Read(make([]byte, 1)); os.IsTimeout(err) {
			kept++
		}
	}
	fmt.Println("kept", kept)
	io.Copy(io.Discard, os.Stdin) // until the test has seen enough
	return 0
}

// actor is a process that plays a role.
type actor struct {
	t       *testing.T
	command *exec.Cmd
	stdin   io.WriteCloser
	ended   chan struct{}

	mu   sync.Mutex
	said bytes.Buffer
}

// play starts a role. attributes may be nil.
func play(t *testing.T, role string, attributes *syscall.SysProcAttr, args ...string) *actor {
	t.Helper()
	return playWith(t, role, attributes, nil, args...)
}

// playWith starts a role that inherits files, from descriptor 3 on.
func playWith(t *testing.T, role string, attributes *syscall.SysProcAttr, files []*os.File, args ...string) *actor {
	t.Helper()
	// By its descriptor: the path is not for other users.
	a := &actor{t: t, command: exec.Command("/proc/self/exe", args...), ended: make(chan struct{})}
	a.command.Env = append(os.Environ(), roleVariable+"="+role)
	a.command.SysProcAttr, a.command.ExtraFiles = attributes, files
	stdin, err := a.command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	a.stdin = stdin
	output, err := a.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	a.command.Stderr = a.command.Stdout
	if err := a.command.Start(); err != nil {
		t.Fatalf("play %s: %v", role, err)
	}
	go func() {
		defer close(a.ended)
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			a.mu.Lock()
			fmt.Fprintln(&a.said, lines.Text())
			a.mu.Unlock()
		}
		a.command.Wait()
	}()
	t.Cleanup(func() {
		a.kill()
		if t.Failed() {
			t.Logf("the %s said:\n%s", role, a.words())
		}
	})
	return a
}

func (a *actor) words() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.said.String()
}

// kill is kill -9.
func (a *actor) kill() {
	a.command.Process.Kill()
	<-a.ended
}

// terminate asks the process to end and returns its exit code.
func (a *actor) terminate() int {
	a.t.Helper()
	a.command.Process.Signal(syscall.SIGTERM)
	return a.wait()
}

func (a *actor) wait() int {
	a.t.Helper()
	select {
	case <-a.ended:
		return a.command.ProcessState.ExitCode()
	case <-time.After(30 * time.Second):
		a.t.Fatalf("it does not end:\n%s", a.words())
		return -1
	}
}

func (a *actor) await(words string) {
	a.t.Helper()
	nstest.Await(a.t, "to hear "+words, func() bool {
		select {
		case <-a.ended:
			if !strings.Contains(a.words(), words) {
				a.t.Fatalf("it ended with:\n%s", a.words())
			}
		default:
		}
		return strings.Contains(a.words(), words)
	})
}
