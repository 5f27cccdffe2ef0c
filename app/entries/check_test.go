package entries

import (
	"net"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"torii/app/api"
	"torii/tunnel"
)

// written is an entry's address as a person would type it.
func written(e api.Entry) string {
	if e.Port != 0 {
		return net.JoinHostPort(e.Host, strconv.Itoa(int(e.Port))) + e.Path
	}
	if strings.Contains(e.Host, ":") {
		return "[" + e.Host + "]" + e.Path
	}
	return e.Host + e.Path
}

const (
	pin      = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	colonPin = "SHA256:E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55"
)

// office is a good entry.
func office(change func(e *api.Entry)) api.Entry {
	e := api.Entry{Name: "Office", Host: "vpn.example.com", Protocol: DefaultProtocol, Mode: tunnel.ModeTUN, Roaming: true}
	if change != nil {
		change(&e)
	}
	return e
}

func TestCheckMakesTheNormalForm(t *testing.T) {
	for _, c := range []struct {
		name        string
		entry, want func(e *api.Entry)
	}{
		{name: "good as it is"},
		{name: "defaults", entry: func(e *api.Entry) { e.Protocol, e.Mode = "", "" }},
		{name: "space around the name", entry: func(e *api.Entry) { e.Name = " Office\t" }},
		{name: "a name in letters of all kinds", entry: func(e *api.Entry) { e.Name = "支社 → Büro 👩‍💻" },
			want: func(e *api.Entry) { e.Name = "支社 → Büro 👩‍💻" }},
		{name: "host", entry: func(e *api.Entry) { e.Host = "VPN.example.com" }},
		{name: "path", entry: func(e *api.Entry) { e.Path = "/two words" }, want: func(e *api.Entry) { e.Path = "/two%20words" }},
		{name: "the root", entry: func(e *api.Entry) { e.Path = "/" }},
		{name: "pin", entry: func(e *api.Entry) { e.Pin = colonPin }, want: func(e *api.Entry) { e.Pin = pin }},
		{name: "proxies", entry: func(e *api.Entry) { e.UpstreamProxy = "socks5://[::1]:1080/" },
			want: func(e *api.Entry) { e.UpstreamProxy = "socks5://[::1]:1080/" }},
	} {
		got, err := Check(office(c.entry))
		if want := office(c.want); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, err, want)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	for name, change := range map[string]func(e *api.Entry){
		"no name":                  func(e *api.Entry) { e.Name = " \n" },
		"a name of two lines":      func(e *api.Entry) { e.Name = "a\nb" },
		"a name that drives":       func(e *api.Entry) { e.Name = "a\x1b[2Jb" },
		"a name that turns around": func(e *api.Entry) { e.Name = "evil\u202ereversed" },
		"a name that is no text":   func(e *api.Entry) { e.Name = "a\xff" },
		"a long name":              func(e *api.Entry) { e.Name = strings.Repeat("é", 201) },
		"no host":                  func(e *api.Entry) { e.Host = "" },
		"a host with a port":       func(e *api.Entry) { e.Host = "vpn.example.com:443" },
		"a host with a path":       func(e *api.Entry) { e.Host = "vpn.example.com/x" },
		"a host in brackets":       func(e *api.Entry) { e.Host = "[::1]" },
		"a user at the host":       func(e *api.Entry) { e.Host = "a@vpn.example.com" },
		"another mode":             func(e *api.Entry) { e.Mode = "tap" },
		"a path without root":      func(e *api.Entry) { e.Path = "staff" },
		"a path that leads away":   func(e *api.Entry) { e.Path = "@evil.example/" },
		"a path of two lines":      func(e *api.Entry) { e.Path = "/a\r\nHost: evil" },
		"a long path":              func(e *api.Entry) { e.Path = "/" + strings.Repeat("a", longestText) },
		"a long user":              func(e *api.Entry) { e.User = strings.Repeat("a", longestText+1) },
		"a user of two lines":      func(e *api.Entry) { e.User = "a\nb" },
		"a group of two lines":     func(e *api.Entry) { e.Group = "a\nb" },
		"a file of two lines":      func(e *api.Entry) { e.CAFile = "/a\x00b" },
		"another file":             func(e *api.Entry) { e.ClientCertFile = "/a\x00b" },
		"a rule of two lines":      func(e *api.Entry) { e.AppRules = []string{"a", "b\nc"} },
		"a short pin":              func(e *api.Entry) { e.Pin = pin[1:] },
		"a pin of SHA-1":           func(e *api.Entry) { e.Pin = "sha1:" + pin[:40] },
		"a pin of other letters":   func(e *api.Entry) { e.Pin = strings.Repeat("g", 64) },
		"a proxy without scheme":   func(e *api.Entry) { e.UpstreamProxy = "proxy:3128" },
		"a proxy by TLS":           func(e *api.Entry) { e.UpstreamProxy = "https://proxy:3128" },
		"a proxy with a password":  func(e *api.Entry) { e.UpstreamProxy = "http://a:b@proxy:3128" },
		"a proxy with a path":      func(e *api.Entry) { e.UpstreamProxy = "http://proxy:3128/x" },
		"a proxy without host":     func(e *api.Entry) { e.UpstreamProxy = "http://:3128" },
		"a proxy at port 0":        func(e *api.Entry) { e.UpstreamProxy = "http://proxy:0" },
		"a proxy of two lines":     func(e *api.Entry) { e.UpstreamProxy = "http://proxy:1\r\nx" },
	} {
		if got, err := Check(office(change)); tunnel.CodeOf(err) != tunnel.CodeInvalid {
			t.Errorf("%s: code %q, want invalid; %+v", name, tunnel.CodeOf(err), got)
		}
	}
}

func TestCheckPin(t *testing.T) {
	for _, text := range []string{pin, "sha256:" + pin, strings.ToUpper(pin), colonPin} {
		if got, err := CheckPin(text); err != nil || got != pin {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	if got, err := CheckPin(""); err != nil || got != "" {
		t.Errorf("no pin: %q, %v", got, err)
	}
}
