package entries

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"torii/app/api"
	"torii/tunnel"
)

// DefaultProtocol is what an entry speaks where nothing else is said.
const DefaultProtocol = "anyconnect"

// longestText bounds what a person gives for an address, a user or a file, in bytes.
const longestText = 1024

// ParseTarget reads an address as a person types it: HOST, HOST:PORT,
// HOST:PORT/GROUP, with or without https:// in front. An IPv6 address stands in
// brackets where something follows. The error has CodeInvalid.
func ParseTarget(text string) (api.Entry, error) {
	entry := api.Entry{Protocol: DefaultProtocol, Mode: tunnel.ModeTUN, Roaming: true}
	rest := strings.TrimSpace(text)
	if len(rest) > longestText {
		return entry, invalid("the server address is longer than %d characters", longestText)
	}
	if scheme, after, ok := strings.Cut(rest, "://"); ok && !strings.ContainsAny(scheme, "/?#") {
		if !strings.EqualFold(scheme, "https") {
			return entry, invalid("a gateway's address begins with https:// or with its name, not with %s://", scheme)
		}
		rest = after
	}
	rest, _, _ = strings.Cut(rest, "#") // a browser's own business
	place, path := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		place, path = rest[:i], rest[i:]
	}
	if strings.HasPrefix(path, "?") {
		path = "/" + path
	}
	var err error
	if entry.Path, err = normalPath(path); err != nil {
		return entry, err
	}
	entry.Host, entry.Port, err = splitPlace(place)
	return entry, err
}

// splitPlace divides HOST[:PORT].
func splitPlace(place string) (host string, port uint16, err error) {
	if strings.Contains(place, "@") { // not quoted: a password may stand there
		return "", 0, invalid("a user does not belong into the server address")
	}
	if _, is := address(place); is {
		host, err = normalHost(place)
		return host, 0, err
	}
	host = place
	if i := strings.LastIndexByte(place, ':'); i > strings.LastIndexByte(place, ']') {
		host = place[:i]
		number, err := strconv.ParseUint(place[i+1:], 10, 16)
		if err != nil || number == 0 {
			return "", 0, invalid("%q is no port; ports are numbers from 1 to 65535", place[i+1:])
		}
		port = uint16(number)
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		closed := strings.HasSuffix(inner, "]")
		host = strings.TrimSuffix(inner, "]")
		if addr, is := address(host); !closed || !is || !addr.Is6() {
			return "", 0, invalid("%q is no IPv6 address in brackets", place)
		}
	}
	host, err = normalHost(host)
	return host, port, err
}

// normalPath is a group URL's path and query as they stand in a request: ASCII,
// beginning with "/", without a fragment; "" for the root alone. Its error does
// not quote it, because a query may be a camouflage secret.
func normalPath(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	parsed, err := url.Parse("https://gateway" + path)
	if err != nil || !strings.HasPrefix(path, "/") || len(path) > longestText {
		return "", invalid("what follows the gateway's name does not read as /GROUP")
	}
	normal := parsed.EscapedPath()
	if parsed.RawQuery != "" {
		normal += "?" + escaped(parsed.RawQuery)
	}
	if normal == "/" {
		return "", nil
	}
	if len(normal) > longestText { // in its normal form it may be three times as long
		return "", invalid("what follows the gateway's name is longer than %d characters", longestText)
	}
	return normal, nil
}

// escaped writes a query's bytes that may not stand in a request line as %XX;
// what else it says is the gateway's.
func escaped(query string) string {
	var b strings.Builder
	for _, c := range []byte(query) {
		if c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// invalid is an error in the person's input; its text is for them.
func invalid(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	return tunnel.Errorf(tunnel.CodeInvalid, "check the entry", "%s", text).WithDetail(text)
}
