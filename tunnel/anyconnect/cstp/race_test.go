//go:build race

package cstp

// racing says that the race detector is on, under which pools forget on
// purpose.
const racing = true
