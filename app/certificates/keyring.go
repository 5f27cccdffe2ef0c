package certificates

import (
	"context"
	"encoding/base64"

	"torii/app/secrets"
	"torii/tunnel"
)

// owner is under whose name the vault keeps the store's secrets, among the
// entries, whose IDs look different.
const owner = "certificate store"

// vaultKeyring is the vault as the store wants it.
type vaultKeyring struct{ vault *secrets.Vault }

// Keep implements certstore.Keyring.
func (k vaultKeyring) Keep(ctx context.Context, name string, secret []byte) error {
	return k.vault.Keep(ctx, owner, name, tunnel.NewSecret(base64.StdEncoding.EncodeToString(secret)))
}

// Recall implements certstore.Keyring. What does not decode was changed by
// somebody and is no secret of ours any more.
func (k vaultKeyring) Recall(ctx context.Context, name string) ([]byte, bool, error) {
	text, found, err := k.vault.Recall(ctx, owner, name)
	if err != nil || !found {
		return nil, false, err
	}
	secret, err := base64.StdEncoding.DecodeString(text.Reveal())
	return secret, err == nil, nil
}
