package diagnose

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// lookForPortal asks the server for a web page without TLS: in a hotel or a
// train whoever answers there is the network's sign-in page (RFC 6585, section
// 6, for the status that says so).
func (d *doctor) lookForPortal(ctx context.Context, e *evidence) *portal {
	ports := []uint16{d.options.PortalPort}
	if e.plain {
		ports = []uint16{d.target.Port, d.options.PortalPort}
	}
	for _, port := range ports {
		if page := d.page(ctx, port); page != nil {
			if found := portalOf(page.status, page.location, d.target.Host); found != nil {
				return found
			}
		}
	}
	return nil
}

// page asks a port for a web page; nil where none answers.
func (d *doctor) page(ctx context.Context, port uint16) *answer {
	ctx, cancel := d.within(ctx, portalTime)
	defer cancel()
	for _, address := range d.known {
		conn, err := d.dialAddress(ctx, net.JoinHostPort(address.String(), strconv.Itoa(int(port))))
		if err != nil {
			continue
		}
		defer conn.Close()
		release := limitTime(ctx, conn)
		defer release()
		begun := d.options.Now()
		response, body, err := exchange(conn, &http.Request{
			Method: http.MethodGet, Host: d.target.Host, ProtoMajor: 1, ProtoMinor: 1,
			URL:    &url.URL{Scheme: "http", Host: d.target.Host, Path: "/"},
			Header: http.Header{"User-Agent": {"Torii"}, "Accept": {"*/*"}},
		})
		if err != nil {
			return nil
		}
		return d.understand(response, body, begun)
	}
	return nil
}

// portalOf recognises a sign-in page by an answer for host.
func portalOf(status int, location, host string) *portal {
	if status == http.StatusNetworkAuthenticationRequired || location != "" && foreign(location, host) {
		return &portal{status: status, host: location}
	}
	return nil
}

// foreign reports whether a host belongs to somebody else than another one:
// www.example.com and vpn.example.com are the same people's.
func foreign(a, b string) bool {
	a, b = strings.ToLower(strings.TrimSuffix(a, ".")), strings.ToLower(strings.TrimSuffix(b, "."))
	_, aErr := netip.ParseAddr(a)
	_, bErr := netip.ParseAddr(b)
	if aErr == nil || bErr == nil {
		return a != b
	}
	return domain(a) != domain(b)
}

// domain is the part of a name that somebody has registered: example.com,
// example.co.jp. A name that is no more than such a suffix is its own.
func domain(name string) string {
	registered, err := publicsuffix.EffectiveTLDPlusOne(name)
	if err != nil {
		return name
	}
	return registered
}
