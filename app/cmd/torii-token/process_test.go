//go:build cgo && linux

package main_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"torii/certstore/token"
)

// eventually polls until a condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !condition(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come", what)
		}
	}
}

// processOf is the torii-token that loaded a library, by its id; "" for none.
func processOf(t *testing.T, library string) string {
	t.Helper()
	for _, pid := range running(filepath.Dir(program(t))) {
		maps, err := os.ReadFile("/proc/" + pid + "/maps")
		if err == nil && bytes.Contains(maps, []byte(library)) {
			return pid
		}
	}
	return ""
}

// TestTokenIsNotDumpable shows that others of the same user cannot read the
// memory of the process, that its arguments say nothing, and that nothing of
// its streams is left to a library.
func TestTokenIsNotDumpable(t *testing.T) {
	const nobody = 65534
	command := exec.CommandContext(contextOf(t, time.Minute), program(t))
	if os.Getuid() == 0 { // to whom everything of root's belongs anyway
		if err := os.Chmod(filepath.Dir(program(t)), 0o755); err != nil {
			t.Fatal(err)
		}
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		command.Dir = "/"
	}
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer command.Wait()
	defer in.Close()
	// A reply means that it is past its beginning; the frame holds "{}".
	if _, err := io.WriteString(in, "\x00\x00\x00\x02\x00\x00\x00\x00{}"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	place := "/proc/" + strconv.Itoa(command.Process.Pid)
	// The kernel gives the files of a process that is not dumpable to root.
	info, err := os.Stat(place + "/environ")
	if err != nil {
		t.Fatal(err)
	}
	if owner := info.Sys().(*syscall.Stat_t).Uid; owner != 0 {
		t.Errorf("its memory is open to user %d", owner)
	}
	arguments, err := os.ReadFile(place + "/cmdline")
	if err != nil || string(arguments) != program(t)+"\x00" {
		t.Errorf("its arguments: %q, %v", arguments, err)
	}
	if os.Getuid() != 0 {
		return // the descriptors are root's to see
	}
	for fd := range 3 {
		if to, err := os.Readlink(place + "/fd/" + strconv.Itoa(fd)); err != nil || to != os.DevNull {
			t.Errorf("descriptor %d leads to %s, %v", fd, to, err)
		}
	}
}

// TestPINIsWiped looks for the PIN in the memory of the process after a login
// to SoftHSM, and of this one.
func TestPINIsWiped(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root reads the memory of a process that is not dumpable")
	}
	card := newSofthsm(t)
	card.identity("01", "alice", "EC:prime256v1")
	m := module(t, card.module)
	typed := []byte(userPIN)
	ask := func(context.Context, token.Prompt) (*token.PIN, error) { return token.NewPIN(typed), nil }
	if _, err := m.Certificate(t.Context(), card.named("alice"), ask); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(typed, make([]byte, len(typed))) {
		t.Error("what the person typed is still there")
	}
	pid := processOf(t, "libsofthsm2.so")
	if pid == "" {
		t.Fatal("there is no process")
	}
	if n := occurrences(t, pid, "Torii test card"); n == 0 {
		t.Fatal("the search finds nothing at all")
	}
	if n := occurrences(t, pid, userPIN); n > 0 {
		t.Errorf("the PIN is %d times in the memory of torii-token", n)
	}
}

