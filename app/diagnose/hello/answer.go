package hello

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Answer is what a server said to a hello.
type Answer struct {
	// Alert is the alert that the server refused the hello with; 0 for none.
	Alert uint8
	// Version and Suite are what it chose; both 0 with an Alert.
	Version, Suite uint16
	// Chain holds the certificates as they were sent, leaf first. TLS 1.3
	// encrypts them: none then.
	Chain [][]byte
	// Requested says that the server asked for the client's certificate.
	Requested bool
}

// NotTLSError is something else than TLS.
type NotTLSError struct {
	// Said is what came, at most 16 bytes of it.
	Said []byte
}

// Error implements error.
func (e *NotTLSError) Error() string { return fmt.Sprintf("the answer is no TLS: %q", e.Said) }

const (
	// largest bounds what is read of an answer, in bytes.
	largest = 256 << 10
	// headerSize is the size of a record's header.
	headerSize = 5
	// maxRecord is the largest record that is allowed (RFC 5246, section 6.2.3).
	maxRecord = 1<<14 + 2048
)

// Read reads an answer: until the server waits for the client, or refuses, or
// begins to encrypt.
func Read(from io.Reader) (*Answer, error) {
	from = io.LimitReader(from, largest)
	answer := &Answer{}
	var messages []byte
	for {
		var header [headerSize]byte
		if n, err := io.ReadFull(from, header[:]); err != nil {
			if answer.Version != 0 {
				return answer, nil // it hung up when it had said what matters
			}
			if n > 0 && !isRecord(header[:n]) {
				return nil, &NotTLSError{Said: slices.Clone(header[:n])}
			}
			return nil, fmt.Errorf("read the answer to the hello: %w", err)
		}
		size := int(binary.BigEndian.Uint16(header[3:]))
		if !isRecord(header[:]) || size > maxRecord {
			rest := make([]byte, 16-headerSize)
			n, _ := io.ReadFull(from, rest) // whatever there is
			return nil, &NotTLSError{Said: append(header[:], rest[:n]...)}
		}
		body := make([]byte, size)
		if _, err := io.ReadFull(from, body); err != nil {
			if answer.Version != 0 {
				return answer, nil
			}
			return nil, fmt.Errorf("read the answer to the hello: %w", err)
		}
		over := false
		switch header[0] {
		case recordAlert:
			over = answer.takeAlert(body)
		case recordHandshake:
			var err error
			if messages, over, err = answer.takeMessages(append(messages, body...)); err != nil {
				return nil, err
			}
		default:
			over = answer.Version != 0
		}
		if over {
			return answer, nil
		}
	}
}

// isRecord reports whether bytes begin as a record of TLS or SSL 3.0 does.
func isRecord(header []byte) bool {
	return header[0] >= 20 && header[0] <= 23 && (len(header) < 2 || header[1] == 3)
}

// takeAlert reads an alert and tells whether it is the end; a warning is none.
func (a *Answer) takeAlert(body []byte) (over bool) {
	if len(body) != 2 {
		return a.Version != 0
	}
	if body[0] == 1 && body[1] != 0 { // a warning about the name, for one
		return false
	}
	if a.Version == 0 {
		a.Alert = body[1]
	}
	return true
}

var errNonsense = errors.New("read the answer to the hello: it makes no sense")

// takeMessages reads the whole messages and returns what is left.
func (a *Answer) takeMessages(b []byte) (rest []byte, over bool, err error) {
	for len(b) >= 4 {
		size := int(b[1])<<16 | int(b[2])<<8 | int(b[3])
		if len(b) < 4+size {
			break
		}
		kind, body := b[0], b[4:4+size]
		b = b[4+size:]
		ok := true
		switch kind {
		case messageServerHello:
			ok = a.takeHello(body)
			over = a.Version == tls.VersionTLS13
		case messageCertificate:
			ok = a.takeCertificates(body)
		case messageCertificateRequest:
			a.Requested = true
		case messageServerHelloDone:
			over = a.Version != 0
		}
		if !ok {
			return nil, false, errNonsense
		}
		if over {
			return nil, true, nil
		}
	}
	return b, false, nil
}

// takeHello reads version and suite (RFC 8446, section 4.1.3).
func (a *Answer) takeHello(b []byte) bool {
	r := reader{b}
	version := r.number(2)
	r.bytes(32)
	r.bytes(r.number(1))
	suite := r.number(2)
	r.number(1)
	if r.b == nil {
		return false
	}
	extensions := reader{r.bytes(r.number(2))} // SSL 3.0 and TLS 1.0 may have none
	for len(extensions.b) > 0 {
		number := extensions.number(2)
		content := reader{extensions.bytes(extensions.number(2))}
		if number == extensionVersions && content.b != nil {
			version = content.number(2)
		}
	}
	a.Version, a.Suite = uint16(version), uint16(suite)
	return version>>8 == 3
}

// takeCertificates reads the chain (RFC 5246, section 7.4.2).
func (a *Answer) takeCertificates(b []byte) bool {
	r := reader{b}
	list := reader{r.bytes(r.number(3))}
	if list.b == nil {
		return false
	}
	for len(list.b) > 0 {
		der := list.bytes(list.number(3))
		if der == nil {
			return false
		}
		a.Chain = append(a.Chain, slices.Clone(der))
	}
	return true
}

// reader takes bytes apart; b is nil after the end was passed.
type reader struct{ b []byte }

// number reads a number of size bytes.
func (r *reader) number(size int) (n int) {
	for _, c := range r.bytes(size) {
		n = n<<8 | int(c)
	}
	return n
}

// bytes reads n bytes; nil where there are not so many.
func (r *reader) bytes(n int) []byte {
	if r.b == nil || n > len(r.b) {
		r.b = nil
		return nil
	}
	taken := r.b[:n:n]
	r.b = r.b[n:]
	if r.b == nil {
		r.b = []byte{}
	}
	return taken
}
