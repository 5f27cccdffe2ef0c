package netwatch

import (
	"net/netip"
	"testing"
)

func TestDiffers(t *testing.T) {
	none, one, two := netip.Addr{}, netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	for _, c := range []struct {
		name        string
		before, now outlook
		want        bool
	}{
		{"nothing changed", outlook{one, "way", "world"}, outlook{one, "way", "world"}, false},
		{"the gateway's way changed", outlook{one, "way", "world"}, outlook{one, "other", "world"}, true},
		{"the gateway's way is gone", outlook{one, "way", "world"}, outlook{one, "", "world"}, true},
		{"the gateway's way stayed and the world changed", outlook{one, "way", "world"}, outlook{one, "way", "other"}, false},
		{"no gateway, and the world changed", outlook{none, "", "world"}, outlook{none, "", "other"}, true},
		{"no gateway, nothing changed", outlook{none, "", "world"}, outlook{none, "", "world"}, false},
		// A connection came up or moved since the last look. Nobody knows what
		// its way was before this change.
		{"a new gateway, and the world stayed", outlook{none, "", "world"}, outlook{one, "way", "world"}, false},
		{"a new gateway, and the world changed", outlook{none, "", "world"}, outlook{one, "way", "other"}, true},
		{"another gateway, and the world stayed", outlook{one, "way", "world"}, outlook{two, "other", "world"}, false},
		{"another gateway, and the world changed", outlook{one, "way", "world"}, outlook{two, "way", "other"}, true},
		{"the gateway went, and the world stayed", outlook{one, "way", "world"}, outlook{none, "", "world"}, false},
	} {
		if got := c.before.differs(c.now); got != c.want {
			t.Errorf("%s: differs is %v", c.name, got)
		}
	}
}
