package hello

import (
	"encoding/binary"
	"io"
)

// pieces is a stream whose records are cut anew into such of size bytes.
type pieces struct {
	rest []byte
	size int
	now  []byte
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.now) == 0 && !p.cut() {
		return 0, io.EOF
	}
	n := copy(b, p.now)
	p.now = p.now[n:]
	return n, nil
}

// cut takes the next record in pieces; what is none goes on as it is.
func (p *pieces) cut() bool {
	if len(p.rest) == 0 {
		return false
	}
	size := 0
	if len(p.rest) >= headerSize {
		size = headerSize + int(binary.BigEndian.Uint16(p.rest[3:]))
	}
	if size <= headerSize || size > len(p.rest) || p.rest[0] != recordHandshake {
		p.now, p.rest = p.rest, nil
		return true
	}
	header, body := p.rest[:3], p.rest[headerSize:size]
	for len(body) > 0 {
		n := min(p.size, len(body))
		p.now = sized16(append(p.now, header...), body[:n])
		body = body[n:]
	}
	p.rest = p.rest[size:]
	return true
}
