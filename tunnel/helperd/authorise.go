package helperd

import (
	"context"
	"errors"
	"fmt"

	"torii/tunnel/wire"
)

// Authoriser decides who may use the helper.
type Authoriser struct {
	// Group is the group whose members may; nil where there is none, and only
	// root may.
	Group *uint32
	// NetNS is the network namespace that callers must come from. A socket
	// with a path is reached from every namespace that sees the path, and a
	// container's root must not configure the host.
	NetNS uint64
	// Polkit asks the administrator's policy about callers that are not root;
	// nil where there is none.
	Polkit func(ctx context.Context, peer *wire.Peer) error
}

// errDenied is the cause of every refusal.
var errDenied = errors.New("not allowed")

// Check returns an error unless peer may use the helper.
func (a *Authoriser) Check(ctx context.Context, peer *wire.Peer) error {
	if peer.NetNS == 0 || peer.NetNS != a.NetNS {
		return fmt.Errorf("%w: the caller is in another network namespace than the helper", errDenied)
	}
	if peer.UID == 0 {
		return nil
	}
	if a.Group == nil || !peer.InGroup(*a.Group) {
		return fmt.Errorf("%w: user %d is not a member of the group %s", errDenied, peer.UID, GroupName)
	}
	if a.Polkit == nil {
		return nil
	}
	if err := a.Polkit(ctx, peer); err != nil {
		return fmt.Errorf("%w by polkit: %w", errDenied, err)
	}
	return nil
}

// GroupName is the group whose members may use the helper.
const GroupName = "torii"
