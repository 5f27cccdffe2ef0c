package entries

import (
	"reflect"
	"strings"
	"testing"

	"torii/app/api"
	"torii/tunnel"
)

func TestParseTarget(t *testing.T) {
	for _, c := range []struct {
		text, host string
		port       uint16
		path       string
	}{
		{"vpn.example.com", "vpn.example.com", 0, ""},
		{"  vpn.example.com\t", "vpn.example.com", 0, ""},
		{"VPN.Example.COM", "vpn.example.com", 0, ""},
		{"vpn.example.com.", "vpn.example.com.", 0, ""},
		{"localhost", "localhost", 0, ""},
		{"my_gateway.example", "my_gateway.example", 0, ""},
		{"vpn.example.com:8443", "vpn.example.com", 8443, ""},
		{"vpn.example.com:65535", "vpn.example.com", 65535, ""},
		{"https://vpn.example.com", "vpn.example.com", 0, ""},
		{"HTTPS://vpn.example.com:443/", "vpn.example.com", 443, ""},
		{"vpn.example.com/", "vpn.example.com", 0, ""},
		{"vpn.example.com/staff", "vpn.example.com", 0, "/staff"},
		{"https://vpn.example.com:8443/staff/eu", "vpn.example.com", 8443, "/staff/eu"},
		{"vpn.example.com/two words", "vpn.example.com", 0, "/two%20words"},
		{"vpn.example.com/two%20words", "vpn.example.com", 0, "/two%20words"},
		{"vpn.example.com/a%2Fb", "vpn.example.com", 0, "/a%2Fb"},
		{"vpn.example.com/営業", "vpn.example.com", 0, "/%E5%96%B6%E6%A5%AD"},
		{"vpn.example.com/go?to=https://elsewhere", "vpn.example.com", 0, "/go?to=https://elsewhere"},
		// The camouflage secret of a gateway that hides.
		{"vpn.example.com/?s3cr-et", "vpn.example.com", 0, "/?s3cr-et"},
		{"vpn.example.com?s3cr-et", "vpn.example.com", 0, "/?s3cr-et"},
		{"vpn.example.com:8443?a=b&c", "vpn.example.com", 8443, "/?a=b&c"},
		{"vpn.example.com/?as it is", "vpn.example.com", 0, "/?as%20it%20is"},
		{"vpn.example.com/?秘", "vpn.example.com", 0, "/?%E7%A7%98"},
		{"https://vpn.example.com/staff#top", "vpn.example.com", 0, "/staff"},
		{"vpn.example.com#top", "vpn.example.com", 0, ""},
		{"192.0.2.1", "192.0.2.1", 0, ""},
		{"192.0.2.1:8443/staff", "192.0.2.1", 8443, "/staff"},
		{"2001:db8::1", "2001:db8::1", 0, ""},
		{"2001:DB8:0::1", "2001:db8::1", 0, ""},
		{"[2001:db8::1]", "2001:db8::1", 0, ""},
		{"[2001:db8::1]:8443/staff", "2001:db8::1", 8443, "/staff"},
		{"https://[2001:db8::1]:8443", "2001:db8::1", 8443, ""},
		{"2001:db8::1/staff", "2001:db8::1", 0, "/staff"},
		{"fe80::1%eth0", "fe80::1%eth0", 0, ""},
		{"[fe80::1%wlp3s0]:443", "fe80::1%wlp3s0", 443, ""},
		{"bücher.example", "xn--bcher-kva.example", 0, ""},
		{"東京.example.jp:8443", "xn--1lqs71d.example.jp", 8443, ""},
		{"ｖｐｎ．example。com", "vpn.example.com", 0, ""}, // an input method's wide letters
		{"１９２.0.2.1", "192.0.2.1", 0, ""},
	} {
		entry, err := ParseTarget(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		want := api.Entry{Host: c.host, Port: c.port, Path: c.path, Protocol: DefaultProtocol, Mode: tunnel.ModeTUN, Roaming: true}
		if !reflect.DeepEqual(entry, want) {
			t.Errorf("%q gives %+v, want %+v", c.text, entry, want)
		}
	}
}

func TestParseTargetRefuses(t *testing.T) {
	for _, text := range []string{
		"", " ", "/staff", "?secret", "#top", ":443", "https://", "https:///staff", "[]", "[]:443",
		"http://vpn.example.com", "ftp://vpn.example.com", "javascript://x", "://x",
		"vpn.example.com:", "vpn.example.com:0", "vpn.example.com:65536", "vpn.example.com:-1", "vpn.example.com:+443",
		"vpn.example.com:443:443", "vpn.example.com:https", "vpn.example.com:４４３",
		"[::1", "[fe80::1%eth0:443", "::1]", "[::1]]", "[::1]x", "[::1]443", "[192.0.2.1]", "[vpn.example.com]:443", "::ffff::1",
		"fe80::1%", "fe80::1%a b", "fe80::1%\n", "fe80::1%$(reboot)", "fe80::1%averyveryverylongname",
		"192.0.2", "192.0.2.256", "192.0.2.1.5", "1", "0x7f000001.1",
		"vpn example.com", "vpn\x00.example.com", "vpn\nHost: evil", "vpn..example.com", ".example.com", "-vpn.example.com", "vpn-.example.com",
		"vpn.exam\u200dple.com", "vpn.\u202eexample.com", "vpn.example.com\\@evil", "$(reboot)", "`id`", "'", "vpn;id", "*.example.com",
		"alice@vpn.example.com", "alice:secret@vpn.example.com", "https://alice:secret@vpn.example.com",
		"vpn.example.com/%zz", "vpn.example.com/\x00", "vpn.example.com/?a\nb",
		strings.Repeat("a", 64) + ".example.com", strings.Repeat("abc.", 64) + "com", strings.Repeat("a", 5000), strings.Repeat("[", 500), "a/" + strings.Repeat("\xc7", 700),
		"\xff\xfe", "vpn.\xff.com",
	} {
		entry, err := ParseTarget(text)
		if tunnel.CodeOf(err) != tunnel.CodeInvalid {
			t.Errorf("%q: code %q, want invalid; it gives %+v", text, tunnel.CodeOf(err), entry)
		}
	}
}

// TestRefusalsKeepSecrets: what may be a password or a camouflage secret is not
// in the words about it, which land in logs.
func TestRefusalsKeepSecrets(t *testing.T) {
	for _, text := range []string{
		"https://alice:hunter2@vpn.example.com", "hunter2@vpn.example.com:x", "vpn.example.com/%zz?hunter2", "vpn.example.com/?hunter2\n.",
		strings.Repeat("x", 2000) + "hunter2",
	} {
		if _, err := ParseTarget(text); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	_, err := Check(api.Entry{Name: "x", Host: "vpn.example.com", UpstreamProxy: "http://bob:hunter2@proxy:3128"})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a proxy with a password: %v", err)
	}
}

func FuzzParseTarget(f *testing.F) {
	for _, text := range []string{
		"vpn.example.com", "https://[2001:db8::1%eth0]:8443/staff?secret#x", "bücher.example/営業", "a:1?b c", "::1", "[", "%", "１.２",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		entry, err := ParseTarget(text)
		if err != nil {
			if tunnel.CodeOf(err) != tunnel.CodeInvalid {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		entry.Name = "x"
		// What was read is in its normal form, and reads as itself again.
		checked, err := Check(entry)
		if err != nil || !reflect.DeepEqual(checked, entry) {
			t.Fatalf("%q gives %+v, which is checked to %+v, %v", text, entry, checked, err)
		}
		again, err := ParseTarget(written(entry))
		again.Name = "x"
		if err != nil || !reflect.DeepEqual(again, entry) {
			t.Fatalf("%q gives %+v, and %q gives %+v, %v", text, entry, written(entry), again, err)
		}
	})
}
