package dtls

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/pion/dtls/v3"

	"torii/tunnel"
	"torii/tunnel/anyconnect/cstp"
)

const (
	// batchSize is how many packets one delivery holds at most.
	batchSize = 128
	// slotSize is the room of one received packet; see cstp for why so much.
	slotSize  = 64<<10 + slotShift
	slotShift = 17 * 64
)

// closeTimeout bounds how long Close waits for a batch on its way.
const closeTimeout = 100 * time.Millisecond

// errClosedByPeer is how a channel ends that the other end closed.
var errClosedByPeer = errors.New("the other end closed the DTLS channel")

// Conn is the UDP channel of a tunnel, at either end.
type Conn struct {
	socket  socket
	gate    *gate
	library *dtls.Conn
	cipher  string
	early   [][]byte // datagrams that came before Serve

	sending sync.Mutex
	sealer  *sealer
	records [][]byte // of the batch under way

	opener *opener // of Serve

	watching sync.WaitGroup
	closing  sync.Once
	// peerClosed is closed when the peer's alert ended the channel.
	peerClosed chan struct{}
	tooBig     chan struct{}
}

func newConn(conn net.Conn, gate *gate, library *dtls.Conn, keys *channelKeys, cfg Config) (*Conn, error) {
	sealer, err := newSealer(keys.local)
	if err != nil {
		return nil, err
	}
	opener, err := newOpener(keys.remote)
	if err != nil {
		return nil, err
	}
	c := &Conn{
		gate: gate, library: library,
		cipher: "DTLS 1.2, " + keys.kind.name, sealer: sealer, opener: opener,
		peerClosed: make(chan struct{}), tooBig: make(chan struct{}, 1),
	}
	c.socket = newSocket(conn, !cfg.NoOffload, c.noteTooBig)
	c.watching.Go(c.watchLibrary)
	return c, nil
}

// watchLibrary ends the channel when the library does: the peer closed it or
// sent a fatal alert.
func (c *Conn) watchLibrary() {
	buf := make([]byte, 1<<14)
	for {
		if _, err := c.library.Read(buf); err != nil {
			close(c.peerClosed)
			c.socket.Close()
			return
		}
	}
}

// Cipher names version and suite for people: "DTLS 1.2, PSK, AES-256-GCM".
func (c *Conn) Cipher() string { return c.cipher }

// TooBig receives a value after the path refused a datagram for its size.
func (c *Conn) TooBig() <-chan struct{} { return c.tooBig }

func (c *Conn) noteTooBig() {
	select {
	case c.tooBig <- struct{}{}:
	default:
	}
}

// LocalAddr is this end's address.
func (c *Conn) LocalAddr() net.Addr { return c.socket.LocalAddr() }

// RemoteAddr is the other end's address.
func (c *Conn) RemoteAddr() net.Addr { return c.socket.RemoteAddr() }

// Send seals packets in place and sends them. bufs are as
// tunnel.Transport.Send has them. Packets that the path does not take now are
// lost, as on a network; an error means that the socket is gone.
func (c *Conn) Send(bufs [][]byte) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	c.records = c.records[:0]
	for _, buf := range bufs {
		record := buf[tunnel.Headroom-headerLen-nonceLen-typeLen:]
		record[headerLen+nonceLen] = byte(cstp.Data)
		sealed, err := c.sealer.seal(recordData, record)
		if err != nil {
			return err
		}
		c.records = append(c.records, sealed)
	}
	return c.socket.send(c.records)
}

// SendControl sends a message that is no packet.
func (c *Conn) SendControl(t cstp.Type, payload []byte) error {
	return c.sendRecord(recordData, append([]byte{byte(t)}, payload...))
}

// sendRecord sends one record with a copy of content.
func (c *Conn) sendRecord(contentType byte, content []byte) error {
	buf := make([]byte, headerLen+nonceLen+len(content), headerLen+nonceLen+len(content)+tagLen)
	copy(buf[headerLen+nonceLen:], content)
	c.sending.Lock()
	defer c.sending.Unlock()
	sealed, err := c.sealer.seal(contentType, buf)
	if err != nil {
		return err
	}
	return c.socket.send([][]byte{sealed})
}

