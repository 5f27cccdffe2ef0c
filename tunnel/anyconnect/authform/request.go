package authform

import (
	"bytes"
	"encoding/xml"
	"strings"

	"torii/tunnel"
)

// Client is what a request says about the client.
type Client struct {
	Device tunnel.DeviceIdentity
	// GroupAccess is the URL that the client came by.
	GroupAccess string
	// Group is the chosen login group; "" for none.
	Group string
	// NoCertificate says that the client has no certificate to show.
	NoCertificate bool
}

// Value is one field of a reply.
type Value struct {
	Name string
	Text tunnel.Secret
}

// Init is the request that begins a login.
func (c Client) Init() []byte {
	w := c.begin("init")
	w.element("group-access", c.GroupAccess)
	if c.NoCertificate {
		w.buf.WriteString("<client-cert-fail/>")
	}
	if c.Group != "" {
		w.element("group-select", c.Group)
	}
	return w.end()
}

// Reply answers a form. opaque goes back as it came.
func (c Client) Reply(opaque []byte, values []Value) []byte {
	w := c.begin("auth-reply")
	w.buf.Write(opaque)
	w.buf.WriteString("<auth>")
	for _, v := range values {
		if name, ok := replyName(v.Name); ok {
			w.element(name, v.Text.Reveal())
		}
	}
	w.buf.WriteString("</auth>")
	if c.Group != "" {
		w.element("group-select", c.Group)
	}
	return w.end()
}

// replyName is the element that carries a field (facts page, section 2: some
// names of inputs have another one in the reply).
func replyName(name string) (string, bool) {
	switch name {
	case "answer", "whichpin", "new_password":
		return "password", true
	case "verify_pin", "verify_password", GroupField:
		return "", false
	}
	return name, isName(name)
}

// isName reports whether a gateway's name can stand in a tag: everything else
// would let it write our XML.
func isName(name string) bool {
	ok := name != ""
	for i, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
		ok = ok && (letter || i > 0 && (r >= '0' && r <= '9' || r == '-' || r == '.'))
	}
	return ok
}

// begin writes what every request begins with, and who asks: gateways admit a
// device by its serial number or a MAC address (reference 002).
func (c Client) begin(kind string) *writer {
	w := &writer{}
	w.buf.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	w.buf.WriteString(`<config-auth client="vpn" type="` + kind + `" aggregate-auth-version="2">`)
	w.element("version", c.Device.ClientVersion, "who", "vpn")
	w.element("device-id", c.Device.Platform, "computer-name", c.Device.ComputerName,
		"device-type", c.Device.DeviceType, "platform-version", c.Device.PlatformVersion,
		"unique-id", c.Device.UniqueID)
	if len(c.Device.MACAddresses) > 0 {
		w.buf.WriteString("<mac-address-list>")
		for _, mac := range c.Device.MACAddresses {
			w.element("mac-address", mac)
		}
		w.buf.WriteString("</mac-address-list>")
	}
	return w
}

type writer struct{ buf bytes.Buffer }

// element writes an element with text; attributes come as name and value and
// are left out where empty.
func (w *writer) element(name, text string, attributes ...string) {
	w.buf.WriteString("<" + name)
	for i := 0; i+1 < len(attributes); i += 2 {
		if attributes[i+1] != "" {
			w.buf.WriteString(" " + attributes[i] + `="` + escape(attributes[i+1]) + `"`)
		}
	}
	w.buf.WriteString(">" + escape(text) + "</" + name + ">")
}

func (w *writer) end() []byte {
	w.buf.WriteString("</config-auth>\n")
	return w.buf.Bytes()
}

func escape(text string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(text)) // a strings.Builder takes everything
	return b.String()
}
