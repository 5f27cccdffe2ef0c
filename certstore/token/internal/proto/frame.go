package proto

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// The bounds of a frame, in bytes.
const (
	// MaxRequest is the longest text of a request: a path is the largest thing in it.
	MaxRequest = 16 << 10
	// MaxReply is the longest text of a reply: all certificates of all tokens.
	MaxReply = 1 << 20
	// MaxSecret is the longest PIN.
	MaxSecret = 255
)

// headerSize is that of the two lengths in front of every frame, in bytes.
const headerSize = 8

// After one of these the stream is of no use any more.
var (
	// ErrTooLarge means a frame that promises more than its reader takes.
	ErrTooLarge = errors.New("frame is too large")
	// ErrRubbish means a frame whose text is no message.
	ErrRubbish = errors.New("frame holds no message")
)

// Write sends one message. The secret goes from its own memory to the stream
// with no copy in between, and belongs to the caller.
func Write(w io.Writer, message any, secret []byte, mostText int) error {
	text, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode frame: %w", err)
	}
	if len(text) > mostText || len(secret) > MaxSecret {
		return fmt.Errorf("send frame: %w", ErrTooLarge)
	}
	frame := make([]byte, headerSize, headerSize+len(text))
	binary.BigEndian.PutUint32(frame, uint32(len(text)))
	binary.BigEndian.PutUint32(frame[4:], uint32(len(secret)))
	if _, err := w.Write(append(frame, text...)); err != nil {
		return fmt.Errorf("send frame: %w", err)
	}
	if len(secret) > 0 {
		if _, err := w.Write(secret); err != nil {
			return fmt.Errorf("send frame: %w", err)
		}
	}
	return nil
}

// Read receives one message and the secret that comes with it, nil for none;
// who calls it wipes that. The memory that the text takes grows with what has
// really come. It returns io.EOF where the stream ends before the frame begins.
func Read(r io.Reader, message any, mostText, mostSecret int) (secret []byte, err error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		return nil, fmt.Errorf("receive frame header: %w", err)
	}
	textSize, secretSize := binary.BigEndian.Uint32(header[:]), binary.BigEndian.Uint32(header[4:])
	if textSize > uint32(mostText) || secretSize > uint32(mostSecret) {
		return nil, fmt.Errorf("receive frame of %d and %d bytes: %w", textSize, secretSize, ErrTooLarge)
	}
	text, err := io.ReadAll(io.LimitReader(r, int64(textSize)))
	if err == nil && len(text) < int(textSize) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("receive frame: %w", err)
	}
	if secretSize > 0 {
		secret = make([]byte, secretSize)
		if _, err := io.ReadFull(r, secret); err != nil {
			clear(secret)
			return nil, fmt.Errorf("receive frame: %w", io.ErrUnexpectedEOF)
		}
	}
	if err := json.Unmarshal(text, message); err != nil {
		clear(secret)
		return nil, fmt.Errorf("%w: %w", ErrRubbish, err)
	}
	return secret, nil
}
