//go:build !unix

package diagnose

import "testing"

// closedPort is a port of the loopback where nobody listened a moment ago.
func closedPort(t *testing.T) uint16 { return freePort(t) }
