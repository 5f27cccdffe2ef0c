package token

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// URI names a certificate on a token (RFC 7512). An attribute that is empty is
// not compared.
type URI struct {
	Token, Serial, Manufacturer, Model string // of the token
	ID                                 []byte // CKA_ID of the certificate and its key
	Object                             string // CKA_LABEL of the certificate
	// ModulePath is the vendor's library. It counts only where the person
	// typed it: whoever takes a URI from somewhere else refuses one that has it.
	ModulePath string
}

// Scheme is what a URI begins with.
const Scheme = "pkcs11:"

// longestURI is in bytes.
const longestURI = 2048

// ParseURI reads a URI. What would change its meaning and is not known here is
// an error, a PIN in it above all: that does not belong into a name.
func ParseURI(text string) (URI, error) {
	rest, ok := strings.CutPrefix(text, Scheme)
	if !ok {
		return URI{}, fmt.Errorf("it does not begin with %q", Scheme)
	}
	if len(text) > longestURI {
		return URI{}, fmt.Errorf("it is longer than %d bytes", longestURI)
	}
	path, query, _ := strings.Cut(rest, "?")
	var u URI
	seen := map[string]bool{}
	if err := eachAttribute(path, ";", seen, u.setPath); err != nil {
		return URI{}, err
	}
	if err := eachAttribute(query, "&", seen, u.setQuery); err != nil {
		return URI{}, err
	}
	return u, nil
}

// eachAttribute takes "name=value" apart.
func eachAttribute(text, separator string, seen map[string]bool, set func(name, value string) error) error {
	if text == "" {
		return nil
	}
	for part := range strings.SplitSeq(text, separator) {
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return errors.New("it has a part that is no name=value")
		}
		if seen[name] {
			return fmt.Errorf("it has %q twice", name)
		}
		seen[name] = true
		value, err := url.PathUnescape(value)
		if err != nil {
			return fmt.Errorf("%q does not read", name)
		}
		if err := set(name, value); err != nil {
			return err
		}
	}
	return nil
}

func (u *URI) setPath(name, value string) error {
	switch name {
	case "token":
		u.Token = value
	case "serial":
		u.Serial = value
	case "manufacturer":
		u.Manufacturer = value
	case "model":
		u.Model = value
	case "id":
		if value != "" {
			u.ID = []byte(value)
		}
	case "object":
		u.Object = value
	case "type":
		if value != "cert" && value != "private" {
			return errors.New("it names neither a certificate nor its key")
		}
	default:
		return fmt.Errorf("%.40q is not known", name)
	}
	return nil
}

func (u *URI) setQuery(name, value string) error {
	switch name {
	case "module-path":
		if !filepath.IsAbs(value) || strings.ContainsRune(value, 0) {
			return errors.New("the module is not named by an absolute path")
		}
		u.ModulePath = value
	case "pin-value", "pin-source":
		return errors.New("it brings a PIN along; Torii asks for the PIN itself")
	default:
		return fmt.Errorf("%.40q is not known", name)
	}
	return nil
}

// String writes the URI.
func (u URI) String() string {
	var parts []string
	for _, a := range [...]struct{ name, value string }{
		{"token", u.Token}, {"serial", u.Serial}, {"manufacturer", u.Manufacturer}, {"model", u.Model}, {"object", u.Object},
	} {
		if a.value != "" {
			parts = append(parts, a.name+"="+escape(a.value))
		}
	}
	if len(u.ID) > 0 {
		var id strings.Builder
		for _, b := range u.ID {
			id.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{b})))
		}
		parts = append(parts, "id="+id.String())
	}
	text := Scheme + strings.Join(parts, ";")
	if u.ModulePath != "" {
		text += "?module-path=" + escape(u.ModulePath)
	}
	return text
}

// escape leaves what every part of the URI may hold (RFC 3986, section 2.3).
func escape(value string) string {
	var out strings.Builder
	for _, b := range []byte(value) {
		switch {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', strings.IndexByte("-._~", b) >= 0:
			out.WriteByte(b)
		default:
			fmt.Fprintf(&out, "%%%02X", b)
		}
	}
	return out.String()
}

// matchesToken reports whether the token is meant.
func (u *URI) matchesToken(t *Token) bool {
	same := func(want, has string) bool { return want == "" || want == has }
	return same(u.Token, t.raw.Label) && same(u.Serial, t.raw.Serial) &&
		same(u.Manufacturer, t.raw.Manufacturer) && same(u.Model, t.raw.Model)
}

// matches reports whether a certificate of the token is meant.
func (u *URI) matches(t *Token, c *Certificate) bool {
	return u.matchesToken(t) && (len(u.ID) == 0 || bytes.Equal(u.ID, c.id)) && (u.Object == "" || u.Object == c.URI.Object)
}
