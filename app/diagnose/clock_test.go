package diagnose

import (
	"encoding/binary"
	"testing"
	"time"
)

// timeReply is a time server's answer to a request.
func timeReply(request []byte, at time.Time) []byte {
	reply := make([]byte, ntpSize)
	reply[0], reply[1] = 4<<3|4, 2
	if len(request) >= ntpSize {
		copy(reply[24:32], request[40:48])
	}
	binary.BigEndian.PutUint32(reply[40:], uint32(at.Unix()+ntpEpoch))
	binary.BigEndian.PutUint32(reply[44:], uint32(int64(at.Nanosecond())<<32/int64(time.Second)))
	return reply
}

func TestReadTime(t *testing.T) {
	request := make([]byte, ntpSize)
	copy(request[40:], "anything")
	sent := [8]byte(request[40:])
	for _, at := range []time.Time{
		time.Date(2026, 6, 1, 12, 0, 0, 500_000_000, time.UTC),
		time.Date(2036, 2, 7, 6, 28, 17, 0, time.UTC), // the second era
		time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		got, err := readTime(timeReply(request, at), sent)
		if err != nil || got.Sub(at).Abs() > time.Millisecond {
			t.Errorf("read %v, want %v; %v", got.UTC(), at, err)
		}
	}
	good := func() []byte { return timeReply(request, time.Now()) }
	for name, spoil := range map[string]func(b []byte) []byte{
		"too short":              func(b []byte) []byte { return b[:ntpSize-1] },
		"not a server":           func(b []byte) []byte { b[0] = 4<<3 | 3; return b },
		"not synchronised":       func(b []byte) []byte { b[0] |= 3 << 6; return b },
		"a kiss of death":        func(b []byte) []byte { b[1] = 0; return b },
		"too far from any clock": func(b []byte) []byte { b[1] = 16; return b },
		"no time":                func(b []byte) []byte { clear(b[40:44]); return b },
		"somebody else's":        func(b []byte) []byte { b[24] ^= 1; return b },
	} {
		if _, err := readTime(spoil(good()), sent); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}
