package rules

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"torii/app/api"
)

// Fault names what is wrong with something that was typed; the catalogue has
// words for it. "" is nothing.
type Fault string

// What can be wrong with a server address.
const (
	FaultEmpty      Fault = "empty"
	FaultScheme     Fault = "scheme"     // http:// and others than https://
	FaultUser       Fault = "user"       // user@host
	FaultPort       Fault = "port"       // not 1 to 65535
	FaultBrackets   Fault = "brackets"   // [ ] around what is no IPv6 address
	FaultIncomplete Fault = "incomplete" // 192.0.2
	FaultHost       Fault = "host"
	FaultPath       Fault = "path"
)

// longestText bounds what is typed for an address, in bytes.
const longestText = 1024

// Address is a server address in its parts.
type Address struct {
	Host string // without brackets
	Port uint16 // 0 is the protocol's own
	Path string // of a group URL, with its leading "/"; "" for none
}

// AddressOf is the address of an entry.
func AddressOf(e api.Entry) Address { return Address{Host: e.Host, Port: e.Port, Path: e.Path} }

// String writes the address as a person types it.
func (a Address) String() string {
	host := a.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if a.Port != 0 {
		host += ":" + strconv.Itoa(int(a.Port))
	}
	return host + a.Path
}

// Shown is the address for a list: without the query, which may hold a secret.
func (a Address) Shown() string {
	a.Path, _, _ = strings.Cut(a.Path, "?")
	a.Path = strings.TrimSuffix(a.Path, "/")
	if a.Port == 0 && a.Path == "" {
		return a.Host
	}
	return a.String()
}

// IP reports whether the host is an address and no name.
func (a Address) IP() bool { return isIP(a.Host) }

// ParseAddress reads a server address as a person types it: a name or an
// address, with or without https://, a port, and the path of a group URL. The
// agent has the last word when the entry is saved; this says the same in words
// while it is typed.
func ParseAddress(text string) (Address, Fault) {
	rest := strings.TrimSpace(text)
	if rest == "" {
		return Address{}, FaultEmpty
	}
	if scheme, after, ok := strings.Cut(rest, "://"); ok && !strings.ContainsAny(scheme, "/?#") {
		if !strings.EqualFold(scheme, "https") {
			return Address{}, FaultScheme
		}
		rest = after
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest = strings.TrimSpace(rest)
	place, path := rest, ""
	if at := strings.IndexAny(rest, "/?"); at >= 0 {
		place, path = rest[:at], rest[at:]
	}
	host, port, fault := splitPlace(place)
	if fault != "" {
		return Address{}, fault
	}
	path, fault = normalPath(path)
	return Address{Host: host, Port: port, Path: path}, fault
}

func normalPath(path string) (string, Fault) {
	if strings.HasPrefix(path, "?") {
		path = "/" + path
	}
	if path == "" || path == "/" {
		return "", ""
	}
	if _, err := url.Parse("https://gateway" + path); err != nil || len(path) > longestText {
		return "", FaultPath
	}
	return path, ""
}

// splitPlace divides HOST[:PORT].
func splitPlace(place string) (host string, port uint16, fault Fault) {
	if strings.Contains(place, "@") {
		return "", 0, FaultUser
	}
	if isIP(place) { // an IPv6 address without brackets, too
		return place, 0, ""
	}
	host = place
	if at := strings.LastIndexByte(place, ':'); at > strings.LastIndexByte(place, ']') {
		number, err := strconv.ParseUint(place[at+1:], 10, 16)
		if err != nil || number == 0 {
			return "", 0, FaultPort
		}
		host, port = place[:at], uint16(number)
	}
	if strings.ContainsAny(host, "[]") {
		inner := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
		if !isIP(inner) || !strings.Contains(inner, ":") || host != "["+inner+"]" {
			return "", 0, FaultBrackets
		}
		return inner, port, ""
	}
	return host, port, checkHost(host)
}

// isIP reports whether text is an IP address. A zone looks like the name of a
// link: 15 characters at most, of those that such names have.
func isIP(text string) bool {
	addr, err := netip.ParseAddr(text)
	return err == nil && len(addr.Zone()) <= 15 && strings.Trim(strings.ToLower(addr.Zone()), "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// checkHost checks a host name or an IPv4 address.
func checkHost(host string) Fault {
	name, ok := asciiName(host)
	switch {
	case isIP(name):
		return ""
	case strings.Trim(name, "0123456789.") == "" && name != "":
		return FaultIncomplete
	case !ok || !validName(name):
		return FaultHost
	}
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	if strings.Trim(labels[len(labels)-1], "0123456789") == "" {
		return FaultIncomplete // no top-level domain is a number
	}
	return ""
}

// asciiName is a name as it is looked up (RFC 5891): lower case, other scripts
// translated. ok is false for what cannot be.
func asciiName(name string) (ascii string, ok bool) {
	if !strings.ContainsFunc(name, func(r rune) bool { return r > '~' }) {
		return strings.ToLower(name), true
	}
	ascii, err := idna.Lookup.ToASCII(name)
	if err != nil {
		return name, false
	}
	return ascii, true
}

// validName checks the labels of a name (RFC 1035, section 2.3.4). The
// underline belongs into no host's name, and there are hosts with one.
func validName(name string) bool {
	const longestName, longestLabel = 253, 63
	if len(name) > longestName {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(name, "."), ".") {
		if label == "" || len(label) > longestLabel || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}
