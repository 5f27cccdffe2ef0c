package proto

import "crypto"

// hashes are those that TLS signs with; SHA-1 is not among them.
var hashes = [...]struct {
	name string
	hash crypto.Hash
}{
	{"sha256", crypto.SHA256}, {"sha384", crypto.SHA384}, {"sha512", crypto.SHA512},
}

// HashName is a hash's name in a Request; false for one that nothing is signed with.
func HashName(hash crypto.Hash) (string, bool) {
	for _, h := range hashes {
		if h.hash == hash {
			return h.name, true
		}
	}
	return "", false
}

// HashOf is the hash of a name; false for another name.
func HashOf(name string) (crypto.Hash, bool) {
	for _, h := range hashes {
		if h.name == name {
			return h.hash, true
		}
	}
	return 0, false
}
