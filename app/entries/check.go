package entries

import (
	"encoding/hex"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
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
	if err := checkName(entry.Name); err != nil {
		return entry, err
	}
	if entry.Mode != tunnel.ModeTUN && entry.Mode != tunnel.ModeProxy {
		return entry, invalid("%q is no mode; there are tun and proxy", entry.Mode)
	}
	texts := []string{
		entry.Protocol, entry.User, entry.Group, entry.CAFile, entry.ClientCertFile, entry.UpstreamProxy,
		entry.Certificate, entry.FirstName, entry.LockedBy,
	}
	for _, text := range slices.Concat(texts, entry.AppRules, entry.Locked) {
		if len(text) > longestText || !Showable(text) {
			return entry, invalid("%.40q is too long or has characters that cannot be shown", text)
		}
	}
	var err error
	if entry.Host, err = normalHost(entry.Host); err != nil {
		return entry, err
	}
	if entry.Path, err = normalPath(entry.Path); err != nil {
		return entry, err
	}
	if entry.Pin, err = CheckPin(entry.Pin); err != nil {
		return entry, err
	}
	return entry, checkProxy(entry.UpstreamProxy)
}

func checkName(name string) error {
	const longest = 200 // characters
	switch {
	case name == "":
		return invalid("the connection needs a name")
	case utf8.RuneCountInString(name) > longest:
		return invalid("the name is longer than %d characters", longest)
	case !Showable(name):
		return invalid("the name has characters that cannot be shown")
	}
	return nil
}

// Showable reports whether text is one line of readable characters: no control
// characters, and nothing that turns the direction of what stands beside it.
func Showable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
	})
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
	if err == nil && proxy.User != nil || strings.Contains(text, "@") { // not quoted: a password may stand there
		return invalid("a proxy's user and password do not belong into the entry")
	}
	if err != nil || proxy.Hostname() == "" || (proxy.Scheme != "http" && proxy.Scheme != "socks5") ||
		strings.Trim(proxy.Path, "/")+proxy.RawQuery+proxy.Fragment != "" {
		return invalid("%q is no proxy: http://HOST:PORT or socks5://HOST:PORT is wanted", text)
	}
	if port := proxy.Port(); port != "" {
		if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
			return invalid("%q is no port; ports are numbers from 1 to 65535", port)
		}
	}
	_, err = normalHost(proxy.Hostname())
	return err
}
