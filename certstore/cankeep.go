package certstore

import (
	"context"
	"errors"
	"fmt"
)

// probe is a name in the keyring whose secret opens nothing.
const probe = "probe"

// CanKeep says whether AddIdentities could keep a key so, before somebody is
// asked for one who gives it once only. It leaves the store as it is; whether a
// keyring works is found out by keeping something there. The errors are that
// method's.
func (s *Store) CanKeep(ctx context.Context, keep Keep) error {
	if keep.How == InMemory {
		return nil
	}
	s.opening.Lock()
	defer s.opening.Unlock()
	for _, m := range s.masters() {
		if m.Keeping != keep.How {
			continue
		}
		if _, err := s.open(ctx, m, keep.Passphrase); !errors.Is(err, ErrLost) {
			return err
		}
	}
	switch keep.How {
	case InKeyring:
		if s.keyring == nil {
			return ErrKeyring
		}
		if err := s.keyring.Keep(ctx, probe, []byte{0}); err != nil {
			return fmt.Errorf("%w: %w", ErrKeyring, err)
		}
	case UnderPassphrase:
		if len([]rune(keep.Passphrase)) < shortestPhrase {
			return ErrWeak
		}
	default:
		return fmt.Errorf("there is no way %q to keep a key", keep.How)
	}
	return nil
}
