package wire

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// The bounds of a frame.
const (
	// MaxFrame is the largest JSON text of one frame, in bytes.
	MaxFrame = 1 << 20
	// MaxFiles is the largest number of files that travel with one frame.
	MaxFiles = 4
)

// headerSize is the length field in front of every frame, in bytes.
const headerSize = 4

// The errors of a connection whose other side does not keep to the format.
// After one of them the connection is of no use any more.
var (
	ErrTooLarge        = errors.New("frame is larger than 1 MiB")
	ErrUnexpectedFiles = errors.New("frame carries open files that nobody asked for")
)

// Conn sends and receives frames. Send may be called from several goroutines
// at once, and so may Receive; each frame stays whole.
type Conn struct {
	conn *net.UnixConn

	sending   sync.Mutex
	receiving sync.Mutex
	expected  int // files allowed with a frame; guarded by receiving
}

// NewConn wraps a connected stream socket, which belongs to the Conn from then on.
func NewConn(conn *net.UnixConn) *Conn { return &Conn{conn: conn} }

// ExpectFiles allows up to most files (at most MaxFiles) with each frame that
// is received from now on. Without it a frame with files is refused.
func (c *Conn) ExpectFiles(most int) {
	c.receiving.Lock()
	defer c.receiving.Unlock()
	c.expected = min(most, MaxFiles)
}

// Send writes v as one frame, with files. The files stay open here and belong
// to the caller; the other side gets descriptors of its own. On systems that
// cannot pass files, Send with files fails.
func (c *Conn) Send(v any, files ...*os.File) error {
	if len(files) > MaxFiles {
		return fmt.Errorf("send frame: %d files are more than %d", len(files), MaxFiles)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode frame: %w", err)
	}
	if len(text) > MaxFrame {
		return fmt.Errorf("send frame: %w", ErrTooLarge)
	}
	frame := make([]byte, headerSize, headerSize+len(text))
	binary.BigEndian.PutUint32(frame, uint32(len(text)))
	frame = append(frame, text...)

	c.sending.Lock()
	defer c.sending.Unlock()
	if len(files) > 0 {
		n, err := writeWithFiles(c.conn, frame, files)
		if err != nil {
			return fmt.Errorf("send frame with files: %w", err)
		}
		frame = frame[n:]
	}
	if _, err := c.conn.Write(frame); err != nil {
		return fmt.Errorf("send frame: %w", err)
	}
	return nil
}

// Receive reads one frame into v, as json.Unmarshal does: unknown fields are
// ignored, so that a newer other side is understood. The files that came with
// the frame belong to the caller and are closed on exec; when Receive fails it
// has closed them. It returns io.EOF when the other side closed between frames.
func (c *Conn) Receive(v any) ([]*os.File, error) {
	c.receiving.Lock()
	defer c.receiving.Unlock()
	reader := &fileReader{conn: c.conn}
	if err := c.receive(reader, v); err != nil {
		closeAll(reader.files)
		return nil, err
	}
	return reader.files, nil
}

func (c *Conn) receive(reader *fileReader, v any) error {
	text, err := ReadFrame(reader)
	if err != nil {
		return err
	}
	if len(reader.files) > c.expected {
		return fmt.Errorf("receive frame: %w", ErrUnexpectedFiles)
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("decode frame: %w", err)
	}
	return nil
}

// ReadFrame reads one frame from r and returns its JSON text, unchecked. The
// memory it takes grows with what has really come, not with what the length
// field promises. It returns io.EOF when r ends before the frame begins.
func ReadFrame(r io.Reader) ([]byte, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		return nil, fmt.Errorf("receive frame header: %w", err)
	}
	size := binary.BigEndian.Uint32(header[:])
	if size > MaxFrame {
		return nil, fmt.Errorf("receive frame of %d bytes: %w", size, ErrTooLarge)
	}
	text, err := io.ReadAll(io.LimitReader(r, int64(size)))
	if err == nil && len(text) < int(size) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("receive frame: %w", err)
	}
	return text, nil
}

// SetReadDeadline bounds the Receive that is under way and those that follow;
// the zero time takes the bound away.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.conn.SetReadDeadline(t) }

// SetWriteDeadline bounds the Send that is under way and those that follow;
// the zero time takes the bound away. A Send that was cut short leaves the
// connection unusable.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.conn.SetWriteDeadline(t) }

// Unix returns the socket, for PeerOf. Nobody reads or writes it but the Conn.
func (c *Conn) Unix() *net.UnixConn { return c.conn }

// Close closes the socket; a Send or Receive that is under way fails.
func (c *Conn) Close() error { return c.conn.Close() }

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}
