package rules

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// What can be wrong with a proxy.
const (
	FaultProxy    Fault = "proxy"    // no http://host:port or socks5://host:port
	FaultProxyKey Fault = "password" // credentials in it
	FaultListen   Fault = "listen"   // no address:port
)

// ProxyNone is the api.Entry.UpstreamProxy that goes direct.
const ProxyNone = "none"

// CheckProxy reads the proxy on the way to the gateway: "http://HOST:PORT" or
// "socks5://HOST:PORT", and HOST:PORT for the first. It returns the URL.
func CheckProxy(text string) (string, Fault) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", FaultEmpty
	case strings.Contains(text, "@"):
		return "", FaultProxyKey
	case !strings.Contains(text, "://"):
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "socks5" ||
		strings.Trim(u.Path, "/")+u.RawQuery+u.Fragment != "" {
		return "", FaultProxy
	}
	if port := u.Port(); port != "" {
		if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
			return "", FaultPort
		}
	}
	if host := u.Hostname(); !isIP(host) && checkHost(host) != "" {
		return "", FaultHost
	}
	return strings.TrimSuffix(text, "/"), ""
}

// CheckListen reads the place where a proxy listens on this computer: an
// address and a port, or a port alone; "" lets the engine choose.
func CheckListen(text string) (netip.AddrPort, Fault) {
	text = strings.TrimSpace(text)
	if text == "" {
		return netip.AddrPort{}, ""
	}
	if strings.Trim(text, "0123456789") == "" {
		text = "127.0.0.1:" + text
	}
	place, err := netip.ParseAddrPort(text)
	if err != nil || place.Port() == 0 {
		return netip.AddrPort{}, FaultListen
	}
	return place, ""
}
