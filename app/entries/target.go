package entries

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"torii/app/api"
	"torii/tunnel"
)

// DefaultProtocol is what an entry speaks where nothing else is said.
const DefaultProtocol = "anyconnect"

// ParseTarget reads an address as a person types it: HOST, HOST:PORT,
// HOST:PORT/GROUP, with or without https:// in front. An IPv6 address stands in
// brackets where something follows. The error has CodeInvalid.
func ParseTarget(text string) (api.Entry, error) {
	entry := api.Entry{Protocol: DefaultProtocol, Mode: tunnel.ModeTUN, Roaming: true}
	rest := strings.TrimSpace(text)
	if scheme, after, ok := strings.Cut(rest, "://"); ok {
		if !strings.EqualFold(scheme, "https") {
			return entry, invalid("a gateway's address begins with https:// or with its name, not with %s://", scheme)
		}
		rest = after
	}
	place, path := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		place, path = rest[:i], rest[i:]
	}
	if strings.HasPrefix(path, "?") {
		path = "/" + path
	}
	if _, err := url.ParseRequestURI(path); path != "" && err != nil {
		return entry, invalid("%q is no path of a gateway", path)
	}
	host, port, err := splitPlace(place)
	if err != nil {
		return entry, err
	}
	if path == "/" {
		path = ""
	}
	entry.Host, entry.Port, entry.Path = host, port, path
	return entry, nil
}

// splitPlace divides HOST[:PORT].
func splitPlace(place string) (host string, port uint16, err error) {
	if addr, err := netip.ParseAddr(place); err == nil {
		return addr.String(), 0, nil
	}
	host, digits := place, ""
	if i := strings.LastIndexByte(place, ':'); i > strings.LastIndexByte(place, ']') {
		host, digits = place[:i], place[i+1:]
		number, err := strconv.ParseUint(digits, 10, 16)
		if err != nil || number == 0 {
			return "", 0, invalid("%q is no port; ports are numbers from 1 to 65535", digits)
		}
		port = uint16(number)
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		host = strings.TrimSuffix(inner, "]")
		if addr, err := netip.ParseAddr(host); err != nil || !addr.Is6() {
			return "", 0, invalid("%q is no IPv6 address", host)
		}
	}
	return host, port, checkHost(host)
}

// checkHost says what is wrong with a name or address.
func checkHost(host string) error {
	const longest = 253 // RFC 1035, section 2.3.4
	switch {
	case host == "":
		return invalid("the server address is missing")
	case len(host) > longest:
		return invalid("the server address is longer than %d characters", longest)
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return nil
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(host, "."), ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return invalid("%q is no host name or address", host)
		}
		for _, r := range label {
			if r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				return invalid("%q is no host name or address: %q does not belong into one", host, r)
			}
		}
	}
	return nil
}

// invalid is an error in the person's input; its text is for them.
func invalid(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	return tunnel.Errorf(tunnel.CodeInvalid, "check the entry", "%s", text).WithDetail(text)
}
