package authform

import (
	"encoding/xml"
	"strings"
	"testing"

	"torii/tunnel"
)

func TestInit(t *testing.T) {
	client := Client{
		Device: tunnel.DeviceIdentity{ClientVersion: "1.2", Platform: "linux-64", PlatformVersion: "6.1", DeviceType: "Torii & Co",
			UniqueID: "SER<IAL", ComputerName: `"desk"`, MACAddresses: []string{"12:34:56:78:90:ab", "aa:bb:cc:dd:ee:ff"}},
		GroupAccess: "https://vpn.example/staff", Group: "Staff & Guests", NoCertificate: true,
	}
	want := `<?xml version="1.0" encoding="UTF-8"?>
<config-auth client="vpn" type="init" aggregate-auth-version="2"><version who="vpn">1.2</version>` +
		`<device-id computer-name="&#34;desk&#34;" device-type="Torii &amp; Co" platform-version="6.1" unique-id="SER&lt;IAL">linux-64</device-id>` +
		`<mac-address-list><mac-address>12:34:56:78:90:ab</mac-address><mac-address>aa:bb:cc:dd:ee:ff</mac-address></mac-address-list>` +
		`<group-access>https://vpn.example/staff</group-access><client-cert-fail/><group-select>Staff &amp; Guests</group-select></config-auth>` + "\n"
	if got := string(client.Init()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	bare := string(Client{}.Init())
	for _, absent := range []string{"mac-address", "client-cert-fail", "group-select", "unique-id"} {
		if strings.Contains(bare, absent) {
			t.Errorf("%s without a value: %s", absent, bare)
		}
	}
}

// TestReply: the opaque comes back byte by byte, some inputs have another name
// in the reply, and no value or name can write our XML.
func TestReply(t *testing.T) {
	opaque := []byte("<opaque  is-for='sg'>\n<x a='1'/>&amp;</opaque>")
	secret := func(name, text string) Value { return Value{Name: name, Text: tunnel.NewSecret(text)} }
	got := string(Client{Group: "Staff"}.Reply(opaque, []Value{
		secret("username", "me"), secret("password", "</password><admin/>"), secret("answer", "42"), secret("whichpin", "pin"),
		secret("new_password", "fresh"), secret("verify_password", "fresh"), secret("verify_pin", "pin"), secret(GroupField, "Staff"),
		secret("csrf", "a&b"), secret("bad name><evil/", "x"), secret("1digit", "x"), secret("", "x"),
	}))
	want := string(opaque) + "<auth><username>me</username><password>&lt;/password&gt;&lt;admin/&gt;</password>" +
		"<password>42</password><password>pin</password><password>fresh</password><csrf>a&amp;b</csrf></auth>" +
		"<group-select>Staff</group-select></config-auth>\n"
	if !strings.HasSuffix(got, want) || !strings.Contains(got, `type="auth-reply"`) {
		t.Errorf("got\n%s\nwant at the end\n%s", got, want)
	}
	var any struct{}
	if err := xml.Unmarshal([]byte(got), &any); err != nil {
		t.Error(err)
	}
}
