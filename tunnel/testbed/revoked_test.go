//go:build privileged && linux

package testbed_test

import (
	"slices"
	"testing"

	"torii/tunnel"
	"torii/tunnel/testbed"
)

// TestRevokedGateway has a real gateway bring its authority's word along: while
// it is good people work, and once it is revoked nobody connects or comes back.
func TestRevokedGateway(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	gateway := bed.StartOcserv(t, split())
	gateway.Staple(t, false)
	gateway.Restart()
	c := connect(t, bed, gateway)
	c.connected()
	c.carries(insideServer)

	gateway.Staple(t, true)
	gateway.Restart()
	if code := c.wait(); code != exitServerRefused {
		t.Errorf("after the reconnect the exit code is %d", code)
	}
	if e := c.last().Error; e == nil || e.Code != tunnel.CodeServerCertificate {
		t.Errorf("after the reconnect: %+v", e)
	}
	again := connect(t, bed, gateway)
	if code := again.wait(); code != exitServerRefused {
		t.Errorf("the next connect exits %d", code)
	}
	if !slices.ContainsFunc(again.all(), func(s tunnel.Snapshot) bool {
		return s.Question != nil && s.Question.Server != nil && slices.Equal(s.Question.Server.Problems, []string{"revoked"}) &&
			slices.Equal(s.Question.Choices, []tunnel.Choice{tunnel.ChoiceCancel})
	}) {
		t.Error("nobody was told that it is revoked")
	}
}
