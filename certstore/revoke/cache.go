package revoke

import (
	"crypto/sha256"
	"sync"
	"time"
)

// The bounds of what is remembered.
const (
	mostKept = 256
	// longestKept is how long an answer is believed at most, however long its
	// author would like.
	longestKept = 24 * time.Hour
	// silence is how long nobody is asked who did not answer.
	silence = 5 * time.Minute
)

// cache remembers answers for their lifetime. What is kept is the answer about
// one certificate, and never the list that it was in.
type cache struct {
	mu   sync.Mutex
	held map[cacheKey]Finding
}

type cacheKey struct{ subject, issuer [sha256.Size]byte }

func keyOf(p pair) cacheKey {
	return cacheKey{sha256.Sum256(p.subject.Raw), sha256.Sum256(p.issuer.RawSubjectPublicKeyInfo)}
}

func (c *cache) get(p pair, now time.Time) (Finding, bool) {
	key := keyOf(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.held[key]
	if ok && now.After(found.until) {
		delete(c.held, key)
		return Finding{}, false
	}
	return found, ok
}

// put keeps an answer; where there is no room, the one goes that ends first.
func (c *cache) put(p pair, found Finding, now time.Time) {
	if !found.until.After(now) {
		return
	}
	key := keyOf(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		c.held = map[cacheKey]Finding{}
	}
	if _, there := c.held[key]; !there && len(c.held) >= mostKept {
		var first cacheKey
		var ends time.Time
		for k, f := range c.held {
			if ends.IsZero() || f.until.Before(ends) {
				first, ends = k, f.until
			}
		}
		delete(c.held, first)
	}
	c.held[key] = found
}
