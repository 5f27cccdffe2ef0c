package entries

import (
	"encoding/hex"
	"net/url"
	"strings"
	"unicode/utf8"

	"torii/app/api"
	"torii/tunnel"
)

// Check returns an entry in its normal form, or says in words what is wrong
// with it (CodeInvalid). What is left open gets its default.
func Check(entry api.Entry) (api.Entry, error) {
	entry.Name = strings.TrimSpace(entry.Name)
	if entry.Protocol == "" {
		entry.Protocol = DefaultProtocol
	}
	if entry.Mode == "" {
		entry.Mode = tunnel.ModeTUN
	}
	const longestName = 200
	switch {
	case entry.Name == "":
		return entry, invalid("the connection needs a name")
	case !utf8.ValidString(entry.Name) || strings.ContainsAny(entry.Name, "\n\r\t\x00"):
		return entry, invalid("the name has characters that cannot be shown")
	case utf8.RuneCountInString(entry.Name) > longestName:
		return entry, invalid("the name is longer than %d characters", longestName)
	case entry.Mode != tunnel.ModeTUN && entry.Mode != tunnel.ModeProxy:
		return entry, invalid("%q is no mode; there are tun and proxy", entry.Mode)
	case entry.Path != "" && !strings.HasPrefix(entry.Path, "/"):
		return entry, invalid("the path %q does not begin with /", entry.Path)
	}
	if err := checkHost(entry.Host); err != nil {
		return entry, err
	}
	var err error
	if entry.Pin, err = CheckPin(entry.Pin); err != nil {
		return entry, err
	}
	return entry, checkProxy(entry.UpstreamProxy)
}

// CheckPin reads a certificate's fingerprint: "sha256:" and 64 hexadecimal
// digits, with or without colons. It returns 64 lower-case digits, or "" for "".
func CheckPin(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	digits := strings.ToLower(text)
	digits = strings.TrimPrefix(digits, "sha256:")
	digits = strings.ReplaceAll(digits, ":", "")
	if raw, err := hex.DecodeString(digits); err != nil || len(raw) != 32 {
		return "", invalid("%q is no SHA-256 fingerprint: sha256: and 64 hexadecimal digits are wanted", text)
	}
	return digits, nil
}

// ProxyNone is the UpstreamProxy that goes direct whatever the environment says.
const ProxyNone = "none"

func checkProxy(text string) error {
	if text == "" || text == ProxyNone {
		return nil
	}
	proxy, err := url.Parse(text)
	if err != nil || proxy.Host == "" || (proxy.Scheme != "http" && proxy.Scheme != "socks5") {
		return invalid("%q is no proxy: http://HOST:PORT or socks5://HOST:PORT is wanted", text)
	}
	if proxy.User != nil {
		return invalid("a proxy's user and password do not belong into the entry")
	}
	return nil
}
