//go:build privileged && linux

package agent_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

// Security rule 10: the files of a process in /proc belong to root instead of
// its user where its memory may not be read by that user's other programs.
func TestAgentIsNotDumpable(t *testing.T) {
	const nobody = 65534
	if err := os.Chmod(programs, 0o755); err != nil {
		t.Fatal(err)
	}
	r := prepare(t, "--demo", "--hidden")
	// What lies above the home is this test's own and closed to others.
	r.home = fmt.Sprintf("/run/torii-agent-test-%d", os.Getpid())
	if err := os.Mkdir(r.home, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(r.home) })
	if err := os.Chown(r.home, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	r.command = r.program("--demo", "--hidden")
	r.command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	r.start()
	info, err := os.Stat(fmt.Sprintf("/proc/%d/environ", r.command.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	if owner := info.Sys().(*syscall.Stat_t).Uid; owner != 0 {
		t.Errorf("the agent's memory is open to user %d", owner)
	}
}

// Started by root the agent says so and gives every capability up.
func TestRootsAgentHasNoCapabilities(t *testing.T) {
	r := start(t, "--demo", "--hidden")
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.command.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range []string{"CapInh", "CapPrm", "CapEff", "CapAmb"} {
		if !strings.Contains(string(text), set+":\t0000000000000000") {
			t.Errorf("%s is not empty:\n%s", set, text)
		}
	}
	if !strings.Contains(string(text), "NoNewPrivs:\t1") {
		t.Errorf("a program that it starts may get some back:\n%s", text)
	}
}
