package diagnose

import "testing"

// TestForeign: who redirects to somebody else's site is a sign-in page, who
// redirects to the company's own is not.
func TestForeign(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"vpn.example.com", "vpn.example.com", false},
		{"WWW.example.com.", "vpn.example.com", false},
		{"example.com", "vpn.example.com", false},
		{"login.hotel.net", "vpn.example.com", true},
		{"www.example.co.jp", "vpn.example.co.jp", false},
		{"login.hotel.co.jp", "vpn.example.co.jp", true},
		{"192.0.2.1", "vpn.example.com", true},
		{"192.0.2.1", "192.0.2.1", false},
		{"192.0.2.1", "192.0.2.2", true},
		{"router", "vpn.example.com", true},
		{"gateway", "gateway", false},
	} {
		if got := foreign(c.a, c.b); got != c.want {
			t.Errorf("%s for %s: foreign is %v", c.a, c.b, got)
		}
	}
}
