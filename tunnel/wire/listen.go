package wire

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"
)

// ErrInUse means that somebody answers on the socket's path already.
var ErrInUse = errors.New("somebody is listening there already")

// probeTime bounds the question whether an existing socket is alive.
const probeTime = time.Second

// ListenOptions says who may connect to a socket.
type ListenOptions struct {
	// Mode of the socket; 0 means 0600.
	Mode os.FileMode
	// GID is the group that the socket is given to; 0 leaves it alone.
	GID int
	// DirMode is the mode of the socket's folder where it has to be made; 0
	// means 0700.
	DirMode os.FileMode
}

// Listener is a listening unix socket. Close removes its path, unless somebody
// else's socket is there by now.
type Listener struct {
	*net.UnixListener
	path string
	made os.FileInfo
}

// Listen makes a listening socket at path and its folder where it is missing.
// The socket has its mode and group before anybody can see it. A socket that
// nobody answers on is replaced; anything else that lies there, a symbolic
// link too, is left alone and refused. Two programs that start at the same
// moment do not disturb each other: one gets ErrInUse.
func Listen(path string, options ListenOptions) (*Listener, error) {
	if options.Mode == 0 {
		options.Mode = 0o600
	}
	if options.DirMode == 0 {
		options.DirMode = 0o700
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), options.DirMode); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	if err := checkFolder(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	unlock, err := lock(path)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	defer unlock()
	if err := checkVacant(path); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	listener, err := listenAt(path, options)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	return listener, nil
}

// checkVacant reports an error when path is taken by anything but a socket
// that nobody answers on.
func checkVacant(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return errors.New("something that is no socket lies there")
	}
	conn, err := net.DialTimeout("unix", path, probeTime)
	if err == nil {
		conn.Close()
		return ErrInUse
	}
	if !refused(err) {
		return fmt.Errorf("see whether somebody listens there: %w", err)
	}
	return nil
}

// listenAt binds the socket in a folder that only we can enter, gives it its
// mode and moves it to its place. A new socket's mode is the umask's to decide,
// so before that it must be out of reach.
func listenAt(path string, options ListenOptions) (*Listener, error) {
	private, err := os.MkdirTemp(filepath.Dir(path), ".s")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(private)
	temporary := filepath.Join(private, "s")
	socket, err := net.ListenUnix("unix", &net.UnixAddr{Name: temporary, Net: "unix"})
	if err != nil {
		return nil, err
	}
	socket.SetUnlinkOnClose(false)
	made, err := place(temporary, path, options)
	if err != nil {
		socket.Close()
		return nil, err
	}
	return &Listener{UnixListener: socket, path: path, made: made}, nil
}

func place(temporary, path string, options ListenOptions) (os.FileInfo, error) {
	if options.GID != 0 {
		if err := os.Lchown(temporary, -1, options.GID); err != nil {
			return nil, err
		}
	}
	if err := os.Chmod(temporary, options.Mode); err != nil {
		return nil, err
	}
	if err := os.Rename(temporary, path); err != nil {
		return nil, err
	}
	return os.Lstat(path)
}

// Path returns where the socket is.
func (l *Listener) Path() string { return l.path }

// Close stops listening and removes the socket's path.
func (l *Listener) Close() error {
	if now, err := os.Lstat(l.path); err == nil && os.SameFile(now, l.made) {
		os.Remove(l.path)
	}
	return l.UnixListener.Close()
}
