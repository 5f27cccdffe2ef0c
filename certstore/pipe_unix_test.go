//go:build unix

package certstore

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestReadFileWaitsForNobody: a pipe into which nobody writes is refused, not
// waited for.
func TestReadFileWaitsForNobody(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe.p12")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan error, 1)
	go func() {
		_, err := ReadFile(pipe)
		read <- err
	}()
	select {
	case err := <-read:
		wantFlaw(t, "a pipe", err, FlawUnknown)
	case <-time.After(20 * time.Second):
		// Somebody who writes lets the reader go.
		if end, err := syscall.Open(pipe, syscall.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
			syscall.Close(end)
		}
		t.Fatal("it waits for a pipe")
	}
}
