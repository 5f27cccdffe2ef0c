// Package cstp speaks the TLS channel of the AnyConnect protocol: packets and
// control messages in frames of eight header bytes, one frame in each TLS
// record (draft-mavrogiannopoulos-openconnect, section 2.3). Both ends are
// alike, so a gateway uses the same Conn as a client.
package cstp

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// HeaderLen is the length of a frame's header in bytes: "STF" and 0x01, the
// payload's length (big endian), the type, and a zero byte.
const HeaderLen = 8

// MaxPayload is the longest payload that fits a TLS record together with its
// header.
const MaxPayload = 1<<14 - HeaderLen

// Type says what a frame carries. A DTLS record begins with the same byte.
type Type byte

// The types of frames.
const (
	Data       Type = 0x00 // one packet
	DPDRequest Type = 0x03 // are you there; the payload comes back
	DPDReply   Type = 0x04
	Disconnect Type = 0x05 // one reason byte and text
	Keepalive  Type = 0x07 // nothing; keeps middle boxes awake
	Compressed Type = 0x08 // a compressed packet; never offered by us
	Terminate  Type = 0x09 // the gateway ends the session
)

// The reasons of a Disconnect. ocserv keeps the session only for
// ReasonReconnect and for a connection that ends without a word.
const (
	ReasonUser      = 0xb0
	ReasonError     = 0x70
	ReasonReconnect = 0x91
)

// ErrNoFrame is the cause of a channel's end whose bytes are no frame.
var ErrNoFrame = errors.New("no CSTP frame")

// PutHeader writes a frame's header into the first HeaderLen bytes of b.
func PutHeader(b []byte, t Type, payload int) {
	copy(b, "STF\x01")
	binary.BigEndian.PutUint16(b[4:], uint16(payload))
	b[6] = byte(t)
	b[7] = 0
}

// ParseHeader reads a frame's header from the first HeaderLen bytes of b.
func ParseHeader(b []byte) (t Type, payload int, err error) {
	if string(b[:4]) != "STF\x01" || b[7] != 0 {
		return 0, 0, fmt.Errorf("%w: % x", ErrNoFrame, b[:HeaderLen])
	}
	return Type(b[6]), int(binary.BigEndian.Uint16(b[4:])), nil
}
