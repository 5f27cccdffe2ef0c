// Package httpconn serves HTTP on one connection at a time, so that whoever
// accepted the connection owns it to its end and can wait for that.
package httpconn

import (
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// Serve lets server answer the requests of one connection and returns when the
// connection was closed, be it by a handler that hijacked it.
func Serve(server *http.Server, conn net.Conn) {
	watched := &watchedConn{Conn: conn, closed: make(chan struct{})}
	server.Serve(&listener{conn: watched})
}

// Unwrap returns the connection that was given to Serve, from what
// http.Server.ConnContext or a hijack shows of it.
func Unwrap(conn net.Conn) net.Conn {
	if watched, ok := conn.(*watchedConn); ok {
		return watched.Conn
	}
	return conn
}

// watchedConn tells when it was closed.
type watchedConn struct {
	net.Conn
	once   sync.Once
	closed chan struct{}
}

func (c *watchedConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() { close(c.closed) })
	return err
}

// listener has one connection; the second Accept waits until that was closed
// and makes Serve return.
type listener struct {
	conn  *watchedConn
	taken atomic.Bool
}

func (l *listener) Accept() (net.Conn, error) {
	if l.taken.CompareAndSwap(false, true) {
		return l.conn, nil
	}
	<-l.conn.closed
	return nil, io.EOF
}

func (l *listener) Close() error   { return l.conn.Close() }
func (l *listener) Addr() net.Addr { return l.conn.LocalAddr() }