// Serve reads until the channel ends. It gives packets to deliver in batches,
// each with tunnel.Headroom bytes in front, and everything else to control,
// whose payload is valid during the call only. An error of either ends it.
// Records that are forged, old or broken are passed over, as DTLS wants it.
func (c *Conn) Serve(deliver func(bufs [][]byte, offset int) error, control func(t cstp.Type, payload []byte) error) error {
	r := receiver{conn: c, deliver: deliver, control: control}
	r.allocate()
	for _, datagram := range c.early {
		if err := r.takeDatagram(datagram); err != nil {
			return err
		}
	}
	c.early = nil
	take := r.takeDatagram // a method value made in the loop would be allocated each time
	for {
		if err := r.flush(); err != nil {
			return err
		}
		err := c.socket.receive(take)
		switch {
		case err == nil:
		case isRefused(err):
			return fmt.Errorf("read DTLS records: %w", err)
		default:
			select {
			case <-c.peerClosed:
				return errClosedByPeer
			default:
				return fmt.Errorf("read DTLS records: %w", err)
			}
		}
	}
}

// Close tells the peer and ends the channel.
func (c *Conn) Close() error {
	c.closing.Do(func() {
		const warning, closeNotify = 1, 0
		c.socket.SetWriteDeadline(time.Now().Add(closeTimeout)) // frees a send that waits for the device
		c.sendRecord(recordAlert, []byte{warning, closeNotify})
		c.gate.Close() // the library's own alert would carry an old sequence number
		c.library.Close()
		c.socket.Close()
		c.watching.Wait()
	})
	return nil
}

// receiver is the reading half of Serve.
type receiver struct {
	conn    *Conn
	deliver func(bufs [][]byte, offset int) error
	control func(t cstp.Type, payload []byte) error

	slots [][]byte
	batch [][]byte
}

func (r *receiver) allocate() {
	room := make([]byte, batchSize*slotSize)
	for i := range batchSize {
		r.slots = append(r.slots, room[i*slotSize:(i+1)*slotSize:(i+1)*slotSize])
	}
	r.batch = make([][]byte, 0, batchSize)
}

// takeDatagram takes the records of a datagram.
func (r *receiver) takeDatagram(datagram []byte) error {
	for len(datagram) > 0 {
		record, rest, ok := splitRecord(datagram)
		if !ok {
			return nil
		}
		if record[0] == recordData {
			if err := r.takeRecord(record); err != nil {
				return err
			}
		} else {
			r.conn.gate.put(record)
		}
		datagram = rest
	}
	return nil
}

// takeRecord opens a record to where its packet has to be.
func (r *receiver) takeRecord(record []byte) error {
	slot := r.slots[len(r.batch)]
	if len(record) > slotSize-tunnel.Headroom {
		return nil
	}
	content, err := r.conn.opener.open(slot[tunnel.Headroom-typeLen:tunnel.Headroom-typeLen:slotSize], record)
	if err != nil || len(content) == 0 {
		return nil
	}
	if t := cstp.Type(content[0]); t == cstp.Data && len(content) == typeLen {
		return nil // nothing is no packet
	}
	if t := cstp.Type(content[0]); t != cstp.Data {
		if err := r.flush(); err != nil {
			return err
		}
		return r.control(t, content[typeLen:])
	}
	r.batch = append(r.batch, slot[:tunnel.Headroom-typeLen+len(content)])
	if len(r.batch) == batchSize {
		return r.flush()
	}
	return nil
}

// flush delivers the packets so far.
func (r *receiver) flush() error {
	if len(r.batch) == 0 {
		return nil
	}
	err := r.deliver(r.batch, tunnel.Headroom)
	r.batch = r.batch[:0]
	return err
}

// isRefused reports whether an ICMP error of the path came back.
func isRefused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
