//go:build privileged

package control

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"torii/app/api"
	"torii/app/internal/ptytest"
	"torii/tunnel/wire"
)

// nobody is another user than the one who runs the test.
const nobody = 65534

// openStage is a stage whose folders everybody can enter, and whose runtime
// folder belongs to user owner.
func openStage(t *testing.T, owner int) *stage {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root: it runs programs of another user")
	}
	s := newStage(t, "torii", "toriictl")
	for _, folder := range []string{s.folder, s.runtime, filepath.Dir(s.folder)} {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s.runtime = filepath.Join(s.runtime, "of-the-agent")
	if err := os.Mkdir(s.runtime, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(s.runtime, owner, owner); err != nil {
		t.Fatal(err)
	}
	return s
}

func asNobody(credential *syscall.SysProcAttr) *syscall.SysProcAttr {
	credential.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	return credential
}

// TestAnotherUserIsRefused, by the socket's mode, and by the agent where the
// mode lets him through: even with a toriictl on a terminal.
func TestAnotherUserIsRefused(t *testing.T) {
	s := openStage(t, 0)
	s.listen(s.command("torii", "agent"))
	socket := filepath.Join(s.runtime, "torii", "control.sock")
	for _, c := range []struct {
		name             string
		folder, socket   os.FileMode
		withoutUserCheck bool // what the face's own check is turned off for
		want             string
	}{
		{"as it is", 0o700, 0o600, false, "permission denied"},
		{"in an open folder", 0o755, 0o600, false, "permission denied"},
		// The face refuses first: an agent of another user gets no passwords.
		{"by an open socket", 0o755, 0o666, false, "user 0 and not this one"},
		{"by an open socket, not looking", 0o755, 0o666, true, "agent-missing"},
	} {
		if err := os.Chmod(filepath.Dir(socket), c.folder); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(socket, c.socket); err != nil {
			t.Fatal(err)
		}
		role := "face"
		if c.withoutUserCheck {
			role = "careless face"
		}
		command := s.command("toriictl", role)
		_, slave := ptytest.Open(t)
		command.Stdin = slave
		command.SysProcAttr = asNobody(&syscall.SysProcAttr{Setsid: true, Setctty: true})
		output, err := command.CombinedOutput()
		if err == nil || !strings.Contains(string(output), c.want) {
			t.Errorf("%s: %v, %s; want %q", c.name, err, bytes.TrimSpace(output), c.want)
		}
	}
}

// TestASquatterGetsNoHello: somebody else listens where this user's agent
// would, and is sent nothing.
func TestASquatterGetsNoHello(t *testing.T) {
	s := openStage(t, nobody)
	squatter := s.command("torii", "squatter")
	squatter.SysProcAttr = asNobody(&syscall.SysProcAttr{})
	s.listen(squatter)
	t.Setenv("XDG_RUNTIME_DIR", s.runtime)
	ctx, cancel := context.WithTimeout(t.Context(), enough)
	defer cancel()
	client, err := api.Connect(ctx, "test")
	if err == nil {
		client.Close()
		t.Fatal("it was greeted")
	}
	if !strings.Contains(err.Error(), "user 65534 and not this one") {
		t.Errorf("it was refused with %v", err)
	}
}

// TestFolderOfAnother: the agent listens in no folder of another user.
func TestFolderOfAnother(t *testing.T) {
	s := openStage(t, 0)
	t.Setenv("XDG_RUNTIME_DIR", s.runtime)
	if err := os.Mkdir(api.RuntimeDir(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(api.RuntimeDir(), nobody, nobody); err != nil {
		t.Fatal(err)
	}
	if listener, err := wire.Listen(api.SocketPath(), wire.ListenOptions{}); err == nil {
		listener.Close()
		t.Error("a socket was made in a folder of another user")
	}
}
