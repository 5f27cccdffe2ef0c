//go:build !unix

package wire

import (
	"errors"
	"net"
	"os"
)

// writeWithFiles fails: this system passes no files over a socket.
func writeWithFiles(*net.UnixConn, []byte, []*os.File) (int, error) {
	return 0, errors.ErrUnsupported
}

// fileReader reads a socket's bytes; no files can come with them.
type fileReader struct {
	conn  *net.UnixConn
	files []*os.File
}

func (r *fileReader) Read(p []byte) (int, error) { return r.conn.Read(p) }
