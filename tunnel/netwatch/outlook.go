package netwatch

import "net/netip"

// outlook is how this machine reaches the world at one moment, in texts that
// are good for comparing; "" where there is no way.
type outlook struct {
	gateway netip.Addr // invalid for none
	way     string     // to the gateway
	world   string     // by the default routes, whatever the tunnel does
}

// look takes the outlook of this moment.
func look(gateway netip.Addr) outlook {
	o := outlook{gateway: gateway, world: defaultRoutes()}
	if gateway.IsValid() {
		o.way = wayTo(gateway)
	}
	return o
}

// differs reports whether the way out is another one now. The way to the
// gateway decides as long as it is the same gateway. Where it is not, nobody
// looked at its way before, and the default routes decide.
func (o outlook) differs(now outlook) bool {
	if now.gateway.IsValid() && now.gateway == o.gateway {
		return now.way != o.way
	}
	return now.world != o.world
}
