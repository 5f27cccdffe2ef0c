package pkcs

import "fmt"

// MostRounds is how many rounds of key derivation one file may ask for in
// all, for each block of a key. OpenSSL asks for 2048 a key, GnuTLS for 600 000
// and for a key a certificate; thirty million take some seconds.
const MostRounds = 30_000_000

// work is what is left of it.
type work struct{ left int }

// spend takes rounds for deriving blocks times one hash.
func (w *work) spend(rounds, blocks int) error {
	if rounds < 1 || rounds > w.left/max(blocks, 1) {
		return fmt.Errorf("%w (%d rounds of key derivation)", ErrWork, rounds)
	}
	w.left -= rounds * blocks
	return nil
}
