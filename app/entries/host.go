package entries

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// normalHost is a host's name or address as it is looked up and compared with
// a certificate: lower-case ASCII. A name in another script is translated
// (RFC 5891), which also takes the wide letters and dots of East Asian input.
func normalHost(host string) (string, error) {
	const longest = 253 // RFC 1035, section 2.3.4
	if host == "" {
		return "", invalid("the server address is missing")
	}
	if len(host) > longestText {
		return "", invalid("the server address is longer than %d characters", longest)
	}
	if addr, is := address(host); is {
		return addr.String(), nil
	}
	name := strings.ToLower(host)
	if !ascii(host) {
		var err error
		if name, err = idna.Lookup.ToASCII(host); err != nil || !utf8.ValidString(host) {
			return "", invalid("%q is no host name or address", host)
		}
		if addr, is := address(name); is { // typed in wide digits
			return addr.String(), nil
		}
	}
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	for _, label := range labels {
		if !validLabel(label) {
			return "", invalid("%q is no host name or address", host)
		}
	}
	if strings.Trim(labels[len(labels)-1], "0123456789") == "" {
		return "", invalid("%q is no complete address", host) // no top-level domain is a number
	}
	if len(name) > longest {
		return "", invalid("the server address is longer than %d characters", longest)
	}
	return name, nil
}

// validLabel checks one part of a name. The underline belongs into no host's
// name, and there are hosts with one.
func validLabel(label string) bool {
	const longest = 63 // RFC 1035, section 2.3.4
	if label == "" || len(label) > longest || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
		return false
	}
	return strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// address reads an IP address. Its zone, if it has one, looks like the name of
// a link.
func address(text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return addr, false
	}
	const longestZone = 15 // IFNAMSIZ without its end
	odd := func(r rune) bool { return !validZone(r) }
	return addr, len(addr.Zone()) <= longestZone && !strings.ContainsFunc(addr.Zone(), odd)
}

func validZone(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.", r)
}

func ascii(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > '~' })
}
