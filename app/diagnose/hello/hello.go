// Package hello begins a TLS handshake with a server and looks at what it says,
// without finishing it: so versions and suites can be tried that nobody speaks
// any more (RFC 5246 and RFC 8446, section 4; RFC 6101 for SSL 3.0).
package hello

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"
)

// Offer is what a hello offers.
type Offer struct {
	// Name is the server's name for SNI; an address is not sent.
	Name string
	// Version is the newest that is offered, tls.VersionTLS12 or older, or
	// tls.VersionTLS13 for that one alone.
	Version uint16
	Suites  []uint16
	// OldGroups offers the elliptic curves and groups of the past as well.
	OldGroups bool
}

// ThirteenSuites are all suites of TLS 1.3.
func ThirteenSuites() []uint16 {
	return []uint16{
		tls.TLS_AES_128_GCM_SHA256, tls.TLS_AES_256_GCM_SHA384, tls.TLS_CHACHA20_POLY1305_SHA256, aes128CCM, aes128CCM8,
	}
}

// Try sends a hello and reads the server's answer until ctx ends at the latest.
// It leaves the connection open and good for nothing else. The error says that
// no answer in TLS came; an alert is an answer.
func Try(ctx context.Context, conn net.Conn, offer Offer) (*Answer, error) {
	if end, ok := ctx.Deadline(); ok {
		conn.SetDeadline(end)
	}
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	message, err := offer.message()
	if err != nil {
		return nil, err
	}
	if _, err := conn.Write(message); err != nil {
		return nil, fmt.Errorf("send the hello: %w", err)
	}
	return Read(conn)
}

// The numbers of the messages and extensions.
const (
	recordAlert     = 21
	recordHandshake = 22

	messageClientHello        = 1
	messageServerHello        = 2
	messageCertificate        = 11
	messageCertificateRequest = 13
	messageServerHelloDone    = 14

	extensionName     = 0
	extensionGroups   = 10
	extensionPoints   = 11
	extensionSchemes  = 13
	extensionVersions = 43
	extensionKeyShare = 51

	groupX25519 = 29
	// fallbackless marks a client that knows secure renegotiation (RFC 5746).
	fallbackless = 0x00ff
)

// message is the hello as one record.
func (o Offer) message() ([]byte, error) {
	const randomSize = 32
	random := make([]byte, 2*randomSize)
	if _, err := rand.Read(random); err != nil {
		return nil, fmt.Errorf("make the hello: %w", err)
	}
	body := binary.BigEndian.AppendUint16(nil, min(o.Version, tls.VersionTLS12))
	body = append(body, random[:randomSize]...)
	body = append(body, 0) // no session
	var suites []byte
	for _, id := range o.Suites {
		suites = binary.BigEndian.AppendUint16(suites, id)
	}
	suites = binary.BigEndian.AppendUint16(suites, fallbackless)
	body = append(sized16(body, suites), 1, 0) // no compression
	body = sized16(body, o.extensions(random[randomSize:]))
	message := append([]byte{messageClientHello, 0}, sized16(nil, body)...)
	return sized16([]byte{recordHandshake, 3, 1}, message), nil
}

// extensions are those without which servers of today do not answer. share is
// as good a public key of X25519 as any, because nobody goes on with it.
func (o Offer) extensions(share []byte) []byte {
	var list []byte
	add := func(number uint16, content []byte) {
		list = sized16(binary.BigEndian.AppendUint16(list, number), content)
	}
	if name := strings.TrimSuffix(o.Name, "."); name != "" {
		if _, err := netip.ParseAddr(name); err != nil {
			add(extensionName, sized16(nil, sized16([]byte{0}, []byte(name))))
		}
	}
	add(extensionGroups, sized16(nil, numbers(o.groups())))
	add(extensionPoints, []byte{1, 0})
	add(extensionSchemes, sized16(nil, numbers(schemes())))
	if o.Version == tls.VersionTLS13 {
		add(extensionVersions, []byte{2, 3, 4})
		add(extensionKeyShare, sized16(nil, sized16(numbers([]uint16{groupX25519}), share)))
	}
	return list
}

// groups are those of crypto/tls, or everybody's (RFC 8422, RFC 7919, RFC 7027).
func (o Offer) groups() []uint16 {
	list := []uint16{groupX25519, 23, 24, 25}
	if o.OldGroups {
		list = append(list, 30, 26, 27, 28, 22, 21, 20, 19, 14, 13, 256, 257, 258)
	}
	return list
}

// schemes are the signature algorithms, the broken ones too (RFC 8446, section
// 4.2.3): a server that has no other must say what it has.
func schemes() []uint16 {
	return []uint16{
		0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b,
		0x0401, 0x0501, 0x0601, 0x0402, 0x0203, 0x0201, 0x0202, 0x0301, 0x0303, 0x0101,
	}
}

func numbers(list []uint16) []byte {
	var b []byte
	for _, n := range list {
		b = binary.BigEndian.AppendUint16(b, n)
	}
	return b
}

// sized16 appends content behind its length.
func sized16(b, content []byte) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(content))), content...)
}
