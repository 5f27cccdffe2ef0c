// Package secrets keeps passwords in the keyring of the operating system, and
// nowhere else: where there is no keyring they are not kept. An index beside
// the connections says which ones are there, so that nobody unlocks a keyring
// just to look.
package secrets

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/zalando/go-keyring"

	"torii/tunnel"
)

// service is the name under which a keyring shows Torii's items.
const service = "Torii"

// patience bounds a call. A locked keyring asks the person for its password
// meanwhile.
const patience = 60 * time.Second

// Trouble says in one word why passwords cannot be kept.
type Trouble string

// The troubles; TroubleNone is "none of them".
const (
	TroubleNone   Trouble = ""
	TroubleAbsent Trouble = "none"   // no keyring is installed
	TroubleLocked Trouble = "locked" // the person did not unlock it
	TroubleNoBus  Trouble = "no-bus" // no session bus to reach one by
	TroubleOther  Trouble = "failed"
)

// Vault reaches the keyring. Its methods wait for it: never call them where a
// person waits for the screen.
type Vault struct {
	index *index
	// turn is held during a call of the keyring: a person is not asked for its
	// password twice, and one that never answers keeps one goroutine only.
	turn chan struct{}
	// patience bounds a call.
	patience time.Duration
}

// Open reads the index in folder dir.
func Open(dir string) (*Vault, error) {
	index, err := openIndex(dir)
	if err != nil {
		return nil, err
	}
	return &Vault{index: index, turn: make(chan struct{}, 1), patience: patience}, nil
}

// Has reports whether anything is kept for an entry. It does not touch the keyring.
func (v *Vault) Has(entry string) bool { return len(v.index.keys(entry)) > 0 }

// Kept reports whether the value of that key is kept for an entry. It does not
// touch the keyring.
func (v *Vault) Kept(entry, key string) bool { return v.index.has(entry, key) }

// Keep stores a secret of an entry.
func (v *Vault) Keep(ctx context.Context, entry, key string, secret tunnel.Secret) error {
	err := v.call(ctx, func() error {
		// The index comes first: what it names and the keyring lacks is harmless,
		// while a password that nobody remembers would stay for ever.
		hadOne := v.index.has(entry, key)
		if err := v.index.add(entry, key); err != nil {
			return err
		}
		err := keyring.Set(service, account(entry, key), secret.Reveal())
		if err != nil && !hadOne {
			err = errors.Join(err, v.index.remove(entry, key))
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("keep a password in the keyring: %w", err)
	}
	return nil
}

// Recall returns a secret; false where it is not kept or cannot be had.
func (v *Vault) Recall(ctx context.Context, entry, key string) (tunnel.Secret, bool, error) {
	if !v.index.has(entry, key) {
		return tunnel.Secret{}, false, nil
	}
	var text string
	var found bool
	err := v.call(ctx, func() (err error) {
		text, err = keyring.Get(service, account(entry, key))
		if errors.Is(err, keyring.ErrNotFound) { // somebody deleted it in the keyring's own program
			return v.index.remove(entry, key)
		}
		found = err == nil
		return err
	})
	if err != nil {
		return tunnel.Secret{}, false, fmt.Errorf("read a password from the keyring: %w", err)
	}
	return tunnel.NewSecret(text), found, nil
}

// Forget deletes everything that is kept for an entry.
func (v *Vault) Forget(ctx context.Context, entry string) error {
	if !v.Has(entry) {
		return nil
	}
	err := v.call(ctx, func() error {
		for _, key := range v.index.keys(entry) {
			err := keyring.Delete(service, account(entry, key))
			if err != nil && !errors.Is(err, keyring.ErrNotFound) {
				return err
			}
			if err := v.index.remove(entry, key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("delete a password from the keyring: %w", err)
	}
	return nil
}

// TroubleOf sorts the keyring's errors, most of which have no type. That the
// caller gave up says nothing about the keyring.
func TroubleOf(err error) Trouble {
	switch {
	case err == nil || errors.Is(err, keyring.ErrNotFound) || errors.Is(err, context.Canceled):
		return TroubleNone
	case errors.Is(err, errNoBus):
		return TroubleNoBus
	case errors.Is(err, context.DeadlineExceeded): // it asks a person meanwhile
		return TroubleLocked
	case errors.Is(err, keyring.ErrUnsupportedPlatform) || isAbsent(err):
		return TroubleAbsent
	case strings.Contains(err.Error(), "failed to unlock"):
		return TroubleLocked
	}
	if _, ok := errors.AsType[*net.OpError](err); ok { // the bus's address leads nowhere
		return TroubleNoBus
	}
	return TroubleOther
}

// errNoBus means that there is no way to a keyring.
var errNoBus = errors.New("there is no session bus to reach a keyring by")

// account names an item: it is unique and tells a person who looks at the
// keyring what it is.
func account(entry, key string) string { return entry + "/" + key }

// call bounds a call of the keyring, which itself cannot be cancelled: what is
// late ends on its own and nobody listens. do keeps the index as well, so that
// it and the keyring agree however late that is.
func (v *Vault) call(ctx context.Context, do func() error) error {
	if !hasBus() {
		return errNoBus
	}
	ctx, cancel := context.WithTimeout(ctx, v.patience)
	defer cancel()
	select {
	case v.turn <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("the keyring is busy: %w", ctx.Err())
	}
	done := make(chan error, 1)
	go func() {
		done <- do()
		<-v.turn
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("the keyring does not answer: %w", ctx.Err())
	}
}
