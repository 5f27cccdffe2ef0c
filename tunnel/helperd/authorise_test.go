package helperd

import (
	"context"
	"errors"
	"testing"

	"torii/tunnel/wire"
)

func TestAuthoriser(t *testing.T) {
	const here, elsewhere = 4026531840, 4026532999
	group := uint32(995)
	refusal := errors.New("the policy says no")
	for _, c := range []struct {
		name   string
		peer   wire.Peer
		group  *uint32
		policy error
		want   bool
		asked  bool
	}{
		{"root", wire.Peer{NetNS: here}, &group, refusal, true, false},
		{"root where there is no group", wire.Peer{NetNS: here}, nil, refusal, true, false},
		{"root of another network", wire.Peer{NetNS: elsewhere}, &group, nil, false, false},
		{"root of a network that the kernel does not name", wire.Peer{}, &group, nil, false, false},
		{"a member", wire.Peer{UID: 1000, GID: 1000, Groups: []uint32{4, group}, NetNS: here}, &group, nil, true, true},
		{"a member by his first group", wire.Peer{UID: 1000, GID: group, NetNS: here}, &group, nil, true, true},
		{"a member that the policy refuses", wire.Peer{UID: 1000, Groups: []uint32{group}, NetNS: here}, &group, refusal, false, true},
		{"a member in another network", wire.Peer{UID: 1000, Groups: []uint32{group}, NetNS: elsewhere}, &group, nil, false, false},
		{"somebody else", wire.Peer{UID: 1000, GID: 1000, Groups: []uint32{4, 27}, NetNS: here}, &group, nil, false, false},
		{"somebody where there is no group", wire.Peer{UID: 1000, GID: 1000, NetNS: here}, nil, nil, false, false},
		{"somebody of root's group", wire.Peer{UID: 1000, GID: 0, NetNS: here}, &group, nil, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := false
			a := &Authoriser{Group: c.group, NetNS: here, Polkit: func(context.Context, *wire.Peer) error {
				asked = true
				return c.policy
			}}
			err := a.Check(t.Context(), &c.peer)
			if (err == nil) != c.want || asked != c.asked {
				t.Errorf("error %v, polkit asked: %t", err, asked)
			}
			if err != nil && !errors.Is(err, errDenied) {
				t.Errorf("error %v is no refusal", err)
			}
		})
	}
	without := &Authoriser{Group: &group, NetNS: here}
	if err := without.Check(t.Context(), &wire.Peer{UID: 1000, GID: group, NetNS: here}); err != nil {
		t.Errorf("a member where there is no polkit: %v", err)
	}
}
