//go:build unix

package wire

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// writeWithFiles writes the start of frame together with the files and returns
// how much of it was written.
func writeWithFiles(conn *net.UnixConn, frame []byte, files []*os.File) (int, error) {
	fds := make([]int, 0, len(files))
	// Copies, made under the runtime's lock: (*os.File).Fd would turn a
	// polled file into a blocking one.
	defer func() {
		for _, fd := range fds {
			unix.Close(fd)
		}
	}()
	for _, file := range files {
		fd, err := duplicate(file)
		if err != nil {
			return 0, fmt.Errorf("duplicate %s: %w", file.Name(), err)
		}
		fds = append(fds, fd)
	}
	n, _, err := conn.WriteMsgUnix(frame, unix.UnixRights(fds...), nil)
	return n, err
}

func duplicate(file *os.File) (int, error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return -1, err
	}
	fd := -1
	var dupErr error
	err = raw.Control(func(original uintptr) {
		fd, dupErr = unix.FcntlInt(original, unix.F_DUPFD_CLOEXEC, 0)
	})
	return fd, errors.Join(err, dupErr)
}

// fileReader reads a socket's bytes and keeps the files that come with them.
// It always offers room for files: without it the kernel would drop them
// silently, and a frame with files could not be told from one without.
type fileReader struct {
	conn  *net.UnixConn
	files []*os.File
}

func (r *fileReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	control := make([]byte, unix.CmsgSpace(MaxFiles*4))
	n, controlLen, flags, _, err := r.conn.ReadMsgUnix(p, control)
	if controlLen > 0 {
		if err := r.keepFiles(control[:controlLen]); err != nil {
			return 0, err
		}
	}
	switch {
	case err != nil:
		return 0, err
	case flags&unix.MSG_CTRUNC != 0:
		return 0, fmt.Errorf("more than %d files: %w", MaxFiles, ErrUnexpectedFiles)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

func (r *fileReader) keepFiles(control []byte) error {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return fmt.Errorf("parse control message: %w", err)
	}
	for i := range messages {
		if messages[i].Header.Level != unix.SOL_SOCKET || messages[i].Header.Type != unix.SCM_RIGHTS {
			continue
		}
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			return fmt.Errorf("parse passed files: %w", err)
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd) // Linux has done so already, race-free
			r.files = append(r.files, os.NewFile(uintptr(fd), "passed"))
		}
	}
	if len(r.files) > MaxFiles {
		return fmt.Errorf("%d files: %w", len(r.files), ErrUnexpectedFiles)
	}
	return nil
}
