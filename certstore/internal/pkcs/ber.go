package pkcs

import (
	"encoding/asn1"
	"fmt"
)

// Bounds of the loose encoding.
const (
	deepest = 32
	// manyElements bounds how often a file can make one think.
	manyElements = 100_000
)

const (
	constructed = 0x20
	octetString = 0x04
)

// Strict turns one BER value into DER as far as lengths and strings go:
// indefinite lengths get a length, and an OCTET STRING in pieces becomes one
// piece (X.690, sections 8.1.3.6 and 8.7.3). Nothing may follow the value.
func Strict(ber []byte) ([]byte, error) {
	r := &loose{left: ber, elements: manyElements}
	value, err := r.value(0)
	if err != nil {
		return nil, err
	}
	if len(r.left) > 0 {
		return nil, fmt.Errorf("%w: %d bytes follow its end", ErrDamaged, len(r.left))
	}
	return value, nil
}

// loose reads BER.
type loose struct {
	left     []byte
	elements int
}

// header is the beginning of a value.
type header struct {
	tag    []byte // the identifier octets
	length int    // -1 for indefinite
}

func (h header) isConstructed() bool { return h.tag[0]&constructed != 0 }

// isPieces reports whether the value is an OCTET STRING in pieces.
func (h header) isPieces() bool {
	return len(h.tag) == 1 && h.tag[0] == octetString|constructed
}

// value reads one value and returns it in DER.
func (r *loose) value(depth int) ([]byte, error) {
	h, err := r.header(depth)
	if err != nil {
		return nil, err
	}
	if !h.isConstructed() {
		content := r.left[:h.length]
		r.left = r.left[h.length:]
		return encode(h.tag, content), nil
	}
	parts, err := r.parts(h, depth)
	if err != nil {
		return nil, err
	}
	if !h.isPieces() {
		return encode(h.tag, join(parts)), nil
	}
	var whole []byte
	for _, part := range parts {
		var piece asn1.RawValue
		if _, err := asn1.Unmarshal(part, &piece); err != nil || piece.Class != asn1.ClassUniversal || piece.Tag != asn1.TagOctetString {
			return nil, fmt.Errorf("%w: a string in pieces of another kind", ErrDamaged)
		}
		whole = append(whole, piece.Bytes...)
	}
	return encode([]byte{octetString}, whole), nil
}

// parts reads the values inside another one.
func (r *loose) parts(h header, depth int) ([][]byte, error) {
	inside := r
	if h.length >= 0 {
		inside = &loose{left: r.left[:h.length], elements: r.elements}
		r.left = r.left[h.length:]
	}
	var parts [][]byte
	for {
		if h.length >= 0 && len(inside.left) == 0 {
			break
		}
		if h.length < 0 && len(inside.left) >= 2 && inside.left[0] == 0 && inside.left[1] == 0 {
			inside.left = inside.left[2:]
			break
		}
		part, err := inside.value(depth + 1)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	r.elements = inside.elements
	return parts, nil
}

func (r *loose) header(depth int) (header, error) {
	if r.elements--; depth > deepest || r.elements < 0 {
		return header{}, fmt.Errorf("%w: it is nested too deeply or has too many parts", ErrDamaged)
	}
	tag, err := r.tag()
	if err != nil {
		return header{}, err
	}
	length, err := r.length(tag[0]&constructed != 0)
	return header{tag, length}, err
}

// tag reads the identifier octets; long ones are of four at most.
func (r *loose) tag() ([]byte, error) {
	end := 1
	if len(r.left) > 0 && r.left[0]&0x1f == 0x1f {
		for end++; end <= len(r.left) && r.left[end-1]&0x80 != 0; end++ {
			if end > 4 {
				return nil, fmt.Errorf("%w: a tag without an end", ErrDamaged)
			}
		}
	}
	return r.take(end)
}

func (r *loose) length(mayBeIndefinite bool) (int, error) {
	first, err := r.take(1)
	if err != nil {
		return 0, err
	}
	n := int(first[0])
	switch {
	case n == 0x80 && mayBeIndefinite:
		return -1, nil
	case n == 0x80 || n > 0x84:
		return 0, fmt.Errorf("%w: a length that makes no sense", ErrDamaged)
	case n > 0x80:
		octets, err := r.take(n - 0x80)
		if err != nil {
			return 0, err
		}
		n = 0
		for _, octet := range octets {
			n = n<<8 | int(octet)
		}
	}
	if n > len(r.left) || n < 0 {
		return 0, fmt.Errorf("%w: it ends too early", ErrDamaged)
	}
	return n, nil
}

func (r *loose) take(n int) ([]byte, error) {
	if n > len(r.left) {
		return nil, fmt.Errorf("%w: it ends too early", ErrDamaged)
	}
	taken := r.left[:n]
	r.left = r.left[n:]
	return taken, nil
}

func join(parts [][]byte) []byte {
	var all []byte
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}

// encode writes a value with a definite length in its shortest form.
func encode(tag, content []byte) []byte {
	out := append(make([]byte, 0, len(tag)+5+len(content)), tag...)
	n := len(content)
	if n < 0x80 {
		out = append(out, byte(n))
	} else {
		var octets []byte
		for ; n > 0; n >>= 8 {
			octets = append([]byte{byte(n)}, octets...)
		}
		out = append(append(out, 0x80|byte(len(octets))), octets...)
	}
	return append(out, content...)
}
