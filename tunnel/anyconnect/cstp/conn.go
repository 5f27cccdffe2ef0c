package cstp

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"torii/tunnel"
)

const (
	// batchSize is how many packets one delivery holds at most.
	batchSize = 64
	// slotSize is the room of one received packet. It is larger than any
	// packet because the packet device merges packets of one flow into the
	// first one's spare capacity; pages that are never touched cost nothing.
	slotSize = 64<<10 + slotShift
	// slotShift keeps the slots' beginnings out of each other's cache sets.
	slotShift = 17 * 64
)

// Conn is the TLS channel of a tunnel, at either end.
type Conn struct {
	tls  net.Conn
	wire *BatchConn

	sending sync.Mutex // one batch or control frame at a time
	pending []byte     // bytes of a frame whose end has not come yet
}

// NewConn makes a channel of a TLS connection that runs over wire. early holds
// what was read from it already, behind the answer to CONNECT.
func NewConn(tls net.Conn, wire *BatchConn, early []byte) *Conn {
	return &Conn{tls: tls, wire: wire, pending: append([]byte(nil), early...)}
}

// Send sends a batch of packets, each in a TLS record of its own (ocserv reads
// one frame a record) and all of them in as few system calls as they fit.
// bufs are as tunnel.Transport.Send has them.
func (c *Conn) Send(bufs [][]byte) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	c.wire.Cork()
	for _, buf := range bufs {
		frame := buf[tunnel.Headroom-HeaderLen:]
		PutHeader(frame, Data, len(frame)-HeaderLen)
		if _, err := c.tls.Write(frame); err != nil {
			c.wire.Uncork()
			return fmt.Errorf("write CSTP packet: %w", err)
		}
	}
	if err := c.wire.Uncork(); err != nil {
		return fmt.Errorf("write CSTP packets: %w", err)
	}
	return nil
}

// SendControl sends a frame that is no packet.
func (c *Conn) SendControl(t Type, payload []byte) error {
	frame := make([]byte, HeaderLen+len(payload))
	PutHeader(frame, t, len(payload))
	copy(frame[HeaderLen:], payload)
	c.sending.Lock()
	defer c.sending.Unlock()
	if _, err := c.tls.Write(frame); err != nil {
		return fmt.Errorf("write CSTP control frame %#02x: %w", byte(t), err)
	}
	return nil
}

// Serve reads until the channel ends. It gives packets to deliver in batches,
// each with tunnel.Headroom bytes in front, and everything else to control,
// whose payload is valid during the call only. An error of either ends it.
func (c *Conn) Serve(deliver func(bufs [][]byte, offset int) error, control func(t Type, payload []byte) error) error {
	r := receiver{conn: c, deliver: deliver, control: control}
	r.allocate()
	for {
		if err := r.readBatch(); err != nil {
			return err
		}
	}
}

// closeTimeout bounds how long a Close waits for packets on their way.
const closeTimeout = 200 * time.Millisecond

// Close lets a batch that is being sent leave, then ends the TLS connection
// and its socket. A peer that takes nothing holds it up for closeTimeout.
func (c *Conn) Close() error {
	c.HurrySends()
	c.sending.Lock()
	defer c.sending.Unlock()
	return c.wire.CloseTLS(c.tls)
}

// HurrySends bounds the sends under way and all later ones by closeTimeout
// from now: for what is said before Close, perhaps to a peer that is dead.
func (c *Conn) HurrySends() { c.wire.SetWriteDeadline(time.Now().Add(closeTimeout)) }

// receiver is the reading half of Serve.
type receiver struct {
	conn    *Conn
	deliver func(bufs [][]byte, offset int) error
	control func(t Type, payload []byte) error

	slots [][]byte // room for one packet each
	batch [][]byte // the packets so far: slots, cut to their length
}

func (r *receiver) allocate() {
	room := make([]byte, batchSize*slotSize)
	for i := range batchSize {
		r.slots = append(r.slots, room[i*slotSize:(i+1)*slotSize:(i+1)*slotSize])
	}
	r.batch = make([][]byte, 0, batchSize)
}

// readBatch waits for one record, goes on while further records have come
// already, and delivers the packets of all of them at once.
func (r *receiver) readBatch() error {
	r.batch = r.batch[:0]
	for {
		// A record may hold no packet but new keys: packets that came before it
		// do not wait for the one behind it.
		r.conn.wire.dontWait = len(r.batch) > 0
		err := r.readRecord()
		if _, ok := errors.AsType[errWouldWait](err); ok {
			return r.flush()
		}
		if err != nil {
			r.flush()
			return err
		}
		if len(r.batch) == batchSize || !r.conn.wire.RecordBuffered() {
			return r.flush()
		}
	}
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

// readRecord reads one TLS record. Its frame is read to where the packet has
// to be, so that the usual record (one whole frame) is never copied.
func (r *receiver) readRecord() error {
	slot := r.slots[len(r.batch)]
	room := slot[tunnel.Headroom-HeaderLen:]
	if len(r.conn.pending) > 0 {
		return r.readPending(room)
	}
	n, err := r.conn.tls.Read(room)
	if err != nil {
		return fmt.Errorf("read CSTP record: %w", err)
	}
	if n >= HeaderLen {
		t, payload, err := ParseHeader(room)
		if err != nil {
			return err
		}
		if n == HeaderLen+payload {
			return r.take(t, slot[:tunnel.Headroom+payload])
		}
	}
	r.conn.pending = append(r.conn.pending, room[:n]...)
	return r.takePending()
}

// readPending takes what is pending, and reads on only where that was no whole
// frame: room is the place of the next packet, which must not be in use yet.
func (r *receiver) readPending(room []byte) error {
	packets := len(r.batch)
	if err := r.takePending(); err != nil || len(r.batch) > packets || len(r.conn.pending) == 0 {
		return err
	}
	n, err := r.conn.tls.Read(room)
	if err != nil {
		return fmt.Errorf("read CSTP record: %w", err)
	}
	r.conn.pending = append(r.conn.pending, room[:n]...)
	return r.takePending()
}

// takePending takes the whole frames out of the pending bytes.
func (r *receiver) takePending() error {
	for len(r.conn.pending) >= HeaderLen {
		t, payload, err := ParseHeader(r.conn.pending)
		if err != nil {
			return err
		}
		if len(r.conn.pending) < HeaderLen+payload {
			return nil
		}
		if len(r.batch) == batchSize {
			if err := r.flush(); err != nil {
				return err
			}
		}
		slot := r.slots[len(r.batch)]
		n := copy(slot[tunnel.Headroom:], r.conn.pending[HeaderLen:HeaderLen+payload])
		r.conn.pending = r.conn.pending[HeaderLen+payload:]
		if err := r.take(t, slot[:tunnel.Headroom+n]); err != nil {
			return err
		}
	}
	return nil
}

// take adds a packet to the batch or hands a control frame over. Packets that
// came before a control frame are delivered before it.
func (r *receiver) take(t Type, buf []byte) error {
	if t == Data && len(buf) == tunnel.Headroom {
		return nil // nothing is no packet
	}
	if t == Data {
		r.batch = append(r.batch, buf)
		return nil
	}
	if err := r.flush(); err != nil {
		return err
	}
	return r.control(t, buf[tunnel.Headroom:])
}
