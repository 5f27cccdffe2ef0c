package dtls

import (
	"bytes"
	"errors"
	"testing"

	"torii/tunnel"
	"torii/tunnel/anyconnect/cstp"
)

// FuzzReceive gives a channel datagrams of records that are partly its peer's:
// what is delivered was sealed, in front of it is room, and nothing comes twice.
func FuzzReceive(f *testing.F) {
	f.Add([]byte{byte(cstp.Data), 1, 2, 3}, byte(recordData), []byte{}, byte(0))
	f.Add([]byte{byte(cstp.DPDRequest)}, byte(recordData), []byte{recordAlert, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 1, 0, 2, 1, 0}, byte(3))
	f.Add([]byte{}, byte(recordAlert), bytes.Repeat([]byte{recordData, 0xfe, 0xfd, 0, 1}, 9), byte(30))
	f.Fuzz(func(t *testing.T, content []byte, kind byte, beside []byte, flip byte) {
		if len(content) > 1<<14 || len(beside) > 1<<14 {
			return
		}
		keys := keyPair{key: make([]byte, 16), iv: make([]byte, 4)}
		sealer, err := newSealer(keys)
		if err != nil {
			t.Fatal(err)
		}
		opener, err := newOpener(keys)
		if err != nil {
			t.Fatal(err)
		}
		whole := append(make([]byte, headerLen+nonceLen, headerLen+nonceLen+len(content)+tagLen), content...)
		record, err := sealer.seal(kind, whole)
		if err != nil {
			t.Fatal(err)
		}
		record = bytes.Clone(record)
		if flip > 0 {
			record[int(flip)%len(record)] ^= flip
		}
		var delivered, controls int
		r := receiver{conn: &Conn{opener: opener, gate: newGate(nil)},
			deliver: func(bufs [][]byte, offset int) error {
				for _, b := range bufs {
					if offset != tunnel.Headroom || !bytes.Equal(b[offset:], content[typeLen:]) || len(b) == offset {
						t.Errorf("delivered % x of % x", b, content)
					}
				}
				delivered += len(bufs)
				return nil
			},
			control: func(cstp.Type, []byte) error { controls++; return nil }}
		r.slots, r.batch = [][]byte{make([]byte, slotSize), make([]byte, slotSize)}, make([][]byte, 0, batchSize)
		for _, datagram := range [][]byte{append(bytes.Clone(record), beside...), append(bytes.Clone(beside), record...), record} {
			if err := errors.Join(r.takeDatagram(datagram), r.flush()); err != nil {
				t.Fatal(err)
			}
		}
		if delivered+controls > 1 {
			t.Errorf("one record became %d packets and %d messages", delivered, controls)
		}
	})
}
