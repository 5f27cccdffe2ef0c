package pkcs

import (
	"hash"
	"math/big"
	"unicode/utf16"
)

// The purposes of a key (RFC 7292, appendix B.3).
const (
	forKey = 1
	forIV  = 2
	forMAC = 3
)

// password is a password in the forms that ciphers take.
type password struct {
	text string
	// bmp is the text as PKCS#12 wants it: UTF-16, big end first, with a zero at
	// its end (RFC 7292, appendix B.1).
	bmp []byte
}

// passwordsOf are the forms that a text may have in a file. An empty password
// has two: some programs leave out even its zero.
func passwordsOf(text string) []password {
	bmp := []byte{}
	for _, unit := range append(utf16.Encode([]rune(text)), 0) {
		bmp = append(bmp, byte(unit>>8), byte(unit))
	}
	list := []password{{text, bmp}}
	if text == "" {
		list = append(list, password{})
	}
	return list
}

// derive makes size bytes out of a password (RFC 7292, appendix B.2).
func derive(w *work, newHash func() hash.Hash, purpose byte, bmp, salt []byte, rounds, size int) ([]byte, error) {
	h := newHash()
	u, v := h.Size(), h.BlockSize()
	blocks := (size + u - 1) / u
	if err := w.spend(rounds, blocks); err != nil {
		return nil, err
	}
	d := make([]byte, v)
	for i := range d {
		d[i] = purpose
	}
	state := append(stretch(salt, v), stretch(bmp, v)...)
	var out []byte
	for range blocks {
		h.Reset()
		h.Write(d)
		h.Write(state)
		a := h.Sum(nil)
		for range rounds - 1 {
			h.Reset()
			h.Write(a)
			a = h.Sum(a[:0])
		}
		out = append(out, a...)
		mix(state, stretch(a, v))
	}
	return out[:size], nil
}

// stretch repeats bytes until they fill a multiple of v; nothing stays nothing.
func stretch(b []byte, v int) []byte {
	if len(b) == 0 {
		return nil
	}
	out := make([]byte, (len(b)+v-1)/v*v)
	for i := range out {
		out[i] = b[i%len(b)]
	}
	return out
}

// mix adds b and one to each block of the state, as numbers of that many bytes.
func mix(state, b []byte) {
	add := new(big.Int).SetBytes(b)
	add.Add(add, big.NewInt(1))
	mask := new(big.Int).Lsh(big.NewInt(1), uint(8*len(b)))
	mask.Sub(mask, big.NewInt(1))
	for ; len(state) >= len(b); state = state[len(b):] {
		sum := new(big.Int).SetBytes(state[:len(b)])
		sum.Add(sum, add).And(sum, mask)
		sum.FillBytes(state[:len(b)])
	}
}
