package dtls

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.zx2c4.com/wireguard/replay"
)

const (
	headerLen = 13 // type, version, epoch, sequence, length (RFC 6347, section 4.1)
	nonceLen  = 8  // the explicit part of a nonce (RFC 5288, section 3)
	tagLen    = 16
	// typeLen is the byte that precedes a packet inside a record.
	typeLen = 1
	// Overhead is what a record adds to a packet, in bytes.
	Overhead = headerLen + nonceLen + typeLen + tagLen

	recordChangeCipherSpec = 20
	recordAlert            = 21
	recordHandshake        = 22
	recordData             = 23

	version12 = 0xfefd
	// epoch is the one that follows the handshake; there is never another.
	epoch = 1
	// firstSequence keeps our records and those of the handshake library
	// apart: a nonce is a sequence number, and none may be used twice.
	firstSequence = 1 << 20
	// lastSequence ends a channel before its 48 bits run out.
	lastSequence = 1<<48 - 1
)

var (
	errNoRecord   = errors.New("no DTLS record")
	errReplayed   = errors.New("a DTLS record came twice")
	errOutOfSpace = errors.New("the DTLS sequence numbers are used up")
)

// sealer seals the records of one direction. Not for concurrent use.
type sealer struct {
	aead     cipher.AEAD
	nonce    [4 + nonceLen]byte
	aad      [headerLen]byte
	sequence uint64
}

// opener opens the records of one direction. Not for concurrent use.
type opener struct {
	aead   cipher.AEAD
	nonce  [4 + nonceLen]byte
	aad    [headerLen]byte
	window replay.Filter
}

func newSealer(keys keyPair) (*sealer, error) {
	aead, err := newAEAD(keys.key)
	if err != nil {
		return nil, err
	}
	s := &sealer{aead: aead, sequence: firstSequence}
	copy(s.nonce[:], keys.iv)
	return s, nil
}

func newOpener(keys keyPair) (*opener, error) {
	aead, err := newAEAD(keys.key)
	if err != nil {
		return nil, err
	}
	o := &opener{aead: aead}
	copy(o.nonce[:], keys.iv)
	return o, nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make DTLS cipher: %w", err)
	}
	return cipher.NewGCM(block)
}

// seal makes a record in place. buf holds headerLen+nonceLen free bytes, then
// the content, and has tagLen bytes of spare capacity. It returns the record.
func (s *sealer) seal(contentType byte, buf []byte) ([]byte, error) {
	if s.sequence >= lastSequence {
		return nil, errOutOfSpace
	}
	content := buf[headerLen+nonceLen:]
	putHeader(buf, contentType, s.sequence, nonceLen+len(content)+tagLen)
	copy(buf[headerLen:], buf[3:11]) // the explicit nonce: epoch and sequence
	copy(s.nonce[4:], buf[3:11])
	putAAD(&s.aad, buf, len(content))
	s.sequence++
	sealed := s.aead.Seal(content[:0], s.nonce[:], content, s.aad[:])
	return buf[:headerLen+nonceLen+len(sealed)], nil
}

// open writes the content of a record into dst, which may not overlap it and
// has room for it, and returns the content.
func (o *opener) open(dst, record []byte) ([]byte, error) {
	if err := checkRecord(record); err != nil {
		return nil, err
	}
	copy(o.nonce[4:], record[headerLen:])
	sealed := record[headerLen+nonceLen:]
	putAAD(&o.aad, record, len(sealed)-tagLen)
	content, err := o.aead.Open(dst[:0], o.nonce[:], sealed, o.aad[:])
	if err != nil {
		return nil, fmt.Errorf("open DTLS record: %w", err)
	}
	sequence := binary.BigEndian.Uint64(record[3:11]) & lastSequence
	if !o.window.ValidateCounter(sequence, lastSequence) {
		return nil, errReplayed
	}
	return content, nil
}

// putHeader writes a record's header; length is that of what follows it.
func putHeader(b []byte, contentType byte, sequence uint64, length int) {
	b[0] = contentType
	binary.BigEndian.PutUint16(b[1:], version12)
	binary.BigEndian.PutUint64(b[3:], epoch<<48|sequence)
	binary.BigEndian.PutUint16(b[11:], uint16(length))
}

// putAAD writes what a record authenticates besides its content: epoch and
// sequence, type, version, and the content's length (RFC 5246, section 6.2.3.3).
func putAAD(aad *[headerLen]byte, header []byte, contentLen int) {
	copy(aad[:8], header[3:11])
	copy(aad[8:11], header[:3])
	binary.BigEndian.PutUint16(aad[11:], uint16(contentLen))
}

// checkRecord looks at what can be told without keys.
func checkRecord(record []byte) error {
	switch {
	case len(record) < headerLen+nonceLen+tagLen:
		return fmt.Errorf("%w: %d bytes", errNoRecord, len(record))
	case binary.BigEndian.Uint16(record[1:]) != version12:
		return fmt.Errorf("%w: version %#04x", errNoRecord, binary.BigEndian.Uint16(record[1:]))
	case binary.BigEndian.Uint16(record[3:]) != epoch:
		return fmt.Errorf("%w: epoch %d", errNoRecord, binary.BigEndian.Uint16(record[3:]))
	case int(binary.BigEndian.Uint16(record[11:])) != len(record)-headerLen:
		return fmt.Errorf("%w: length %d of %d", errNoRecord, binary.BigEndian.Uint16(record[11:]), len(record)-headerLen)
	}
	return nil
}

// splitRecord cuts the first record off a datagram, which may hold several.
func splitRecord(datagram []byte) (record, rest []byte, ok bool) {
	if len(datagram) < headerLen {
		return nil, nil, false
	}
	end := headerLen + int(binary.BigEndian.Uint16(datagram[11:]))
	if end > len(datagram) {
		return nil, nil, false
	}
	return datagram[:end], datagram[end:], true
}