// occurrences counts a text in the writable memory of a process.
func occurrences(t *testing.T, pid, text string) int {
	t.Helper()
	maps, err := os.ReadFile("/proc/" + pid + "/maps")
	if err != nil {
		t.Fatal(err)
	}
	memory, err := os.Open("/proc/" + pid + "/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	count := 0
	for line := range strings.Lines(string(maps)) {
		fields := strings.Fields(line)
		from, to, _ := strings.Cut(fields[0], "-")
		begin, err1 := strconv.ParseUint(from, 16, 63)
		end, err2 := strconv.ParseUint(to, 16, 63)
		if err1 != nil || err2 != nil || !strings.HasPrefix(fields[1], "rw") {
			continue
		}
		// Parts that were never touched do not read, or are zeros.
		const chunk = 1 << 20
		buffer := make([]byte, chunk+len(text)-1)
		for at := begin; at < end; at += chunk {
			n, _ := memory.ReadAt(buffer[:min(uint64(len(buffer)), end-at)], int64(at))
			count += bytes.Count(buffer[:n], []byte(text))
		}
	}
	return count
}

// TestEndsWithItsParent has a parent that is killed while the library hangs.
func TestEndsWithItsParent(t *testing.T) {
	if os.Getenv("TORII_TEST_PARENT") != "" { // this is the parent
		m := token.New(token.Options{Program: os.Getenv("TORII_TEST_PARENT"), Path: os.Getenv("TORII_TEST_LIBRARY")})
		m.Tokens(t.Context())
		return
	}
	library := misbehaving(t, "HANG_LIST")
	parent := exec.Command(os.Args[0], "-test.run", "^TestEndsWithItsParent$")
	parent.Env = append(os.Environ(), "TORII_TEST_PARENT="+program(t), "TORII_TEST_LIBRARY="+library)
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	defer parent.Wait()
	defer parent.Process.Kill()
	eventually(t, "the process", func() bool { return processOf(t, library) != "" })
	parent.Process.Kill()
	eventually(t, "the end of the process", func() bool { return processOf(t, library) == "" })
}

// TestCloseEndsAModuleThatHangs closes while it hangs, in a request and at its end.
func TestCloseEndsAModuleThatHangs(t *testing.T) {
	t.Run("in a request", func(t *testing.T) {
		library := misbehaving(t, "HANG_LIST")
		m := module(t, library)
		done := make(chan error, 1)
		go func() {
			_, err := m.Tokens(context.Background())
			done <- err
		}()
		eventually(t, "the process", func() bool { return processOf(t, library) != "" })
		m.Close()
		if err := <-done; err == nil {
			t.Error("a list came of it")
		}
	})
	t.Run("at its end", func(t *testing.T) {
		library := misbehaving(t, "HANG_END")
		m := module(t, library)
		if _, err := m.Info(t.Context()); err != nil {
			t.Fatal(err)
		}
		m.Close()
		if pid := processOf(t, library); pid != "" {
			t.Errorf("the process %s is still there", pid)
		}
		if _, err := m.Info(t.Context()); err == nil {
			t.Error("a closed module answers")
		}
	})
}

// TestCancelled gives up while the library hangs; the next request starts it anew.
func TestCancelled(t *testing.T) {
	m := module(t, misbehaving(t, "HANG_LIST"))
	if _, err := m.Tokens(contextOf(t, 500*time.Millisecond)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if _, err := m.Info(t.Context()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func contextOf(t *testing.T, limit time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

// TestItIsNotForPeople runs it with arguments, with rubbish and with nothing.
func TestItIsNotForPeople(t *testing.T) {
	for _, c := range []struct {
		name, input string
		arguments   []string
		code        int
	}{
		{"arguments", "", []string{"--pin", "1234"}, 2},
		{"nothing", "", nil, 0},
		{"rubbish", "GET / HTTP/1.1\r\n\r\n", nil, 1},
		{"half a frame", "\x00\x00\x00\x09\x00\x00\x00\x00{", nil, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			command := exec.CommandContext(contextOf(t, 30*time.Second), program(t), c.arguments...)
			command.Stdin = strings.NewReader(c.input)
			out, err := command.Output()
			code := 0
			if exit, ok := errors.AsType[*exec.ExitError](err); ok {
				code = exit.ExitCode()
			} else if err != nil && !errors.Is(err, io.ErrClosedPipe) {
				t.Fatal(err)
			}
			if code != c.code || len(out) > 0 {
				t.Errorf("exit code %d, want %d; it printed %q", code, c.code, out)
			}
		})
	}
}
