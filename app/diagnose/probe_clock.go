package diagnose

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"
)

// ntpEpoch is the beginning of NTP's time in seconds before that of Unix.
const ntpEpoch = 2_208_988_800

// ntpSize is the size of a message of SNTP (RFC 4330, section 4).
const ntpSize = 48

// askTimeServer asks a server for the time, once.
func (d *doctor) askTimeServer(ctx context.Context, server string) *networkTime {
	found := &networkTime{server: server}
	ctx, cancel := d.within(ctx, clockTime)
	defer cancel()
	if _, _, err := net.SplitHostPort(server); err != nil {
		server = net.JoinHostPort(server, "123")
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "udp", server)
	if err != nil {
		found.err = fmt.Errorf("ask for the time: %w", err)
		return found
	}
	defer conn.Close()
	release := limitTime(ctx, conn)
	defer release()
	found.offset, found.err = askTime(conn, d.options.Now)
	return found
}

// askTime exchanges one pair of messages.
func askTime(conn net.Conn, now func() time.Time) (time.Duration, error) {
	request := make([]byte, ntpSize)
	request[0] = 4<<3 | 3 // version 4, client
	// What is sent comes back, so nobody else can answer in the server's name.
	if _, err := rand.Read(request[40:]); err != nil {
		return 0, fmt.Errorf("ask for the time: %w", err)
	}
	begun := now()
	if _, err := conn.Write(request); err != nil {
		return 0, fmt.Errorf("ask for the time: %w", err)
	}
	reply := make([]byte, 512)
	n, err := conn.Read(reply)
	if err != nil {
		return 0, fmt.Errorf("ask for the time: %w", err)
	}
	ended := now()
	server, err := readTime(reply[:n], [8]byte(request[40:]))
	if err != nil {
		return 0, err
	}
	return server.Sub(begun.Add(ended.Sub(begun) / 2)).Round(time.Second), nil
}

// readTime reads the server's time out of a reply to the message that was sent
// with that time (RFC 4330, section 5).
func readTime(reply []byte, sent [8]byte) (time.Time, error) {
	if len(reply) < ntpSize {
		return time.Time{}, errors.New("read the time: the answer is too short")
	}
	mode, leap, stratum := reply[0]&7, reply[0]>>6, reply[1]
	seconds := binary.BigEndian.Uint32(reply[40:])
	if mode != 4 || leap == 3 || stratum == 0 || stratum > 15 || seconds == 0 || [8]byte(reply[24:32]) != sent {
		return time.Time{}, errors.New("read the time: the server does not know it")
	}
	since := int64(seconds)
	if seconds < 1<<31 { // the second era begins in 2036
		since += 1 << 32
	}
	fraction := int64(binary.BigEndian.Uint32(reply[44:])) * int64(time.Second) >> 32
	return time.Unix(since-ntpEpoch, fraction), nil
}
