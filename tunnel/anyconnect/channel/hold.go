package channel

import (
	"net"
	"os"
)

// hold keeps the port of one UDP socket at a time open after its channel has
// ended. A gateway learns of that end only by what comes over TLS; a datagram
// that it sends before would be answered by this machine with "port
// unreachable", which makes ocserv end the whole session.
type hold struct{ file *os.File }

// take holds socket in place of the one before. A socket that cannot be held
// (one in memory, or another system's) is left alone.
func (h *hold) take(socket net.Conn) {
	h.release()
	udp, ok := socket.(*net.UDPConn)
	if !ok {
		return
	}
	if file, err := udp.File(); err == nil {
		h.file = file
	}
}

// release gives the held socket up.
func (h *hold) release() {
	if h.file != nil {
		h.file.Close()
		h.file = nil
	}
}
